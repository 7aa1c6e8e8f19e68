package analyze

import "strings"

// typeName reads the type behind :: or in CAST. Only types whose input and output functions are known to be pure go
// without a note; reg* types look names up, and any other name may be a type of the user's making.
func (s *scan) typeName() {
	if s.dialect != Postgres {
		s.looseType()
		return
	}
	t := s.peek()
	if t.kind == word && s.acceptAny("setof") {
		t = s.peek()
	}
	s.judgeType(t)
	s.typeWords()
	if s.at(leftParen) {
		s.typeModifier()
	}
	if !s.accept("with", "time", "zone") {
		s.accept("without", "time", "zone")
	}
	if t.word == "interval" {
		s.intervalFields()
	}
	if s.accept("array") && !s.at(leftBracket) {
		return
	}
	for s.at(leftBracket) {
		s.skipOne()
	}
}

// typeWords passes over the name of a type.
func (s *scan) typeWords() {
	switch {
	case s.accept("double"):
		s.expect("precision")
	case s.accept("national"):
		s.acceptAny("character", "char")
		s.accept("varying")
	case s.accept("character"), s.accept("char"), s.accept("bit"):
		s.accept("varying")
	default:
		s.relation()
	}
}

// typeModifier reads (10), (10, 2).
func (s *scan) typeModifier() {
	s.expectKind(leftParen)
	for {
		s.acceptOperator("-")
		s.expectKind(number)
		if !s.acceptKind(comma) {
			break
		}
	}
	s.expectKind(rightParen)
}

// intervalFields reads the YEAR TO MONTH behind INTERVAL.
func (s *scan) intervalFields() {
	fields := [...]string{"year", "month", "day", "hour", "minute", "second"}
	if !s.acceptAny(fields[:]...) {
		return
	}
	if s.accept("to") && !s.acceptAny(fields[:]...) {
		s.fail()
	}
	if s.at(leftParen) {
		s.typeModifier()
	}
}

// judgeType bars casts to types that are not known to be pure. next is at t, the first token of the type.
func (s *scan) judgeType(t token) {
	if s.ahead(1).kind == dot {
		if !foldEqual(s.slice(t), "pg_catalog") {
			s.bar(UserFunc, ReasonUnknownType)
			return
		}
		t = s.ahead(2)
	}
	switch {
	case t.kind == word && s.plainType(t):
	case t.kind == quotedName && s.plainQuotedType(t):
	case strings.HasPrefix(strings.Trim(lowerASCII(s.slice(t)), `"`), "reg"):
		s.bar(SessDep, ReasonSession)
	default:
		s.bar(UserFunc, ReasonUnknownType)
	}
}

func (s *scan) plainType(t token) bool {
	var buf [maxKeywordBytes]byte
	return typeGroup(s.dialect, lowered(buf[:], s.slice(t)))
}

func (s *scan) plainQuotedType(t token) bool {
	raw := s.slice(t)
	return t.form == plain && (raw == `"char"` || typeGroup(s.dialect, []byte(raw[1:len(raw)-1])))
}

// looseType reads a type of MySQL or SQLite, all of which are built in: words, a length, and words again.
func (s *scan) looseType() {
	if !s.at(word) && !s.at(quotedName) {
		s.fail()
	}
	for s.at(word) && !s.atAny("on", "null", "error", "empty", "default", "for", "from") || s.at(quotedName) {
		s.take()
		if s.at(leftParen) {
			s.looseModifier()
		}
	}
}

func (s *scan) looseModifier() {
	s.expectKind(leftParen)
	for !s.at(rightParen) && !s.at(endOfText) {
		if t := s.take(); t.kind != number && t.kind != comma && t.kind != operator && t.kind != word {
			s.fail()
		}
	}
	s.expectKind(rightParen)
}
