package analyze

func (s *scan) postgresOperatorWord(w string) bool {
	switch w {
	case "ilike", "overlaps":
		return s.accept(w)
	case "similar":
		return s.accept("similar", "to")
	case "isnull", "notnull":
		s.take()
		return s.infix()
	case "at":
		return s.atTimeZone()
	case "operator":
		return s.qualifiedOperator()
	}
	return false
}

func (s *scan) atTimeZone() bool {
	if s.accept("at", "local") {
		return s.infix()
	}
	return s.accept("at", "time", "zone")
}

// qualifiedOperator reads OPERATOR(schema.+).
func (s *scan) qualifiedOperator() bool {
	if s.ahead(1).kind != leftParen {
		return false
	}
	s.take()
	s.take()
	known := s.at(operator)
	if !known {
		known = s.name() == "pg_catalog"
		s.expectKind(dot)
	}
	t := s.take()
	if t.kind != operator {
		s.fail()
		return false
	}
	if !known || !postgresOperator(s.slice(t)) {
		s.bar(UserFunc, ReasonUnknownOperator)
		s.mayDoAnything()
	}
	s.expectKind(rightParen)
	return true
}

func (s *scan) mysqlOperatorWord(w string) bool {
	switch w {
	case "xor", "div", "mod", "rlike", "regexp":
		return s.accept(w)
	case "sounds":
		return s.accept("sounds", "like")
	case "member":
		return s.memberOf()
	case "at":
		return s.atTimeZone()
	}
	return false
}

// memberOf reads x MEMBER [OF] (json).
func (s *scan) memberOf() bool {
	if s.ahead(1).word != "of" && s.ahead(1).kind != leftParen {
		return false
	}
	s.take()
	s.accept("of")
	s.parenExprs()
	return s.infix()
}

// sqliteOperatorWord knows that REGEXP is whatever function the program registered.
func (s *scan) sqliteOperatorWord(w string) bool {
	switch w {
	case "glob", "match":
		return s.accept(w)
	case "regexp":
		s.bar(UserFunc, ReasonUnknownFunction)
		return s.accept(w)
	case "isnull", "notnull":
		s.take()
		return s.infix()
	}
	return false
}

// prefix passes over one sign or word in front of an operand.
func (s *scan) prefix() bool {
	t := s.peek()
	switch {
	case t.kind == operator:
		return s.prefixSign(t)
	case t.word == "not":
		return s.ahead(1).kind != endOfText && s.accept("not")
	case t.word == "binary" && s.dialect.mysqlFamily() && s.ahead(1).kind != dot:
		return s.accept("binary")
	case t.word == "variadic" && s.dialect == Postgres:
		return s.accept("variadic")
	}
	return false
}

func (s *scan) prefixSign(t token) bool {
	sign := s.slice(t)
	switch {
	case sign == "+", sign == "-", sign == "~":
	case s.dialect.mysqlFamily() && sign == "!":
	case s.dialect == Postgres && sign[0] != ':' && sign != "*" && sign != "=>":
		if !postgresOperator(sign) {
			s.bar(UserFunc, ReasonUnknownOperator)
			s.mayDoAnything()
		}
	default:
		return false
	}
	s.take()
	return true
}
