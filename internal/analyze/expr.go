package analyze

// expr reads an expression as operands with operators between them. It knows no precedence: what matters is which
// relations and functions occur, and that nothing is left over.
func (s *scan) expr() {
	s.enter()
	defer s.leave()
	s.operand()
	for s.infix() {
		s.operand()
	}
}

func (s *scan) exprList() {
	for {
		s.expr()
		if !s.acceptKind(comma) {
			return
		}
	}
}

// parenExprs reads (a, b, (c), ()).
func (s *scan) parenExprs() {
	s.expectKind(leftParen)
	if !s.at(rightParen) {
		s.exprList()
	}
	s.expectKind(rightParen)
}

// parens reads a parenthesis where an operand stands: a query, a row or a nested expression.
func (s *scan) parens() {
	switch {
	case s.queryHere():
		s.subquery()
	case s.dialect == Postgres || s.ahead(1).kind != rightParen:
		s.parenExprs()
	default:
		s.fail()
	}
}

// queryHere tells whether the parenthesis here holds a query. Behind ON DUPLICATE KEY UPDATE, VALUES is a function.
func (s *scan) queryHere() bool {
	return s.peek().query && !(s.valuesCall && s.ahead(1).word == "values")
}

// infix passes over an operator and tells whether an operand must follow.
func (s *scan) infix() bool {
	switch t := s.peek(); {
	case t.kind == operator:
		return s.operatorSign(t)
	case t.kind == word && t.word != "":
		return s.operatorWord(t.word)
	}
	return false
}

// operatorSign passes over an operator made of signs.
func (s *scan) operatorSign(t token) bool {
	sign := s.slice(t)
	switch s.dialect {
	case Postgres:
		if sign[0] == ':' || sign == "=>" {
			return false
		}
		if !postgresOperator(sign) {
			s.bar(UserFunc, ReasonUnknownOperator)
			s.mayDoAnything()
		}
	case SQLite:
		if sign == "!" || sign == "^" {
			return false
		}
	default:
		if sign == "==" || sign == "!" {
			return false
		}
		if sign == ":=" {
			s.assignsVariable()
		}
	}
	s.take()
	return true
}

// assignsVariable notes MySQL's @x := 1.
func (s *scan) assignsVariable() {
	s.bar(SideEffect|SessDep, ReasonVariable)
	s.class(Session)
	s.facts.Ties = true
}

// operatorWord passes over an operator made of words.
func (s *scan) operatorWord(w string) bool {
	switch w {
	case "and", "or", "like", "between", "escape":
		return s.accept(w)
	case "not":
		return s.negatedOperator()
	case "is":
		return s.isOperator()
	case "in":
		return !s.noIn && s.in()
	case "collate":
		s.take()
		s.collation()
		return s.infix()
	}
	switch s.dialect {
	case Postgres:
		return s.postgresOperatorWord(w)
	case SQLite:
		return s.sqliteOperatorWord(w)
	}
	return s.mysqlOperatorWord(w)
}

func (s *scan) collation() {
	if s.dialect == Postgres {
		s.relation()
		return
	}
	if t := s.take(); t.kind != word && t.kind != quotedName && t.kind != stringText {
		s.fail()
	}
}

// negatedOperator reads NOT IN, NOT LIKE and their like, and SQLite's NOT NULL.
func (s *scan) negatedOperator() bool {
	switch w := s.ahead(1).word; w {
	case "in":
		s.take()
		return s.in()
	case "null":
		if s.dialect == SQLite {
			s.next += 2
			return s.infix()
		}
	case "like", "between", "ilike", "similar", "regexp", "rlike", "glob", "match":
		s.take()
		return s.operatorWord(w)
	}
	return false
}

// in reads IN with a list, a query, or in SQLite a table. It stands for the operand behind it too.
func (s *scan) in() bool {
	s.expect("in")
	switch {
	case s.at(leftParen):
		s.parensOfIn()
	case s.dialect == SQLite:
		s.inTable()
	default:
		s.fail()
	}
	return s.infix()
}

func (s *scan) parensOfIn() {
	if s.queryHere() {
		s.subquery()
		return
	}
	s.parenExprs()
}

func (s *scan) inTable() {
	s.subqueries++
	n := s.relation()
	if s.at(leftParen) {
		s.tableFunction(n)
		return
	}
	s.addRead(n)
}

// isOperator reads IS NULL and the other forms of IS. Only IS [NOT] DISTINCT FROM, and in SQLite IS itself, want an
// operand.
func (s *scan) isOperator() bool {
	s.expect("is")
	s.accept("not")
	switch {
	case s.accept("distinct", "from"):
		return true
	case s.acceptAny("null", "true", "false", "unknown"):
		return s.infix()
	case s.dialect == SQLite:
		return true
	case s.dialect != Postgres:
	case s.accept("document"), s.accept("normalized"):
		return s.infix()
	case s.acceptAny("nfc", "nfd", "nfkc", "nfkd"):
		s.expect("normalized")
		return s.infix()
	case s.accept("json"):
		s.acceptAny("value", "array", "object", "scalar")
		if s.acceptAny("with", "without") {
			s.expect("unique")
			s.accept("keys")
		}
		return s.infix()
	}
	s.fail()
	return false
}
