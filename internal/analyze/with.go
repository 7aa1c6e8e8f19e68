package analyze

// with reads a WITH clause and makes its names visible. A name is visible to what follows it; to its own body and those
// before it only under RECURSIVE, and in SQLite always. MySQL knows no forward references even then: there a forward
// name is read as a table, which claims too much at worst.
func (s *scan) with() {
	s.expect("with")
	recursive := s.accept("recursive") || s.dialect == SQLite
	all := recursive && s.dialect != MySQL
	start := len(s.ctes)
	if all {
		s.declareAll()
	}
	for n := start; ; n++ {
		name := s.name()
		if recursive && !all {
			s.ctes = append(s.ctes, name)
		}
		s.cte()
		if !recursive {
			s.ctes = append(s.ctes, name)
		}
		if !s.acceptKind(comma) {
			return
		}
	}
}

// declareAll makes the names of the WITH clause ahead visible at once and leaves next where it is.
func (s *scan) declareAll() {
	start := s.next
	for more := true; more; more = s.acceptKind(comma) {
		s.ctes = append(s.ctes, s.name())
		if s.at(leftParen) {
			s.skipOne()
		}
		s.expect("as")
		s.accept("not")
		s.accept("materialized")
		if !s.at(leftParen) {
			s.fail()
		}
		s.skipOne()
		s.searchAndCycle()
	}
	if s.failed == "" {
		s.next = start
	}
}

// cte reads [(columns)] AS [[NOT] MATERIALIZED] (query) [SEARCH ...] [CYCLE ...].
func (s *scan) cte() {
	if s.at(leftParen) {
		s.nameList()
	}
	s.expect("as")
	if s.accept("not") {
		s.expect("materialized")
	} else {
		s.accept("materialized")
	}
	if !s.peek().query && s.dialect != Postgres {
		s.fail()
	}
	s.subquery()
	s.searchAndCycle()
}

func (s *scan) searchAndCycle() {
	if s.dialect == Postgres && s.accept("search") {
		if !s.acceptAny("depth", "breadth") {
			s.fail()
		}
		s.expect("first", "by")
		s.bareNames()
		s.expect("set")
		s.name()
	}
	if s.dialect == SQLite || !s.accept("cycle") {
		return
	}
	s.bareNames()
	if s.dialect == MariaDB {
		s.expect("restrict")
		return
	}
	s.expect("set")
	s.name()
	if s.accept("to") {
		s.expr()
		s.expect("default")
		s.expr()
	}
	s.expect("using")
	s.name()
}

// bareNames reads a, b, c.
func (s *scan) bareNames() {
	for {
		s.name()
		if !s.acceptKind(comma) {
			return
		}
	}
}

// nameList reads (a, b, c).
func (s *scan) nameList() {
	s.expectKind(leftParen)
	s.bareNames()
	s.expectKind(rightParen)
}

// maxNames bounds the CTEs and the tables of one FROM list, which are searched one by one.
const maxNames = 500

// visible tells whether an unqualified name means a CTE here.
func (s *scan) visible(name string) bool {
	if len(s.ctes) > maxNames {
		s.fail()
	}
	for i := len(s.ctes) - 1; i >= 0; i-- {
		if s.ctes[i] == name {
			return true
		}
	}
	return false
}
