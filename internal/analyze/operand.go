package analyze

// operand reads what stands between two operators.
func (s *scan) operand() {
	for s.prefix() {
	}
	from := s.next
	switch t := s.peek(); t.kind {
	case number, param:
		s.take()
	case variable:
		s.take()
		s.bar(SessDep, ReasonVariable)
	case stringText:
		s.stringOperand()
	case leftParen:
		s.parens()
	case leftBracket:
		s.arrayBody()
	case quotedName:
		s.nameOperand()
	case word:
		s.wordOperand(t)
	default:
		s.fail()
	}
	s.postfix(from)
}

// stringOperand reads a string. MySQL joins adjacent ones. On PostgreSQL any of them may be read as a date.
func (s *scan) stringOperand() {
	t := s.take()
	if s.dialect == Postgres {
		if s.movingDate(t) {
			s.bar(Volatile, ReasonMovingDate)
		}
		if s.accept("uescape") {
			s.expectKind(stringText)
			s.bar(Volatile, ReasonMovingDate) // any character may be written as an escape
		}
		return
	}
	for s.dialect.mysqlFamily() && s.acceptKind(stringText) {
	}
}

func (s *scan) wordOperand(t token) {
	switch t.word {
	case "":
		if s.dialect != Postgres || !s.typedLiteral(t) {
			s.nameOperand()
		}
		return
	case "null", "true", "false", "default":
		if s.ahead(1).kind != leftParen && s.ahead(1).kind != dot {
			s.take()
			return
		}
	case "case":
		s.caseExpr()
		return
	case "exists":
		s.take()
		if !s.peek().query {
			s.fail()
		}
		s.subquery()
		return
	case "cast":
		if s.ahead(1).kind == leftParen {
			s.cast()
			return
		}
	case "interval":
		if s.interval() {
			return
		}
	}
	if !s.dialectWord(t) {
		s.nameOperand()
	}
}

// dialectWord reads the operands that one dialect alone has.
func (s *scan) dialectWord(t token) bool {
	paren := s.ahead(1).kind == leftParen
	switch {
	case s.dialect == SQLite:
		return t.word == "raise" && paren && s.failed == "" && s.giveUp()
	case (t.word == "any" || t.word == "some" || t.word == "all") && paren:
		s.take()
		s.parens()
	case t.word == "row" && paren:
		s.take()
		s.parenExprs()
	case s.dialect.mysqlFamily():
		return s.mysqlWord(t)
	case t.word == "array":
		s.array()
	case t.word == "collation" && s.accept("collation", "for"):
		s.bar(SessDep, ReasonSession)
		s.parenExprs()
	default:
		return s.typedLiteral(t)
	}
	return true
}

func (s *scan) giveUp() bool {
	s.fail()
	return true
}

func (s *scan) mysqlWord(t token) bool {
	switch t.word {
	case "match":
		s.matchAgainst()
	case "convert":
		s.convert()
	case "next", "previous":
		if !s.accept(t.word, "value", "for") {
			return false
		}
		s.sequenceValue(t.word)
	case "values":
		s.take()
		s.parenExprs()
	case "date", "time", "timestamp":
		if s.ahead(1).kind != stringText {
			return false
		}
		s.take()
		s.take()
	default:
		return false
	}
	return true
}

// sequenceValue reads the name behind NEXT VALUE FOR and PREVIOUS VALUE FOR.
func (s *scan) sequenceValue(which string) {
	s.relation()
	if which == "next" {
		s.bar(SideEffect, ReasonSideEffect)
		return
	}
	s.bar(SessDep, ReasonSession)
}

// nameOperand reads a column, a call, or a value that has the form of a name.
func (s *scan) nameOperand() {
	if s.functionAhead() {
		s.callNamed()
		return
	}
	t := s.take()
	if t.kind == word && t.reserved && !s.valueWord(t) || t.kind != word && t.kind != quotedName {
		s.fail()
		return
	}
	if !s.at(dot) {
		s.bareName(t)
		return
	}
	for n := 1; s.acceptKind(dot); n++ {
		if s.acceptOperator("*") {
			return
		}
		t = s.take()
		if t.kind != word && t.kind != quotedName || n > 3 {
			s.fail()
		}
	}
	s.judgeColumn(t)
}

// bareName judges a name without qualification.
func (s *scan) bareName(t token) {
	if t.kind == word && s.valueWord(t) {
		return
	}
	s.judgeColumn(t)
	if s.dialect.mysqlFamily() && s.text[t.start] == '_' && t.kind == word {
		s.acceptKind(stringText) // character set introducer
	}
}

// valueWord notes functions that are called without parentheses.
func (s *scan) valueWord(t token) bool {
	var buf [maxKeywordBytes]byte
	switch valueGroup(s.dialect, lowered(buf[:], s.slice(t))) {
	case groupVolatile:
		s.bar(Volatile, ReasonVolatile)
	case groupSession:
		s.bar(SessDep, ReasonSession)
	default:
		return false
	}
	return true
}

// judgeColumn bars PostgreSQL's system columns, which change when rows move, and the columns of sequences, which change
// without a write.
func (s *scan) judgeColumn(t token) {
	if s.dialect != Postgres {
		return
	}
	name := s.slice(t)
	if t.kind == quotedName {
		name = name[1 : len(name)-1]
	}
	if len(name) > len("last_value") || len(name) < len("ctid") {
		return
	}
	for _, column := range [...]string{
		"ctid", "xmin", "xmax", "cmin", "cmax", "tableoid", "last_value", "is_called", "log_cnt",
	} {
		if foldEqual(name, column) {
			s.bar(Volatile, ReasonSystemColumn)
		}
	}
}
