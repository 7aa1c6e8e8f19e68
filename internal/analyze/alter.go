package analyze

// alter reads ALTER TABLE and its like; every other ALTER is opaque.
func (s *scan) alter() {
	s.take()
	s.class(DDL)
	if s.dialect.mysqlFamily() {
		s.acceptAny("online", "ignore")
	}
	s.acceptAny("materialized", "foreign")
	view := s.atWord("view")
	if !s.acceptAny("table", "view", "sequence") || view && s.dialect != Postgres {
		s.opaqueDDL()
		return
	}
	s.implicitCommit()
	s.accept("if", "exists")
	s.accept("only")
	if s.atWord("all", "in") {
		s.opaqueDDL()
		return
	}
	n := s.target()
	s.acceptOperator("*")
	for !s.atEnd() && s.failed == "" {
		s.alterAction(n)
	}
}

// alterAction reads what names another table, and passes over everything else.
func (s *scan) alterAction(n Name) {
	switch {
	case s.accept("rename"):
		s.renamed(n)
	case s.dialect == Postgres && s.accept("set", "schema"):
		s.addWrite(Name{s.name(), n.Table})
	case s.dialect == Postgres && s.acceptAny("attach", "detach"):
		s.expect("partition")
		s.target()
	case s.dialect == Postgres && s.accept("inherit"):
		s.target()
	case s.dialect.mysqlFamily() && s.accept("with", "table"):
		s.target()
	case s.dialect.mysqlFamily() && s.accept("union"):
		s.opaque()
	case s.accept("cascade"):
		s.facts.Flags |= Cascade
	default:
		s.definition()
	}
}

// renamed reads RENAME TO b, and passes over the renaming of columns and constraints.
func (s *scan) renamed(n Name) {
	if s.acceptAny("column", "constraint", "index", "key") {
		return
	}
	to := s.acceptAny("to", "as") || s.acceptOperator("=")
	if !to && (!s.dialect.mysqlFamily() || s.ahead(1).word == "to") {
		return
	}
	b := s.relation()
	if b.Schema == "" && !s.dialect.mysqlFamily() {
		b.Schema = n.Schema
	}
	s.addWrite(b)
}

// drop reads DROP TABLE and its like.
func (s *scan) drop() {
	s.take()
	s.class(DDL)
	temp := s.acceptAny("temporary", "temp")
	s.acceptAny("materialized", "foreign")
	switch {
	case s.acceptAny("table", "tables", "view", "sequence"):
		s.accept("if", "exists")
		s.targets()
	case s.dialect.mysqlFamily() && s.atWord("index"):
		s.dropIndex()
	case s.dialect == Postgres && s.atWord("trigger"):
		s.dropIndex()
	default:
		s.opaqueDDL()
		return
	}
	if s.accept("cascade") {
		s.facts.Flags |= Cascade
	}
	s.words()
	if temp {
		s.temporary()
		return
	}
	s.implicitCommit()
}

// dropIndex reads DROP INDEX i ON t and DROP TRIGGER tr ON t.
func (s *scan) dropIndex() {
	for !s.atEnd() && !s.accept("on") {
		s.take()
	}
	s.target()
	for !s.atEnd() && !s.atWord("cascade") {
		s.take()
	}
}

// targets reads a, ONLY b *, c.
func (s *scan) targets() {
	for {
		if s.dialect == Postgres {
			s.accept("only")
		}
		s.target()
		s.acceptOperator("*")
		if !s.acceptKind(comma) {
			return
		}
	}
}

// truncate reads PostgreSQL's TRUNCATE.
func (s *scan) truncate() {
	s.take()
	s.class(Write)
	s.accept("table")
	s.targets()
	if s.acceptAny("restart", "continue") {
		s.expect("identity")
	}
	if s.accept("cascade") {
		s.facts.Flags |= Cascade
		return
	}
	s.accept("restrict")
}
