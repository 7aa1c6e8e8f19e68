package analyze

import "strings"

// Canonical returns query without plain comments, and the body of a leading comment of the form /* dedupe: body */.
//
// Comments that are code stay: /*! */, /*M! */ and /*+ */ in every dialect; behind the first executable comment nothing
// is changed any more. So do those comments that the server shows: MySQL and SQLite name a result column without alias by
// its text, comments included. A comment between two tokens that would touch becomes one space. Nothing else changes: no
// white space is collapsed, except that ends are trimmed when a comment has gone. Text that does not lex, and text without
// comments, is returned as it is.
func Canonical(d Dialect, m Mode, query string) (text, hint string) {
	if !strings.Contains(query, "/*") && !strings.Contains(query, "--") && strings.IndexByte(query, '#') < 0 {
		return query, ""
	}
	if lexable(m, query) != "" {
		return query, ""
	}
	c := canon{lexer: lexer{dialect: d, mode: m, text: query}}
	if !c.run() {
		return query, ""
	}
	if c.copied == 0 {
		return query, c.hint
	}
	c.out = append(c.out, query[c.copied:]...)
	return strings.Trim(string(c.out), " \t\r\n\f"), c.hint
}

// canon copies a text without its comments.
type canon struct {
	lexer
	out    []byte
	copied int // how much of the text is in out or left out
	hint   string
	before token // the last token
	lists  lists
}

// run cuts comments out to the end and tells whether the text lexes.
func (c *canon) run() bool {
	for {
		for c.skipBlank() != noComment {
			if c.comment == executableComment {
				return c.failed == ""
			}
			if c.failed != "" {
				return false
			}
			if !c.comments() {
				return false
			}
		}
		t := token{start: int32(c.pos)}
		if c.pos < len(c.text) {
			t.kind = c.token(&t)
		}
		t.end = int32(c.pos)
		if c.failed != "" || !c.lists.note(c.text, t) {
			return false
		}
		if t.kind == endOfText {
			return true
		}
		c.last, c.lastEnd, c.before = t.kind, c.pos, t
	}
}

// comments takes the comment [from, pos) out unless it must stay, and tells whether the text can still be handled.
func (c *canon) comments() bool {
	comment := c.text[c.from:c.pos]
	if strings.HasPrefix(comment, "/*!") || strings.HasPrefix(comment, "/*M!") || c.comment == hintComment {
		return true
	}
	if c.before.kind == endOfText && c.hint == "" {
		c.hint = hintOf(comment)
	}
	if c.shown() {
		return true
	}
	if c.dialect == Postgres && c.comment == blockComment && c.before.kind == stringText && c.stringAhead() {
		return false // two strings on two lines are one, and no comment may stand between them
	}
	if c.dialect.mysqlFamily() && strings.HasSuffix(c.text[:c.from], "--") {
		return false // in 5--/* x */1 the dashes are minus signs; before a blank they would start a comment
	}
	c.out = append(c.out, c.text[c.copied:c.from]...)
	if c.touching() {
		c.out = append(c.out, ' ')
	}
	c.copied = c.pos
	return true
}

// shown tells whether the comment is part of a column's name.
func (c *canon) shown() bool {
	return c.dialect != Postgres && c.lists.inside() && !c.lists.fresh
}

// stringAhead tells whether a string follows behind blanks and comments.
func (c *canon) stringAhead() bool {
	ahead := c.lexer
	for ahead.skipBlank() != noComment {
	}
	return ahead.at(ahead.pos) == '\''
}

// touching tells whether what stands before and behind the comment would form one token, or might.
func (c *canon) touching() bool {
	if len(c.out) == 0 || c.pos >= len(c.text) {
		return false
	}
	return charClass[c.out[len(c.out)-1]]&isSpace == 0 && charClass[c.text[c.pos]]&isSpace == 0
}

// hintOf returns the body of /* dedupe: body */.
func hintOf(comment string) string {
	body, ok := strings.CutPrefix(comment, "/*")
	if !ok {
		return ""
	}
	body, ok = strings.CutPrefix(strings.TrimSpace(strings.TrimSuffix(body, "*/")), "dedupe:")
	if !ok {
		return ""
	}
	return strings.TrimSpace(body)
}

// lists follows which parentheses stand between a SELECT, RETURNING or VALUES and its FROM.
type lists struct {
	open  [maxDepth + 1]bool
	depth int
	count int
	fresh bool // the token before starts a list, outside of all other lists
}

func (l *lists) inside() bool { return l.count > 0 }

// note follows token t and is false when parentheses are too deep or do not match.
func (l *lists) note(text string, t token) bool {
	l.fresh = false
	switch t.kind {
	case leftParen:
		l.depth++
	case rightParen:
		l.set(false)
		l.depth--
	case semicolon:
		l.set(false)
	case word:
		switch w := text[t.start:t.end]; {
		case foldEqual(w, "select"), foldEqual(w, "returning"), foldEqual(w, "values"):
			l.fresh = l.count == 0
			l.set(true)
		case foldEqual(w, "from"):
			l.set(false)
		}
	}
	return l.depth >= 0 && l.depth < len(l.open)
}

func (l *lists) set(open bool) {
	if l.open[l.depth] == open {
		return
	}
	l.open[l.depth] = open
	if open {
		l.count++
	} else {
		l.count--
	}
}
