package analyze

// explain reads EXPLAIN, and in MySQL DESCRIBE. Without ANALYZE the statement inside is planned and not run.
func (s *scan) explain() {
	first := s.take()
	s.bar(Meta, ReasonMetadata)
	run := false
	switch s.dialect {
	case Postgres:
		run = s.postgresExplainOptions()
	case SQLite:
		s.accept("query", "plan")
	default:
		run = s.mysqlExplainOptions()
		if s.explainsTable(first) {
			return
		}
	}
	s.explained(run)
}

// explained reads the statement inside. What it would call stays noted: planning may evaluate calls.
func (s *scan) explained(run bool) {
	if !s.at(leftParen) && !s.atAny("select", "with", "values", "table", "insert", "replace", "update", "delete", "merge",
		"create", "declare") {
		s.fail()
	}
	class, writes, flags := s.facts.Class, len(s.writes), s.facts.Flags
	s.nesting++ // its conditions are no equalities of this statement
	s.statement()
	s.nesting--
	if run || s.facts.Class == Unknown {
		return
	}
	s.facts.Class = class
	s.facts.Flags = flags | s.facts.Flags&(UserFunc|Volatile|SessDep|SideEffect)
	s.facts.Tx = NoTx
	s.writes = s.writes[:writes]
}

// postgresExplainOptions tells whether the statement is run.
func (s *scan) postgresExplainOptions() bool {
	if !s.at(leftParen) || s.peek().query {
		run := s.acceptAny("analyze", "analyse")
		s.accept("verbose")
		return run
	}
	s.expectKind(leftParen)
	run := false
	for !s.at(rightParen) && !s.at(endOfText) {
		if !s.acceptAny("analyze", "analyse") {
			s.take()
			continue
		}
		run = s.optionIsOn()
	}
	s.expectKind(rightParen)
	return run
}

func (s *scan) optionIsOn() bool {
	if s.at(comma) || s.at(rightParen) {
		return true
	}
	value := lowerASCII(s.slice(s.take()))
	return value != "false" && value != "off" && value != "0" && value != "'false'" && value != "'off'" && value != "'0'"
}

func (s *scan) mysqlExplainOptions() bool {
	run := s.accept("analyze")
	s.acceptAny("extended", "partitions")
	if s.atWord("format") && s.ahead(1).kind == operator {
		s.next += 2
		if !s.acceptKind(stringText) {
			s.name()
		}
	}
	return run
}

// explainsTable reads DESCRIBE t and EXPLAIN FOR CONNECTION n.
func (s *scan) explainsTable(first token) bool {
	if s.accept("for") {
		if first.word != "explain" && first.word != "describe" && first.word != "desc" {
			s.fail()
		}
		s.words()
		return true
	}
	switch s.peek().word {
	case "select", "insert", "update", "delete", "replace", "with", "table", "values":
		return false
	}
	if s.at(leftParen) {
		return false
	}
	s.addRead(s.relation())
	if !s.atEnd() {
		s.take()
	}
	return true
}

// mysqlAnalyze reads ANALYZE TABLE, and MariaDB's ANALYZE statement, which runs it.
func (s *scan) mysqlAnalyze() {
	i := 1
	if w := s.ahead(1).word; w == "no_write_to_binlog" || w == "local" {
		i = 2
	}
	if w := s.ahead(i).word; w == "table" || w == "tables" {
		s.mysqlTables("analyze")
		return
	}
	if s.dialect != MariaDB {
		s.fail()
		return
	}
	s.take()
	s.bar(Meta, ReasonMetadata)
	s.mysqlExplainOptions()
	s.explained(true)
}

// show reads MySQL's SHOW. A parenthesis may hold a condition that calls anything.
func (s *scan) show() {
	s.take()
	s.bar(Meta, ReasonMetadata)
	if s.acceptAny("warnings", "errors", "count") {
		s.bar(SessDep, ReasonMetadata)
	}
	for !s.atEnd() {
		if t := s.take(); t.kind == leftParen || t.kind == rightParen {
			s.fail()
		}
	}
}
