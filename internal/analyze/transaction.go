package analyze

// transaction reads a statement of transaction control that starts with w.
func (s *scan) transaction(w string) {
	s.class(Tx)
	s.take()
	switch w {
	case "begin":
		s.begin()
	case "start":
		s.expect("transaction")
		s.begun()
		s.words()
	case "commit", "end":
		s.commit(w)
	case "rollback", "abort":
		s.rollback(w)
	case "savepoint":
		s.facts.Tx = Savepoint
		s.name()
	case "release":
		s.facts.Tx = Release
		if s.dialect.mysqlFamily() {
			s.expect("savepoint")
		} else {
			s.accept("savepoint")
		}
		s.name()
	}
}

func (s *scan) begun() {
	s.facts.Tx = Begin
	s.implicitCommit()
}

// begin reads BEGIN. In MariaDB, BEGIN NOT ATOMIC starts a compound statement.
func (s *scan) begin() {
	s.begun()
	switch s.dialect {
	case Postgres:
		if s.atWord("atomic") {
			s.fail()
		}
		s.words()
	case SQLite:
		s.acceptAny("deferred", "immediate", "exclusive", "concurrent")
		s.sqliteTransactionName()
	default:
		if s.atWord("not") {
			s.unseen()
		}
		s.accept("work")
	}
}

func (s *scan) sqliteTransactionName() {
	if s.accept("transaction") && s.at(word) && !s.atWord("to") {
		s.name()
	}
}

func (s *scan) commit(w string) {
	s.facts.Tx = Commit
	switch {
	case s.dialect == SQLite:
		s.sqliteTransactionName()
	case s.dialect == Postgres && w == "commit" && s.accept("prepared"):
		s.preparedTransaction()
	case s.dialect != Postgres && w == "end":
		s.fail()
	default:
		s.completion(CommitChain)
	}
}

// preparedTransaction notes that work of another session takes effect, of which the text says nothing.
func (s *scan) preparedTransaction() {
	s.facts.Tx = TwoPhase
	s.opaque()
	s.expectKind(stringText)
}

// completion reads [WORK] [AND [NO] CHAIN] [[NO] RELEASE].
func (s *scan) completion(chained TxVerb) {
	s.acceptAny("work", "transaction")
	if s.accept("and", "chain") {
		s.facts.Tx = chained
	} else {
		s.accept("and", "no", "chain")
	}
	if !s.dialect.mysqlFamily() || s.accept("no", "release") {
		return
	}
	if s.accept("release") {
		s.facts.Ties = true // the server closes the connection
	}
}

func (s *scan) rollback(w string) {
	s.facts.Tx = Rollback
	if w == "abort" && s.dialect != Postgres {
		s.fail()
	}
	switch {
	case s.dialect == Postgres && s.accept("prepared"):
		s.preparedTransaction()
		return
	case s.dialect == SQLite:
		s.sqliteTransactionName()
	default:
		s.completion(RollbackChain)
	}
	if s.facts.Tx == Rollback && s.accept("to") {
		s.facts.Tx = RollbackTo
		s.accept("savepoint")
		s.name()
	}
}

// xa reads MySQL's XA statements. XA COMMIT publishes work that another session may have done.
func (s *scan) xa() {
	s.take()
	s.class(Tx)
	s.facts.Tx = TwoPhase
	s.facts.Ties = true
	if s.acceptAny("commit", "rollback") {
		s.opaque()
	}
	s.skim()
}
