package analyze

// postfix reads what clings to an operand that started at from: casts, subscripts, fields.
func (s *scan) postfix(from int) {
	if s.dialect != Postgres {
		return
	}
	for looked := false; ; {
		switch {
		case s.acceptOperator("::"):
			if !looked && s.dateType() {
				looked = true // once is enough, and keeps a long row of casts linear
				s.judgeDateCast(from, s.next-1)
			}
			s.typeName()
		case s.at(leftBracket):
			s.subscript()
		case s.at(dot):
			s.take()
			if s.acceptOperator("*") {
				return
			}
			if !s.acceptKind(word) && !s.acceptKind(quotedName) {
				s.fail()
			}
			if s.at(leftParen) {
				s.fail()
			}
		default:
			return
		}
	}
}

// subscript reads [1], [1:2], [:].
func (s *scan) subscript() {
	s.expectKind(leftBracket)
	for !s.at(rightBracket) && !s.at(endOfText) {
		if s.acceptOperator(":") {
			continue
		}
		s.expr()
	}
	s.expectKind(rightBracket)
}

func (s *scan) array() {
	s.expect("array")
	if s.at(leftParen) {
		if !s.peek().query {
			s.fail()
		}
		s.subquery()
		return
	}
	s.arrayBody()
}

func (s *scan) arrayBody() {
	if s.dialect != Postgres {
		s.fail()
	}
	s.expectKind(leftBracket)
	if !s.at(rightBracket) {
		s.exprList()
	}
	s.expectKind(rightBracket)
}

func (s *scan) caseExpr() {
	s.expect("case")
	if !s.atWord("when") {
		s.expr()
	}
	for s.accept("when") {
		s.expr()
		s.expect("then")
		s.expr()
	}
	if s.accept("else") {
		s.expr()
	}
	s.expect("end")
}

// cast reads CAST(x AS type).
func (s *scan) cast() {
	s.expect("cast")
	s.expectKind(leftParen)
	from := s.next
	s.expr()
	to := s.next
	s.expect("as")
	if s.dialect == Postgres && s.dateType() {
		s.judgeDateCast(from, to)
	}
	s.typeName()
	if s.accept("format") {
		s.expectKind(stringText)
	}
	s.expectKind(rightParen)
}

// judgeDateCast bars the cast of the tokens [from, to) to a date if they put a string together, which may spell 'today'.
func (s *scan) judgeDateCast(from, to int) {
	if s.composesText(from, to) {
		s.bar(Volatile, ReasonMovingDate)
	}
}

func (s *scan) dateType() bool {
	return s.atAny("date", "time", "timestamp") || foldEqual(s.slice(s.peek()), "timestamptz")
}

func (s *scan) composesText(from, to int) bool {
	for _, t := range s.toks[from:max(from, to)] {
		raw := s.slice(t)
		if t.kind == operator && raw == "||" {
			return true
		}
		for _, f := range [...]string{"concat", "concat_ws", "format", "lower", "upper", "replace", "reverse", "trim", "btrim"} {
			if t.kind == word && foldEqual(raw, f) {
				return true
			}
		}
	}
	return false
}

// convert reads MySQL's CONVERT(x, type) and CONVERT(x USING charset).
func (s *scan) convert() {
	s.expect("convert")
	s.expectKind(leftParen)
	s.expr()
	if s.accept("using") {
		s.collation()
	} else {
		s.expectKind(comma)
		s.looseType()
	}
	s.expectKind(rightParen)
}

// matchAgainst reads MATCH (a, b) AGAINST (x IN BOOLEAN MODE).
func (s *scan) matchAgainst() {
	s.expect("match")
	s.exprList() // the parentheses are optional
	s.expect("against")
	s.expectKind(leftParen)
	s.noIn = true
	s.expr()
	s.noIn = false
	switch {
	case s.accept("in", "boolean", "mode"):
	case s.accept("in", "natural", "language", "mode"):
		s.accept("with", "query", "expansion")
	default:
		s.accept("with", "query", "expansion")
	}
	s.expectKind(rightParen)
}

var intervalUnits = [...]string{
	"microsecond", "second", "minute", "hour", "day", "week", "month", "quarter", "year", "second_microsecond",
	"minute_microsecond", "minute_second", "hour_microsecond", "hour_second", "hour_minute", "day_microsecond",
	"day_second", "day_minute", "day_hour", "year_month",
}

// interval reads INTERVAL 'x' DAY, and tells whether the word starts one: MySQL has a function of that name too.
func (s *scan) interval() bool {
	switch s.dialect {
	case Postgres:
		return false
	case SQLite:
		return false
	}
	if s.ahead(1).kind == leftParen {
		if behind := s.toks[s.ahead(1).match+1]; indexOf(intervalUnits[:], behind.word) < 0 && behind.kind != operator {
			return false
		}
	}
	s.take()
	s.expr()
	if !s.acceptAny(intervalUnits[:]...) {
		s.fail()
	}
	return true
}

// typedLiteral reads PostgreSQL's DATE '2020-01-01', INTERVAL '1' YEAR and timestamp with time zone '...'.
func (s *scan) typedLiteral(t token) bool {
	n := 1
	switch {
	case s.ahead(n).kind == dot:
		n = 3
	case t.word == "double", t.word == "character", t.word == "bit":
		n = 2
	case (t.word == "timestamp" || t.word == "time") && (s.ahead(1).word == "with" || s.ahead(1).word == "without"):
		n = 4
	case t.word == "interval" && s.ahead(1).kind == leftParen:
		n = int(s.ahead(1).match) + 1 - s.next
	}
	if s.ahead(n).kind != stringText || s.ahead(n).form == encoded {
		return false
	}
	s.typeName()
	s.stringOperand()
	if t.word == "interval" {
		s.intervalFields()
	}
	return true
}
