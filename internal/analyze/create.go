package analyze

// create reads CREATE. Tables, views, indexes, sequences and triggers have targets; everything else is opaque.
func (s *scan) create() {
	s.take()
	s.class(DDL)
	if s.accept("or") {
		s.expect("replace")
	}
	temp := s.createTemporary()
	s.acceptAny("unlogged", "foreign", "virtual", "unique", "fulltext", "spatial", "constraint", "recursive", "materialized")
	switch {
	case s.accept("table"):
		s.createTable()
	case s.accept("view"):
		s.createView()
	case s.accept("index"):
		s.createIndex()
	case s.accept("sequence"):
		s.newObject()
		s.skim()
	case s.accept("trigger"):
		s.createTrigger()
	case s.dialect.mysqlFamily() && s.viewAhead():
		s.createView()
	default:
		s.opaqueDDL()
	}
	if temp {
		s.temporary()
		return
	}
	s.implicitCommit()
}

func (s *scan) createTemporary() bool {
	if s.dialect == Postgres {
		s.acceptAny("global", "local")
	}
	return s.acceptAny("temp", "temporary")
}

// newObject reads [IF NOT EXISTS] name and adds it to writes.
func (s *scan) newObject() {
	s.accept("if", "not", "exists")
	s.target()
}

func (s *scan) createTable() {
	s.newObject()
	if s.dialect == Postgres && s.accept("partition", "of") {
		s.target()
	}
	for !s.atEnd() && s.failed == "" {
		switch {
		case s.accept("as"):
			s.createAs()
		case s.dialect.mysqlFamily() && (s.atAny("select", "with") || s.at(leftParen) && s.peek().query):
			s.query()
		case s.dialect == Postgres && s.accept("inherits"):
			s.parentTables()
		case s.dialect.mysqlFamily() && s.accept("union"):
			s.opaque()
		default:
			s.skipOne() // a table without rows calls no default, check or generated column
		}
	}
}

// definition passes over a piece of a definition and takes care of functions that it may call on existing rows. What
// stands before a parenthesis after REFERENCES, KEY or INDEX is the name of a table or an index.
func (s *scan) definition() {
	if s.acceptAny("references", "key", "index") {
		s.passName()
		return
	}
	if s.unknownCallAhead() {
		s.mayDoAnything()
	}
	if !s.at(leftParen) {
		s.take()
		return
	}
	s.expectKind(leftParen)
	s.enter()
	for !s.at(rightParen) && !s.at(endOfText) {
		s.definition()
	}
	s.leave()
	s.expectKind(rightParen)
}

// passName passes over a name, with its schema, that stands before a parenthesis.
func (s *scan) passName() {
	n := 0
	for isName(s.ahead(n)) && s.ahead(n+1).kind == dot {
		n += 2
	}
	if isName(s.ahead(n)) && s.ahead(n+1).kind == leftParen {
		s.next += n + 1
	}
}

func isName(t token) bool { return t.kind == word || t.kind == quotedName }

// unknownCallAhead tells whether a call of what is no built-in function of PostgreSQL is next. Elsewhere a definition
// cannot call the user's functions.
func (s *scan) unknownCallAhead() bool {
	t := s.peek()
	if s.dialect != Postgres || s.ahead(1).kind != leftParen || t.word != "" || t.kind != word && t.kind != quotedName {
		return false
	}
	name := lowerASCII(s.slice(t))
	switch name {
	case "gist", "gin", "brin", "spgist":
		return false
	}
	g := functionGroup(Postgres, name)
	return g != groupPure && g != groupSyntax && !typeGroup(Postgres, []byte(name))
}

// createAs reads the query behind AS.
func (s *scan) createAs() {
	if s.atWord("execute") {
		s.unseen()
		return
	}
	s.query()
	if s.accept("with") {
		s.words()
	}
}

func (s *scan) parentTables() {
	s.expectKind(leftParen)
	for {
		s.target()
		if !s.acceptKind(comma) {
			break
		}
	}
	s.expectKind(rightParen)
}

// viewAhead passes over the ALGORITHM, DEFINER and SQL SECURITY clauses of MySQL if VIEW follows them.
func (s *scan) viewAhead() bool {
	for i := 0; ; i++ {
		switch t := s.ahead(i); {
		case t.word == "view":
			s.next += i + 1
			return true
		case t.kind == endOfText, t.kind == leftParen && s.ahead(i+1).kind != rightParen,
			t.word == "procedure", t.word == "function", t.word == "trigger", t.word == "event", t.word == "as":
			return false
		}
	}
}

func (s *scan) createView() {
	s.newObject()
	for !s.atEnd() && !s.accept("as") {
		s.skipOne()
	}
	s.query()
	if s.accept("with") {
		s.words()
	}
}

// createIndex reads CREATE INDEX ... ON t. The name of the index is optional in PostgreSQL.
func (s *scan) createIndex() {
	s.accept("concurrently")
	s.accept("if", "not", "exists")
	for !s.atEnd() && !s.accept("on") {
		s.take()
	}
	s.accept("only")
	n := s.target()
	if n.Table == "" {
		s.fail()
	}
	for !s.atEnd() && s.failed == "" {
		s.definition()
	}
}

// createTrigger reads the table of a trigger. Its body, where it has one, may write anything from now on.
func (s *scan) createTrigger() {
	if s.dialect.mysqlFamily() {
		s.opaqueDDL()
		return
	}
	for !s.atEnd() && !s.accept("on") {
		s.take()
	}
	s.target()
	if s.dialect == SQLite {
		s.opaqueDDL()
		return
	}
	s.skim()
}
