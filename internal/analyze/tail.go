package analyze

// queryTail reads what may follow the last part of a query: ORDER BY, LIMIT, OFFSET, FETCH, locks, INTO.
func (s *scan) queryTail() {
	for {
		switch {
		case s.accept("order", "by"):
			s.orderList()
		case s.accept("limit"):
			s.limit()
		case s.atWord("offset") && s.dialect != SQLite:
			s.take()
			s.expr()
			s.acceptAny("row", "rows")
		case s.accept("fetch"):
			s.fetch()
		case s.atWord("for") && s.dialect != SQLite, s.atWord("lock", "in"):
			s.locking()
		case s.dialect.mysqlFamily() && s.atWord("into"):
			s.selectInto()
		default:
			return
		}
	}
}

func (s *scan) orderList() {
	for {
		s.expr()
		if s.dialect == Postgres && s.accept("using") {
			s.expectKind(operator)
		}
		s.acceptAny("asc", "desc")
		if s.accept("nulls") && !s.acceptAny("first", "last") {
			s.fail()
		}
		if !s.acceptKind(comma) {
			break
		}
	}
	if s.dialect.mysqlFamily() {
		s.accept("with", "rollup")
	}
}

func (s *scan) limit() {
	switch {
	case s.dialect == Postgres && s.accept("all"):
	case s.dialect == MariaDB && s.accept("rows", "examined"):
		s.expr()
		return
	default:
		s.expr()
	}
	if s.dialect != Postgres && (s.acceptKind(comma) || s.accept("offset")) {
		s.expr()
	}
	if s.dialect == MariaDB && s.accept("rows", "examined") {
		s.expr()
	}
}

// fetch reads FIRST 3 ROWS ONLY.
func (s *scan) fetch() {
	if !s.acceptAny("first", "next") {
		s.fail()
	}
	if !s.atAny("row", "rows") {
		s.expr()
	}
	if !s.acceptAny("row", "rows") {
		s.fail()
	}
	if !s.accept("only") {
		s.expect("with", "ties")
	}
}

// locking reads FOR UPDATE and its relatives. FOR READ ONLY is noise that PostgreSQL accepts.
func (s *scan) locking() {
	if s.dialect == Postgres && s.accept("for", "read", "only") {
		return
	}
	s.bar(RowLock, ReasonRowLock)
	switch {
	case s.accept("lock", "in", "share", "mode"), s.accept("for", "update"), s.accept("for", "share"):
	case s.dialect == Postgres && (s.accept("for", "no", "key", "update") || s.accept("for", "key", "share")):
	default:
		s.fail()
	}
	for more := s.accept("of"); more; more = s.acceptKind(comma) {
		s.relation()
	}
	switch {
	case s.accept("nowait"), s.accept("skip", "locked"):
	case s.dialect == MariaDB && s.accept("wait"):
		s.expectKind(number)
	}
}
