package analyze

// statement reads one statement.
func (s *scan) statement() {
	switch t := s.peek(); {
	case t.kind == leftParen:
		s.query()
	case t.kind != word:
		s.fail()
	case s.common(t.word):
	case s.dialect == Postgres:
		s.postgresStatement(t.word)
	case s.dialect == SQLite:
		s.sqliteStatement(t.word)
	default:
		s.mysqlStatement(t.word)
	}
}

// common reads the statements that all dialects have.
func (s *scan) common(w string) bool {
	switch w {
	case "select", "with", "values", "insert", "update", "delete", "replace", "merge":
		s.query()
	case "table":
		if s.dialect == SQLite {
			return false
		}
		s.query()
	case "begin", "start", "commit", "end", "rollback", "abort", "savepoint", "release":
		s.transaction(w)
	case "explain":
		s.explain()
	case "create":
		s.create()
	case "alter":
		s.alter()
	case "drop":
		s.drop()
	default:
		return false
	}
	return true
}

func (s *scan) postgresStatement(w string) {
	switch w {
	case "set":
		s.set()
	case "show":
		s.bar(Meta|SessDep, ReasonMetadata)
		s.words()
	case "copy":
		s.copyStatement()
	case "truncate":
		s.truncate()
	case "prepare":
		s.prepare()
	case "declare":
		s.declare()
	case "lock":
		s.bar(RowLock, ReasonRowLock)
		s.sessionRest()
	case "reset", "discard", "deallocate", "listen", "unlisten", "load", "close":
		s.sessionRest()
	case "fetch", "move":
		s.opaque()
		s.sessionRest()
	case "notify", "checkpoint":
		s.bar(SideEffect, ReasonSideEffect)
		s.class(Write)
		s.skim()
	case "do", "call", "execute":
		s.unseen()
	case "vacuum", "analyze", "analyse", "cluster", "reindex", "refresh":
		s.maintenance(w)
	case "grant", "revoke":
		s.grant()
	case "comment", "security", "reassign", "import":
		s.opaqueDDL()
	default:
		s.fail()
	}
}

func (s *scan) sqliteStatement(w string) {
	switch w {
	case "pragma":
		s.pragma()
	case "attach", "detach":
		s.sessionRest()
	case "vacuum", "analyze", "reindex":
		s.maintenance(w)
	default:
		s.fail()
	}
}

func (s *scan) mysqlStatement(w string) {
	switch w {
	case "set":
		s.set()
	case "show":
		s.show()
	case "desc", "describe":
		s.explain()
	case "analyze":
		s.mysqlAnalyze()
	case "truncate", "rename", "optimize", "repair", "check", "checksum":
		s.mysqlTables(w)
	case "grant", "revoke":
		s.grant()
		s.facts.Flags |= ImplicitCommit
	case "xa":
		s.xa()
	case "use", "prepare", "deallocate":
		s.sessionRest()
	case "lock", "unlock":
		s.lockTables(w)
	case "handler":
		s.handler()
	case "kill":
		s.bar(SideEffect, ReasonSideEffect)
		s.class(Write)
		s.skim()
	case "do":
		s.take()
		s.class(Session)
		s.exprList()
	case "load":
		s.loadData()
	case "call", "execute":
		s.unseen()
	default:
		s.fail()
	}
}

// sessionRest reads a statement that changes the session and no table.
func (s *scan) sessionRest() {
	s.class(Session)
	s.skim()
}

// unseen reads a statement that runs code which is not in the text.
func (s *scan) unseen() {
	s.facts.Flags |= Opaque
	s.fail()
}

// opaqueDDL reads a change of definitions whose reach the text does not tell. Its body may hold semicolons, and then
// nobody can tell it from several statements. A definition alone leaves nothing behind on the session.
func (s *scan) opaqueDDL() {
	s.class(DDL)
	s.opaque()
	defines := indexOf([]string{"create", "alter", "drop", "comment"}, s.toks[0].word) >= 0
	if !defines || s.semicolonAhead() {
		s.facts.Ties = true
	}
	s.implicitCommit()
	s.skimText()
}

// semicolonAhead tells whether what is left may hold another statement: a semicolon that stands in no body, as far as
// one can see. A body goes up to the first END before a semicolon, which must be the last thing in the text.
func (s *scan) semicolonAhead() bool {
	found := false
	for i := s.next; i < len(s.toks)-1; i++ {
		switch ended := s.toks[i].word == "end"; {
		case ended && s.toks[i+1].kind == semicolon:
			return s.toks[i+2].kind != endOfText
		case ended && s.toks[i+1].kind == endOfText:
			return false
		case s.toks[i].kind == semicolon && s.toks[i+1].kind != endOfText:
			found = true
		}
	}
	return found
}

func (s *scan) implicitCommit() {
	if s.dialect.mysqlFamily() {
		s.facts.Flags |= ImplicitCommit
	}
}

// words passes over the rest of a statement that is made of words, names, numbers and strings alone.
func (s *scan) words() {
	for !s.atEnd() {
		switch s.take().kind {
		case word, quotedName, stringText, number, comma, dot:
		default:
			s.fail()
		}
	}
}
