package analyze

// jsonOption reads one of the clauses behind the arguments of SQL/JSON functions.
func (s *scan) jsonOption() bool {
	switch {
	case s.accept("returning"):
		s.typeName()
		s.jsonFormat()
	case s.dialect == Postgres && s.accept("passing"):
		s.passing()
	case s.accept("default"):
		s.expr()
		s.onCondition()
	case s.accept("absent", "on", "null"), s.accept("null", "on", "null"):
	case s.acceptAny("null", "error", "empty", "true", "false", "unknown"):
		s.acceptAny("array", "object")
		s.onCondition()
	case s.acceptAny("with", "without"):
		s.uniqueOrWrapper()
	case s.acceptAny("keep", "omit"):
		s.expect("quotes")
		s.accept("on", "scalar", "string")
	case s.atWord("format"):
		s.jsonFormat()
	default:
		return false
	}
	return s.failed == ""
}

func (s *scan) onCondition() {
	s.expect("on")
	if !s.acceptAny("empty", "error", "null") {
		s.fail()
	}
}

func (s *scan) jsonFormat() {
	if s.accept("format", "json") && s.accept("encoding") {
		s.name()
	}
}

func (s *scan) uniqueOrWrapper() {
	if s.accept("unique") {
		s.accept("keys")
		return
	}
	s.acceptAny("conditional", "unconditional")
	s.accept("array")
	s.expect("wrapper")
}

// passing reads PASSING x AS name, ...
func (s *scan) passing() {
	for {
		s.expr()
		s.expect("as")
		s.name()
		if !s.acceptKind(comma) {
			return
		}
	}
}

// windowSpec reads (name PARTITION BY ... ORDER BY ... frame).
func (s *scan) windowSpec() {
	s.expectKind(leftParen)
	if s.at(quotedName) || s.at(word) && !s.atAny("partition", "order", "rows", "range", "groups") {
		s.name()
	}
	if s.accept("partition", "by") {
		s.exprList()
	}
	if s.accept("order", "by") {
		s.orderList()
	}
	if s.acceptAny("rows", "range", "groups") {
		s.frame()
	}
	s.expectKind(rightParen)
}

func (s *scan) frame() {
	between := s.accept("between")
	s.frameBound()
	if between {
		s.expect("and")
		s.frameBound()
	}
	if !s.accept("exclude") {
		return
	}
	if !s.acceptAny("group", "ties") && !s.accept("current", "row") && !s.accept("no", "others") {
		s.fail()
	}
}

func (s *scan) frameBound() {
	if s.accept("current", "row") {
		return
	}
	if !s.accept("unbounded") {
		s.expr()
	}
	if !s.acceptAny("preceding", "following") {
		s.fail()
	}
}
