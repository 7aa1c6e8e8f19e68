package analyze

// sourceAlias reads what may follow the name of a table: its alias and the clauses that choose versions, partitions,
// indexes or samples of it.
func (s *scan) sourceAlias() {
	switch s.dialect {
	case Postgres:
		s.acceptOperator("*")
		s.tableAlias()
		if s.accept("tablesample") {
			s.bar(Volatile, ReasonSample)
			s.relation()
			s.parenExprs()
			if s.accept("repeatable") {
				s.parenExprs()
			}
		}
	case SQLite:
		s.tableAlias()
		s.indexedBy()
	default:
		if s.accept("partition") {
			s.nameList()
		}
		s.systemTime()
		s.tableAlias()
		s.indexHints()
	}
}

func (s *scan) indexedBy() {
	if s.accept("indexed", "by") {
		s.name()
		return
	}
	s.accept("not", "indexed")
}

func (s *scan) indexHints() {
	for s.acceptAny("use", "force", "ignore") {
		if !s.acceptAny("index", "key") {
			s.fail()
		}
		if s.accept("for") && !s.accept("join") && !s.accept("order", "by") && !s.accept("group", "by") {
			s.fail()
		}
		s.expectKind(leftParen)
		for !s.at(rightParen) && !s.at(endOfText) {
			s.take()
		}
		s.expectKind(rightParen)
		s.acceptKind(comma)
	}
}

// systemTime reads FOR SYSTEM_TIME of MariaDB's versioned tables.
func (s *scan) systemTime() {
	if !s.accept("for", "system_time") {
		return
	}
	switch {
	case s.accept("all"):
	case s.accept("as", "of"):
		s.acceptAny("timestamp", "transaction")
		s.expr()
	case s.accept("between"):
		s.expr() // takes the AND as well
	case s.accept("from"):
		s.acceptAny("timestamp", "transaction")
		s.expr()
		s.expect("to")
		s.acceptAny("timestamp", "transaction")
		s.expr()
	default:
		s.fail()
	}
}
