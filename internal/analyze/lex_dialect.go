package analyze

import "strings"

// number reads a number. What looks like one and goes on like a name is a name in MySQL and an error elsewhere.
func (l *lexer) number() kind {
	start := l.pos
	if l.at(start) == '0' && (l.at(start+1)|0x20 == 'x' || l.at(start+1)|0x20 == 'b' || l.at(start+1)|0x20 == 'o') {
		return l.radixNumber()
	}
	i := l.digits(start)
	name := l.is(i, inName)
	if l.at(i) == '.' {
		i = l.digits(i + 1)
		name = false
	}
	if e := l.exponent(i); e > i {
		l.pos = e
		return l.numberEnd(false)
	}
	l.pos = i
	return l.numberEnd(name || start == l.lastEnd && l.last == dot)
}

func (l *lexer) digits(i int) int {
	for l.is(i, isDigit) {
		i++
	}
	return i
}

// exponent returns the end of an exponent at i, or i when there is none.
func (l *lexer) exponent(i int) int {
	if l.at(i)|0x20 != 'e' {
		return i
	}
	digits := i + 1
	if c := l.at(digits); c == '+' || c == '-' {
		digits++
	}
	if end := l.digits(digits); end > digits {
		return end
	}
	return i
}

func (l *lexer) radixNumber() kind {
	end := l.nameEnd(l.pos)
	for i := l.pos + 2; i < end; i++ {
		if charClass[l.text[i]]&isHex == 0 {
			end = l.pos + 1
			break
		}
	}
	if end <= l.pos+2 {
		l.pos++
		return l.numberEnd(true)
	}
	l.pos = end
	return number
}

// numberEnd decides about name characters right behind a number.
func (l *lexer) numberEnd(name bool) kind {
	if !l.is(l.pos, inName) {
		return number
	}
	if !name || !l.dialect.mysqlFamily() {
		l.fail(ReasonNotUnderstood)
		return number
	}
	l.pos = l.nameEnd(l.pos)
	return word
}

// postgresToken reads $1, $tag$, operators and the colon forms. An operator ends where a comment starts, and one of more
// than one character does not end in + or - unless it holds a character that standard operators lack.
func (l *lexer) postgresToken(t *token, c byte) kind {
	switch {
	case c == '$' && l.is(l.pos+1, isDigit):
		l.pos = l.digits(l.pos + 1)
		if l.is(l.pos, startsName) {
			l.fail(ReasonNotUnderstood)
		}
		return param
	case c == '$':
		return l.dollarQuote(t)
	case c == ':':
		l.pos++
		if c := l.at(l.pos); c == ':' || c == '=' {
			l.pos++
		}
		return operator
	case charClass[c]&isOperator == 0:
		l.fail(ReasonNotUnderstood)
		return operator
	}
	end, special := l.pos, false
	for l.is(end, isOperator) {
		if pair := l.text[end:min(end+2, len(l.text))]; pair == "--" || pair == "/*" {
			break
		}
		special = special || strings.IndexByte("~!@#%^&|`?", l.text[end]) >= 0
		end++
	}
	for !special && end > l.pos+1 && (l.text[end-1] == '+' || l.text[end-1] == '-') {
		end--
	}
	l.pos = end
	return operator
}

// mysqlToken reads ?, variables, back-quoted names and operators.
func (l *lexer) mysqlToken(t *token, c byte) kind {
	switch c {
	case '?':
		l.pos++
		l.params++
		t.match = l.params
		return param
	case '`':
		return l.delimited(t, '`')
	case '@':
		return l.variable(t)
	case '$':
		l.pos = l.nameEnd(l.pos)
		return word
	}
	return l.operator("<=>", "->>", ":=", "<=", ">=", "<>", "!=", "<<", ">>", "||", "&&", "->")
}

// variable reads @x, @'x', @@x and @@scope.x.
func (l *lexer) variable(t *token) kind {
	l.pos++
	if l.at(l.pos) == '@' {
		l.pos++
	}
	switch c := l.at(l.pos); c {
	case '\'', '"', '`':
		l.quotedRun(t, c, c != '`' && l.mode&NoBackslashEscapes == 0)
		return variable
	}
	start := l.pos
	for l.is(l.pos, inName) || l.at(l.pos) == '.' && l.is(l.pos+1, inName) {
		l.pos++
	}
	if l.pos == start {
		l.fail(ReasonNotUnderstood)
	}
	return variable
}

// sqliteToken reads placeholders, back-quoted names and operators.
func (l *lexer) sqliteToken(t *token, c byte) kind {
	switch c {
	case '?':
		start := l.pos + 1
		l.pos = l.digits(start)
		if l.is(l.pos, inName) {
			l.fail(ReasonNotUnderstood)
		}
		l.named = l.named || l.pos > start
		l.params++
		t.match = l.params
		return param
	case '`':
		return l.delimited(t, '`')
	case ':', '@', '$', '#':
		l.named = true
		return l.namedParam()
	}
	return l.operator("->>", "==", "<=", ">=", "<>", "!=", "<<", ">>", "||", "->")
}

// namedParam reads :x, @x and $x with the ::suffixes and (suffix) that SQLite allows.
func (l *lexer) namedParam() kind {
	i, n := l.pos+1, 0
	for ; i < len(l.text); i++ {
		switch c := l.text[i]; {
		case charClass[c]&inName != 0:
			n++
			continue
		case c == ':' && l.at(i+1) == ':':
			i++
			continue
		case c == '(' && n > 0:
			i++
			for i < len(l.text) && charClass[l.text[i]]&isSpace == 0 && l.text[i] != ')' {
				i++
			}
			if l.at(i) != ')' {
				l.fail(ReasonNotUnderstood)
				return param
			}
			i++
		}
		break
	}
	if n == 0 || l.text[l.pos] == '#' && l.is(l.pos+1, isDigit) {
		l.fail(ReasonNotUnderstood)
		return param
	}
	l.pos = i
	return param
}

// operator reads the longest of the listed operators, or a single character.
func (l *lexer) operator(longest ...string) kind {
	rest := l.text[l.pos:]
	for _, op := range longest {
		if strings.HasPrefix(rest, op) {
			l.pos += len(op)
			return operator
		}
	}
	if strings.IndexByte("+-*/%<>=!~&|^", rest[0]) < 0 {
		l.fail(ReasonNotUnderstood)
		return operator
	}
	l.pos++
	return operator
}
