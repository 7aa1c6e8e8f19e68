package analyze

// query reads [WITH ...] and a query with its ORDER BY, LIMIT and locking clauses. Inside WITH, and at the top of a
// statement, it may turn out to be a data change.
func (s *scan) query() {
	s.enter()
	defer s.leave()
	visible := len(s.ctes)
	if s.atWord("with") {
		s.with()
	}
	if !s.changes() {
		s.queryBody()
	}
	s.ctes = s.ctes[:visible]
}

// subquery reads a query in parentheses inside a statement.
func (s *scan) subquery() {
	s.subqueries++
	s.nesting++
	base, deferring := s.fromBase, s.deferring
	s.fromBase, s.deferring = len(s.froms), false
	s.expectKind(leftParen)
	s.query()
	s.expectKind(rightParen)
	s.froms = s.froms[:s.fromBase]
	s.fromBase, s.deferring = base, deferring
	s.nesting--
}

func (s *scan) queryBody() {
	s.queryTerm()
	for s.setOperation() {
		s.subqueries++
		s.queryTerm()
	}
	s.queryTail()
}

func (s *scan) setOperation() bool {
	if !s.acceptAny("union", "intersect", "except") {
		return false
	}
	s.acceptAny("all", "distinct")
	if s.accept("by", "name") {
		s.fail()
	}
	return true
}

func (s *scan) queryTerm() {
	switch {
	case s.at(leftParen) && s.peek().query && s.dialect != SQLite:
		s.subquery()
	case s.accept("select"):
		s.selectCore()
	case s.accept("values"):
		s.valueRows()
	case s.dialect != SQLite && s.dialect != MariaDB && s.accept("table"):
		s.accept("only")
		s.addRead(s.relation())
		s.acceptOperator("*")
	default:
		s.fail()
	}
}

// valueRows reads (a, b), (c, d) or ROW(a, b), ... behind VALUES.
func (s *scan) valueRows() {
	for {
		s.accept("row")
		s.expectKind(leftParen)
		if !s.at(rightParen) {
			s.exprList()
		}
		s.expectKind(rightParen)
		if !s.acceptKind(comma) {
			return
		}
	}
}

func (s *scan) where() (from, to int) {
	if !s.accept("where") {
		return s.next, s.next
	}
	from = s.next
	s.expr()
	return from, s.next
}
