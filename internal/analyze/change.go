package analyze

// changes reads a data change if one is here.
func (s *scan) changes() bool {
	switch s.peek().word {
	case "insert":
		s.take()
		s.insert()
	case "replace":
		if s.dialect == Postgres {
			return false
		}
		s.take()
		s.insert()
	case "update":
		s.take()
		s.update()
	case "delete":
		s.take()
		s.delete()
	case "merge":
		if s.dialect != Postgres {
			return false
		}
		s.take()
		s.merge()
	default:
		return false
	}
	s.class(Write)
	return true
}

// target reads the relation that a statement changes.
func (s *scan) target() Name {
	n := s.relation()
	s.addWrite(n)
	return n
}

// insert reads what follows INSERT or REPLACE.
func (s *scan) insert() {
	switch s.dialect {
	case SQLite:
		s.orConflict()
		s.expect("into")
	case Postgres:
		s.expect("into")
	default:
		s.acceptAny("low_priority", "delayed", "high_priority")
		s.accept("ignore")
		s.accept("into")
	}
	s.target()
	if s.dialect.mysqlFamily() && s.accept("partition") {
		s.nameList()
	}
	if s.dialect != MySQL && s.dialect != MariaDB && s.accept("as") {
		s.name()
	}
	s.insertColumns()
	s.insertSource()
	s.insertConflict()
	s.returning()
}

// orConflict reads SQLite's OR REPLACE and its like.
func (s *scan) orConflict() {
	if s.accept("or") && !s.acceptAny("replace", "rollback", "abort", "fail", "ignore") {
		s.fail()
	}
}

// insertColumns reads (a, b), which may also be (a[1], b.c) in PostgreSQL and empty in MySQL.
func (s *scan) insertColumns() {
	if !s.at(leftParen) || s.peek().query {
		return
	}
	s.parenExprs()
}

func (s *scan) insertSource() {
	if s.dialect == Postgres && s.accept("overriding") {
		s.acceptAny("system", "user")
		s.expect("value")
	}
	switch {
	case s.dialect.mysqlFamily() && s.accept("set"):
		s.exprList()
	case s.accept("default", "values"):
	case s.dialect.mysqlFamily() && (s.atWord("value") || s.atWord("values")):
		s.take()
		s.valueRows()
	default:
		s.query()
		return
	}
	if s.dialect.mysqlFamily() && s.accept("as") {
		s.name()
		if s.at(leftParen) {
			s.nameList()
		}
	}
}

func (s *scan) insertConflict() {
	switch {
	case s.dialect.mysqlFamily():
		if s.accept("on", "duplicate", "key", "update") {
			s.valuesCall = true
			s.exprList()
			s.valuesCall = false
		}
	case s.dialect == Postgres:
		if s.accept("on", "conflict") {
			s.onConflict()
		}
	default:
		for s.accept("on", "conflict") {
			s.onConflict()
		}
	}
}

func (s *scan) onConflict() {
	if s.accept("on", "constraint") {
		s.name()
	} else if s.at(leftParen) {
		s.conflictColumns()
		s.where()
	}
	s.expect("do")
	if s.accept("nothing") {
		return
	}
	s.expect("update", "set")
	s.exprList()
	s.where()
}

// conflictColumns reads (a, lower(b) COLLATE "C" opclass).
func (s *scan) conflictColumns() {
	s.expectKind(leftParen)
	for {
		s.expr()
		if !s.acceptAny("asc", "desc") && s.at(word) {
			s.relation()
		}
		if !s.acceptKind(comma) {
			break
		}
	}
	s.expectKind(rightParen)
}

func (s *scan) returning() {
	if s.accept("returning") {
		s.selectList()
	}
}

// merge reads what follows MERGE.
func (s *scan) merge() {
	s.expect("into")
	s.accept("only")
	s.target()
	s.tableAlias()
	s.expect("using")
	s.fromItem()
	s.expect("on")
	s.expr()
	for s.accept("when") {
		s.mergeWhen()
	}
	s.returning()
}

func (s *scan) mergeWhen() {
	s.accept("not")
	s.expect("matched")
	if s.accept("by") && !s.acceptAny("source", "target") {
		s.fail()
	}
	if s.accept("and") {
		s.expr()
	}
	s.expect("then")
	switch {
	case s.accept("do", "nothing"), s.accept("delete"):
	case s.accept("update", "set"):
		s.exprList()
	case s.accept("insert"):
		s.insertColumns()
		if s.accept("overriding") {
			s.acceptAny("system", "user")
			s.expect("value")
		}
		if !s.accept("default", "values") {
			s.expect("values")
			s.parenExprs()
		}
	default:
		s.fail()
	}
}
