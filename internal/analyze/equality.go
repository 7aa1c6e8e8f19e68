package analyze

import "strconv"

// equalities adds the conditions column = value among the tokens [from, to) of a WHERE clause. One OR or XOR among the
// conditions joined by AND makes all of them worthless.
func (s *scan) equalities(from, to int) {
	if s.failed != "" || s.alternative(from, to) {
		return
	}
	start, between, cases := from, 0, 0
	for i := from; i <= to; i++ {
		t := s.toks[i]
		switch {
		case i < to && (t.kind == leftParen || t.kind == leftBracket):
			i = min(int(t.match), to-1)
			continue
		case t.word == "case":
			cases++
		case t.word == "end" && cases > 0:
			cases--
		case t.word == "between":
			between++
		}
		conjunction := i == to || cases == 0 && (t.word == "and" || t.kind == operator && s.isAnd(t))
		if !conjunction {
			continue
		}
		if between > 0 && i < to {
			between--
			continue
		}
		s.condition(start, i)
		start = i + 1
	}
}

func (s *scan) isAnd(t token) bool { return s.dialect.mysqlFamily() && s.slice(t) == "&&" }

// alternative tells whether an OR stands among the tokens [from, to), parentheses left out.
func (s *scan) alternative(from, to int) bool {
	for i := from; i < to; i++ {
		switch t := s.toks[i]; {
		case t.kind == leftParen, t.kind == leftBracket:
			i = int(t.match)
		case t.word == "or", t.word == "xor":
			return true
		case t.kind == operator && s.dialect.mysqlFamily() && s.slice(t) == "||":
			return true
		}
	}
	return false
}

// condition adds the equality that the tokens [from, to) state, if they state one and nothing else.
func (s *scan) condition(from, to int) {
	if to-from > 2 && s.toks[from].kind == leftParen && int(s.toks[from].match) == to-1 {
		s.equalities(from+1, to-1)
		return
	}
	sign := -1
	for i := from; i < to && sign < 0; i++ {
		if t := s.toks[i]; t.kind == operator {
			sign = i
		}
	}
	if sign < 0 || !s.equalSign(s.toks[sign]) {
		return
	}
	if sign == to-2 && s.isColumnName(from, sign) && s.isValue(s.toks[to-1]) {
		s.addEquality(s.toks[sign-1], s.toks[to-1])
	} else if sign == from+1 && s.isValue(s.toks[from]) && s.isColumnName(sign+1, to) {
		s.addEquality(s.toks[to-1], s.toks[from])
	}
}

func (s *scan) equalSign(t token) bool {
	sign := s.slice(t)
	return sign == "=" || sign == "==" && s.dialect == SQLite
}

// isColumnName tells whether the tokens [from, to) are c, t.c or s.t.c.
func (s *scan) isColumnName(from, to int) bool {
	if to-from != 1 && to-from != 3 && to-from != 5 {
		return false
	}
	for i := from; i < to; i++ {
		t := s.toks[i]
		name := t.kind == quotedName || t.kind == word && !s.isConstant(t, to-from > 1)
		if i%2 == from%2 && !name || i%2 != from%2 && t.kind != dot {
			return false
		}
	}
	return true
}

// isConstant tells whether a word is a value and no column.
func (s *scan) isConstant(t token, qualified bool) bool {
	if qualified {
		return false
	}
	switch t.word {
	case "null", "true", "false", "default":
		return true
	}
	var buf [maxKeywordBytes]byte
	return t.reserved || valueGroup(s.dialect, lowered(buf[:], s.slice(t))) != groupNone
}

// isValue tells whether t is a value whose text says all about it.
func (s *scan) isValue(t token) bool {
	switch t.kind {
	case param:
		return !s.mixed || t.end-t.start > 1
	case stringText:
		return t.form == plain && s.text[t.start] == '\''
	case number:
		for i := t.start; i < t.end; i++ {
			if charClass[s.text[i]]&isDigit == 0 && s.text[i] != '.' {
				return false
			}
		}
		return true
	}
	return false
}

// maxEqualities bounds the work of comparing them with other lists; nobody looks rows up by more columns.
const maxEqualities = 32

func (s *scan) addEquality(column, value token) {
	if len(s.facts.Equalities) >= maxEqualities {
		return
	}
	text := s.slice(value)
	if text == "?" {
		text = anonymous(value.match)
	}
	s.facts.Equalities = append(s.facts.Equalities, Equality{s.nameText(column), text})
}

// anonymous returns the name of the nth placeholder without one.
func anonymous(n int32) string {
	if n > 0 && int(n) <= len(anonymousNames) {
		return anonymousNames[n-1]
	}
	return "?" + strconv.Itoa(int(n))
}

var anonymousNames = [...]string{"?1", "?2", "?3", "?4", "?5", "?6", "?7", "?8"}
