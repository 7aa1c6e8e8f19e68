package analyze

import (
	"strings"
	"unicode/utf8"
)

const (
	maxTextBytes = 64 << 10
	maxDepth     = 200
)

// lexer cuts a text into tokens. It is told by its caller when to stop and never looks back further than one token.
type lexer struct {
	dialect Dialect
	mode    Mode
	text    string
	pos     int
	params  int32 // anonymous placeholders so far
	named   bool  // a placeholder with a name or number was met
	last    kind  // kind of the token before
	lastEnd int
	comment commentKind // what skipBlank met last
	from    int         // where that comment starts
	failed  string      // the reason why the text does not lex, empty while it does
}

// lexable tells whether the bytes of text can be cut at all. A NUL ends the text for some servers and not for others,
// and text that is not UTF-8 may be of an encoding whose characters contain quotes and backslashes.
func lexable(m Mode, text string) string {
	switch {
	case m&(Oracle|NonStandardStrings) != 0:
		return ReasonMode
	case len(text) > maxTextBytes:
		return ReasonTooLong
	case strings.IndexByte(text, 0) >= 0, !utf8.ValidString(text):
		return ReasonNotUnderstood
	}
	return ""
}

func (l *lexer) fail(reason string) {
	if l.failed == "" {
		l.failed = reason
	}
	l.pos = len(l.text)
}

func (l *lexer) at(i int) byte {
	if i < len(l.text) {
		return l.text[i]
	}
	return 0
}

func (l *lexer) is(i int, class uint8) bool { return charClass[l.at(i)]&class != 0 }

// next returns the next token, endOfText at the end and after a failure.
func (l *lexer) next() token {
	for l.skipBlank() != noComment {
		switch l.comment {
		case executableComment:
			l.fail(ReasonExecutableComment)
		case hintComment:
			l.checkHint(l.text[l.from:l.pos])
		}
	}
	t := token{start: int32(l.pos)}
	if l.pos < len(l.text) {
		t.kind = l.token(&t)
	}
	t.end = int32(l.pos)
	if l.failed != "" {
		t = token{start: int32(len(l.text)), end: int32(len(l.text))}
	}
	l.last, l.lastEnd = t.kind, l.pos
	return t
}

var punctuation = [256]kind{
	',': comma, '(': leftParen, ')': rightParen, '[': leftBracket, ']': rightBracket, '.': dot, ';': semicolon,
}

func (l *lexer) token(t *token) kind {
	c := l.text[l.pos]
	switch {
	case charClass[c]&startsName != 0:
		return l.wordOrPrefix(t, c)
	case charClass[c]&isDigit != 0:
		return l.number()
	case c == '.' && l.is(l.pos+1, isDigit) && !l.afterName():
		return l.number()
	case c == '\'':
		return l.stringAt(t, l.pos)
	case c == '"':
		return l.doubleQuote(t)
	case c == '[' && l.dialect == SQLite:
		return l.bracketName()
	case punctuation[c] != 0:
		l.pos++
		return punctuation[c]
	}
	return l.dialectToken(t, c)
}

// afterName is true when the text right before is a name: MySQL then reads .1e5 as a dot and a name.
func (l *lexer) afterName() bool {
	return l.dialect.mysqlFamily() && l.lastEnd == l.pos && (l.last == word || l.last == quotedName)
}

func (l *lexer) dialectToken(t *token, c byte) kind {
	switch l.dialect {
	case Postgres:
		return l.postgresToken(t, c)
	case SQLite:
		return l.sqliteToken(t, c)
	default:
		return l.mysqlToken(t, c)
	}
}

func (l *lexer) nameEnd(i int) int {
	for l.is(i, inName) {
		i++
	}
	return i
}

// wordOrPrefix reads a word, or the string whose notation the word announces: E”, X”, N” and their like.
func (l *lexer) wordOrPrefix(t *token, c byte) kind {
	switch c | 0x20 {
	case 'b', 'e', 'n', 'u', 'x':
		if k := l.prefixed(t, c|0x20); k != endOfText {
			return k
		}
	}
	l.pos = l.nameEnd(l.pos)
	return word
}

func (l *lexer) prefixed(t *token, c byte) kind {
	if c == 'u' && l.dialect == Postgres && l.at(l.pos+1) == '&' {
		return l.unicodePrefixed(t)
	}
	if l.at(l.pos+1) != '\'' {
		return endOfText
	}
	switch {
	case c == 'x':
		return l.digitString(t)
	case c == 'b' && l.dialect != SQLite:
		return l.digitString(t)
	case c == 'e' && l.dialect == Postgres:
		t.form = escaped
		return l.stringAt(t, l.pos+1)
	case c == 'n' && l.dialect != SQLite:
		t.form = encoded
		return l.stringAt(t, l.pos+1)
	}
	return endOfText
}

func (l *lexer) unicodePrefixed(t *token) kind {
	switch l.at(l.pos + 2) {
	case '\'':
		t.form = unicoded
		return l.stringAt(t, l.pos+2)
	case '"':
		l.pos += 2
		l.delimited(t, '"')
		t.form = unicoded
		return quotedName
	}
	return endOfText
}

// digitString reads X'1F' and B'01'. Servers differ about wrong digits; nobody accepts a quote among them.
func (l *lexer) digitString(t *token) kind {
	t.form = encoded
	end := l.pos + 2
	for l.is(end, isHex) {
		end++
	}
	if l.at(end) != '\'' {
		l.fail(ReasonNotUnderstood)
		return stringText
	}
	l.pos = end + 1
	return stringText
}
