package analyze

import "strings"

// callee is a call as written.
type callee struct {
	name      token
	function  string // folded name; empty when no built-in can be meant
	builtin   bool   // no qualifier but pg_catalog
	qualified bool
	args      int
	from, to  int // the tokens of the arguments
}

// callNamed reads name(args) with what may follow the parenthesis, and judges the function.
func (s *scan) callNamed() {
	c := s.calleeHere()
	g := s.group(c)
	if g == groupNone && c.name.reserved && !c.qualified {
		s.fail()
		return
	}
	s.arguments(&c)
	s.judgeCall(s.refined(g, c))
	s.callSuffix()
}

func (s *scan) calleeHere() callee {
	t := s.take()
	c := callee{name: t, builtin: true}
	for n := 1; s.acceptKind(dot); n++ {
		c.builtin = n == 1 && s.dialect == Postgres && t.kind == word && foldEqual(s.slice(t), "pg_catalog")
		c.qualified = true
		t = s.take()
	}
	if t.kind != word && t.kind != quotedName {
		s.fail()
		return c
	}
	c.name = t
	if c.builtin {
		c.function = s.functionName(t)
	}
	return c
}

// functionName returns the name under which the built-in functions are searched. MySQL resolves a quoted name, and of
// some names one that a blank separates from its parenthesis, to the user's function.
func (s *scan) functionName(t token) string {
	if !s.dialect.mysqlFamily() {
		return s.nameText(t)
	}
	name := lowerASCII(s.slice(t))
	blank := s.mode&IgnoreSpace == 0 && s.peek().start != t.end
	if t.kind == quotedName || blank && vocabularyOf(s.dialect).spaced[name] {
		return ""
	}
	return name
}

// group returns the group of a function. What is syntax rather than a function must be written bare.
func (s *scan) group(c callee) group {
	if c.function == "" {
		return groupNone
	}
	g := functionGroup(s.dialect, c.function)
	if g == groupSyntax && (c.qualified || c.name.kind == quotedName) || g == groupTable {
		return groupNone
	}
	return g
}

// arguments reads the parenthesis of a call.
func (s *scan) arguments(c *callee) {
	open := s.peek()
	c.from = s.next + 1
	if open.kind == leftParen && open.query && !(s.dialect.mysqlFamily() && s.ahead(1).word == "values") {
		if c.function != "json_array" || s.dialect != Postgres {
			s.fail()
		}
		s.subquery()
		return
	}
	s.expectKind(leftParen)
	s.enter()
	c.args = s.argumentList(c.function)
	s.argumentTail(c.function)
	s.leave()
	c.to = s.next
	s.expectKind(rightParen)
}

func (s *scan) argumentList(function string) int {
	s.acceptAny("distinct", "all")
	if function == "trim" {
		s.acceptAny("both", "leading", "trailing")
		s.accept("from")
	}
	if s.at(rightParen) || s.acceptOperator("*") && s.at(rightParen) {
		return 0
	}
	position := function == "position" && s.dialect != SQLite
	for n := 1; ; n++ {
		s.argumentName()
		s.noIn = position && n == 1
		s.expr()
		s.noIn = false
		if !s.acceptKind(comma) && !s.separator(function) {
			return n
		}
	}
}

// argumentName passes over the name of a named argument in PostgreSQL, and the KEY of JSON_OBJECT.
func (s *scan) argumentName() {
	if s.dialect != Postgres {
		return
	}
	if next := s.ahead(1); next.kind == operator && (s.at(word) || s.at(quotedName)) {
		if sign := s.slice(next); sign == "=>" || sign == ":=" {
			s.next += 2
		}
	}
}

// separator passes over a word that stands for a comma in the calls that SQL gives a syntax of their own.
func (s *scan) separator(function string) bool {
	switch function {
	case "extract":
		return s.accept("from")
	case "trim":
		return s.accept("from")
	case "substring", "substr", "mid":
		return s.acceptAny("from", "for", "similar")
	case "overlay":
		return s.acceptAny("placing", "from", "for")
	case "position":
		return s.accept("in")
	case "json_object", "json_objectagg":
		return s.dialect == Postgres && (s.acceptOperator(":") || s.accept("value"))
	}
	return false
}

// argumentTail reads what may stand behind the last argument.
func (s *scan) argumentTail(function string) {
	switch {
	case function == "char" && s.accept("using"):
		s.collation()
	case function == "treat" && s.accept("as"):
		s.typeName()
	case function == "weight_string" && s.accept("as"):
		s.looseType()
	case strings.HasPrefix(function, "json"):
		for s.jsonOption() {
		}
	}
	if s.accept("order", "by") {
		s.orderList()
	}
	if s.dialect.mysqlFamily() && s.accept("separator") {
		s.expectKind(stringText)
	}
	if s.dialect == MariaDB && s.accept("limit") {
		s.limit()
	}
	if strings.HasPrefix(function, "json") {
		for s.jsonOption() {
		}
	}
}

// callSuffix reads WITHIN GROUP, FILTER and OVER.
func (s *scan) callSuffix() {
	if s.accept("within", "group") {
		s.expectKind(leftParen)
		s.expect("order", "by")
		s.orderList()
		s.expectKind(rightParen)
	}
	if s.atWord("filter") && s.ahead(1).kind == leftParen {
		s.take()
		s.expectKind(leftParen)
		s.expect("where")
		s.expr()
		s.expectKind(rightParen)
	}
	if !s.accept("ignore", "nulls") {
		s.accept("respect", "nulls")
	}
	switch next := s.ahead(1); {
	case !s.atWord("over"):
	case next.kind == leftParen:
		s.take()
		s.windowSpec()
	case next.kind == word && !next.reserved, next.kind == quotedName:
		s.next += 2
	}
}
