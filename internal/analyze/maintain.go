package analyze

// maintenance reads VACUUM, ANALYZE, REINDEX, CLUSTER and REFRESH of PostgreSQL and SQLite.
func (s *scan) maintenance(w string) {
	s.take()
	s.class(DDL)
	if s.dialect == SQLite {
		s.sqliteMaintenance(w)
		return
	}
	switch w {
	case "refresh":
		s.expect("materialized", "view")
		s.accept("concurrently")
		s.target()
		s.words()
		return
	case "reindex":
		s.reindex()
		return
	case "cluster":
		s.accept("verbose")
	default:
		s.maintenanceOptions()
	}
	if s.atEnd() {
		return
	}
	s.maintainedTables()
	if w == "cluster" && s.accept("using") {
		s.name()
	}
}

func (s *scan) maintenanceOptions() {
	if s.at(leftParen) {
		s.skipOne()
		return
	}
	for s.acceptAny("full", "freeze", "verbose", "analyze", "analyse") {
	}
}

// maintainedTables reads a, b (c, d).
func (s *scan) maintainedTables() {
	for {
		s.accept("only")
		s.target()
		if s.at(leftParen) {
			s.nameList()
		}
		if !s.acceptKind(comma) {
			return
		}
	}
}

func (s *scan) reindex() {
	if s.at(leftParen) {
		s.skipOne()
	}
	if !s.accept("table") {
		s.opaqueDDL()
		return
	}
	s.accept("concurrently")
	s.target()
}

// sqliteMaintenance reads VACUUM, ANALYZE and REINDEX. VACUUM may give other rowids to rows of any table.
func (s *scan) sqliteMaintenance(w string) {
	if w != "vacuum" {
		if !s.atEnd() {
			s.target()
		}
		return
	}
	s.facts.Everything = true
	if !s.atEnd() && !s.atWord("into") {
		s.name()
	}
	if s.accept("into") {
		s.bar(SideEffect, ReasonSideEffect)
		s.expr()
	}
}

// mysqlTables reads the statements of MySQL that list tables.
func (s *scan) mysqlTables(w string) {
	s.take()
	s.class(DDL)
	s.implicitCommit()
	s.acceptAny("no_write_to_binlog", "local")
	table := s.acceptAny("table", "tables")
	if !table && w != "truncate" {
		s.opaqueDDL()
		return
	}
	for {
		s.target()
		if w == "rename" {
			s.expect("to")
			s.target()
		}
		if !s.acceptKind(comma) {
			break
		}
	}
	s.skim()
}

// grant reads GRANT ... ON t TO ... and REVOKE ... ON t FROM .... Rights on anything but named tables are opaque.
func (s *scan) grant() {
	s.take()
	s.class(DDL)
	for !s.atEnd() && !s.accept("on") {
		if s.atAny("to", "from") {
			s.opaqueDDL()
			return
		}
		s.skipOne()
	}
	s.accept("table")
	star := s.at(operator) || s.ahead(1).kind == operator || s.ahead(2).kind == operator
	if star || s.ahead(1).kind == word && !s.ahead(1).reserved {
		s.opaqueDDL()
		return
	}
	s.targets()
	if !s.acceptAny("to", "from") {
		s.opaqueDDL()
	}
	s.skim()
}
