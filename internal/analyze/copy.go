package analyze

// copyStatement reads PostgreSQL's COPY.
func (s *scan) copyStatement() {
	s.take()
	s.bar(Copy, ReasonMetadata)
	if s.at(leftParen) {
		s.expectKind(leftParen)
		s.nesting++
		s.query()
		s.nesting--
		s.expectKind(rightParen)
		s.expect("to")
		s.skim()
		return
	}
	n := s.relation()
	if s.at(leftParen) {
		s.nameList()
	}
	switch {
	case s.accept("to"):
		s.addRead(n)
		if s.atWord("program") {
			s.bar(SideEffect, ReasonSideEffect)
		}
	case s.accept("from"):
		s.class(Write)
		s.addWrite(n)
	default:
		s.fail()
	}
	s.skim()
}

// loadData reads MySQL's LOAD DATA and LOAD XML. What its SET clause calls is not followed.
func (s *scan) loadData() {
	s.take()
	if !s.acceptAny("data", "xml") {
		s.fail()
	}
	s.class(Write)
	for !s.atEnd() && !s.atWord("into", "table") {
		s.take()
	}
	s.expect("into", "table")
	s.target()
	for !s.atEnd() {
		if s.atAny("set", "select") || s.at(variable) {
			s.mayDoAnything()
		}
		s.take()
	}
}
