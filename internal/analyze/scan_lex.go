package analyze

import "strings"

// lex fills toks, ending with endOfText, or fails.
func (s *scan) lex() bool {
	table, bit := keywords(), reservedBit[s.dialect]
	l := lexer{dialect: s.dialect, mode: s.mode, text: s.text}
	for more := true; more && s.failed == ""; {
		t := l.next()
		if t.kind == word {
			s.classify(&t, table, bit)
		}
		s.pair(&t)
		s.toks = append(s.toks, t)
		more = t.kind != endOfText
	}
	s.mixed = l.named && l.params > 0
	if s.failed == "" {
		s.failed = l.failed
	}
	if s.failed == "" && len(s.open) > 0 {
		s.failed = ReasonNotUnderstood
	}
	if s.failed == "" {
		s.markQueries()
	}
	return s.failed == ""
}

func (s *scan) classify(t *token, table map[string]keyword, bit uint8) {
	var buf [maxKeywordBytes]byte
	if k, ok := table[string(lowered(buf[:], s.text[t.start:t.end]))]; ok {
		t.word, t.reserved = k.word, k.reserved&bit != 0
	}
}

// pair connects t with the parenthesis it closes.
func (s *scan) pair(t *token) {
	switch t.kind {
	case leftParen, leftBracket:
		s.open = append(s.open, int32(len(s.toks)))
		if len(s.open) > maxDepth {
			s.failed = ReasonTooDeep
		}
	case rightParen, rightBracket:
		last := len(s.open) - 1
		if last < 0 || s.toks[s.open[last]].kind != t.kind-1 {
			s.failed = ReasonNotUnderstood
			return
		}
		s.toks[s.open[last]].match = int32(len(s.toks))
		s.open = s.open[:last]
	}
}

// markQueries marks the parentheses with a query inside. Of ((SELECT ...) ...) what follows the inner one decides.
func (s *scan) markQueries() {
	for i := len(s.toks) - 2; i >= 0; i-- {
		t := &s.toks[i]
		if t.kind != leftParen {
			continue
		}
		switch inner := s.toks[i+1]; {
		case inner.kind == word:
			t.query = s.startsQuery(inner)
		case inner.kind == leftParen && inner.query && s.dialect != SQLite:
			behind := s.toks[inner.match+1]
			t.query = behind.kind == rightParen || endsOperand(behind.word)
		}
	}
}

func (s *scan) startsQuery(t token) bool {
	switch t.word {
	case "select", "values", "with":
		return true
	case "table":
		return s.dialect != SQLite
	}
	return false
}

func endsOperand(w string) bool {
	switch w {
	case "union", "intersect", "except", "order", "limit", "offset", "fetch", "for", "into", "lock":
		return true
	}
	return false
}

// nameText returns the content of a name as the server folds it.
func (s *scan) nameText(t token) string {
	raw := s.slice(t)
	if t.kind == word {
		return s.folded(raw)
	}
	name := s.unquoted(t, raw)
	switch s.dialect {
	case SQLite:
		return strings.Map(lowerRune, name)
	case Postgres:
		return truncated(name)
	}
	return name
}

func (s *scan) folded(raw string) string {
	switch s.dialect {
	case Postgres:
		return truncated(lowerASCII(raw))
	case SQLite:
		return lowerASCII(raw)
	}
	return raw
}
