package analyze

import "strings"

// commentKind is what stands between two tokens.
type commentKind uint8

const (
	noComment commentKind = iota
	lineComment
	blockComment
	hintComment       // /*+ ... */
	executableComment // /*! ... */ and /*M! ... */ in MySQL and MariaDB
)

// skipBlank passes over white space up to and including one comment, leaves in from where that comment starts and pos
// behind it, and returns its kind; noComment when a token or the end is next.
func (l *lexer) skipBlank() commentKind {
	l.comment = noComment
	for l.pos < len(l.text) {
		c := l.text[l.pos]
		if charClass[c]&isSpace == 0 {
			break
		}
		if c == '\v' && l.dialect == SQLite {
			l.fail(ReasonNotUnderstood)
			return noComment
		}
		l.pos++
	}
	l.from = l.pos
	if l.pos >= len(l.text) {
		return noComment
	}
	switch c := l.text[l.pos]; {
	case c == '#' && l.dialect.mysqlFamily():
		l.comment = lineComment
	case c == '-' && l.at(l.pos+1) == '-' && l.dashesComment():
		l.comment = lineComment
	case c == '/' && l.at(l.pos+1) == '*':
		l.comment = l.blockKind()
	}
	switch l.comment {
	case noComment:
	case lineComment:
		l.pos = l.lineEnd(l.pos)
	case executableComment:
		l.pos += 2
	default:
		l.blockEnd()
	}
	return l.comment
}

// dashesComment tells whether -- starts a comment: MySQL wants a blank or control character behind, so that 5--1 is 6.
func (l *lexer) dashesComment() bool {
	if !l.dialect.mysqlFamily() || l.pos+2 >= len(l.text) {
		return true
	}
	c := l.text[l.pos+2]
	return c <= ' ' || c == 0x7f
}

// lineEnd returns the position of the newline that ends a comment, itself no part of it.
func (l *lexer) lineEnd(i int) int {
	for ; i < len(l.text); i++ {
		if c := l.text[i]; c == '\n' || c == '\r' && l.dialect == Postgres {
			return i
		}
	}
	return i
}

func (l *lexer) blockKind() commentKind {
	switch body := l.text[l.pos+2:]; {
	case strings.HasPrefix(body, "+"):
		return hintComment
	case l.dialect.mysqlFamily() && (strings.HasPrefix(body, "!") || strings.HasPrefix(body, "M!")):
		return executableComment
	}
	return blockComment
}

// blockEnd moves behind the block comment at pos. They nest in PostgreSQL alone; the end of the text closes one in
// SQLite alone.
func (l *lexer) blockEnd() {
	depth := 0
	for i := l.pos; i < len(l.text); {
		switch pair := l.text[i:min(i+2, len(l.text))]; {
		case pair == "/*" && (depth == 0 || l.dialect == Postgres):
			depth++
			i += 2
		case pair == "*/":
			depth--
			i += 2
		default:
			i++
		}
		if depth == 0 {
			l.pos = i
			return
		}
	}
	if l.dialect != SQLite {
		l.fail(ReasonNotUnderstood)
	}
	l.pos = len(l.text)
}

// checkHint refuses hints that change settings: SET_VAR, and Set of pg_hint_plan. All others only choose a plan.
func (l *lexer) checkHint(hint string) {
	if l.dialect == SQLite || l.dialect == MariaDB {
		return
	}
	for i := range len(hint) - 3 {
		if hint[i]|0x20 != 's' || !foldEqual(hint[i:i+3], "set") {
			continue
		}
		if l.dialect == Postgres || len(hint) >= i+7 && foldEqual(hint[i:i+7], "set_var") {
			l.fail(ReasonSession)
			return
		}
	}
}
