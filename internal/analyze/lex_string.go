package analyze

import "strings"

// stringAt reads the string whose opening quote is at i. The form set by the caller decides about backslashes.
func (l *lexer) stringAt(t *token, i int) kind {
	l.pos = i
	quote := l.text[i]
	backslash := t.form == escaped || l.dialect.mysqlFamily() && l.mode&NoBackslashEscapes == 0
	l.quotedRun(t, quote, backslash)
	for l.dialect == Postgres && l.continues() {
		if t.form != unicoded && t.form != escaped {
			t.form = continued
		}
		l.quotedRun(t, quote, backslash)
	}
	return stringText
}

// quotedRun passes over one quoted run that starts at pos and leaves pos behind its closing quote.
func (l *lexer) quotedRun(t *token, quote byte, backslash bool) {
	for i := l.pos + 1; i < len(l.text); i++ {
		switch c := l.text[i]; {
		case c == '\\' && backslash:
			l.markDoubled(t)
			i++
		case c == quote && l.at(i+1) == quote:
			l.markDoubled(t)
			i++
		case c == quote:
			l.pos = i + 1
			return
		}
	}
	l.fail(ReasonNotUnderstood)
}

func (l *lexer) markDoubled(t *token) {
	if t.form == plain {
		t.form = doubled
	}
}

// continues moves to the opening quote of the next part of a PostgreSQL string: parts separated by blanks with a newline
// among them, and line comments, are one string, in which an E before the first part rules them all.
func (l *lexer) continues() bool {
	newline := false
	for i := l.pos; i < len(l.text); {
		switch c := l.text[i]; {
		case c == '\n' || c == '\r':
			newline = true
			i++
		case charClass[c]&isSpace != 0:
			i++
		case c == '-' && l.at(i+1) == '-':
			i = l.lineEnd(i)
		case c == '\'' && newline:
			l.pos = i
			return true
		default:
			return false
		}
	}
	return false
}

// doubleQuote reads a quoted name, or a string where MySQL takes it for one.
func (l *lexer) doubleQuote(t *token) kind {
	if l.dialect.mysqlFamily() && l.mode&ANSIQuotes == 0 {
		return l.stringAt(t, l.pos)
	}
	return l.delimited(t, '"')
}

// delimited reads a quoted name; the delimiter inside is doubled, a backslash is plain.
func (l *lexer) delimited(t *token, quote byte) kind {
	start := l.pos
	l.quotedRun(t, quote, false)
	if l.pos == start+2 && l.dialect != SQLite {
		l.fail(ReasonNotUnderstood) // no name is empty
	}
	return quotedName
}

// bracketName reads SQLite's [name], which knows no escape.
func (l *lexer) bracketName() kind {
	n := strings.IndexByte(l.text[l.pos:], ']')
	if n < 0 {
		l.fail(ReasonNotUnderstood)
		return quotedName
	}
	l.pos += n + 1
	return quotedName
}

// dollarQuote reads PostgreSQL's $tag$...$tag$.
func (l *lexer) dollarQuote(t *token) kind {
	end := l.pos + 1
	for l.is(end, inName) && l.text[end] != '$' {
		end++
	}
	if l.at(end) != '$' || l.is(l.pos+1, isDigit) {
		l.fail(ReasonNotUnderstood)
		return stringText
	}
	tag := l.text[l.pos : end+1]
	n := strings.Index(l.text[end+1:], tag)
	if n < 0 {
		l.fail(ReasonNotUnderstood)
		return stringText
	}
	t.form = dollar
	l.pos = end + 1 + n + len(tag)
	return stringText
}
