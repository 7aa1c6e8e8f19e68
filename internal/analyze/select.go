package analyze

func (s *scan) selectCore() {
	s.selectOptions()
	s.selectList()
	s.selectInto()
	if s.accept("from") {
		s.fromList()
	} else if s.dialect != Postgres && s.emptyList() {
		s.fail()
	}
	from, to := s.where()
	if s.nesting == 0 {
		s.whereFrom, s.whereTo = from, to
	}
	if s.accept("group", "by") {
		s.groupBy()
	}
	if s.accept("having") {
		s.expr()
	}
	for more := s.accept("window"); more; more = s.acceptKind(comma) {
		s.name()
		s.expect("as")
		s.windowSpec()
	}
}

// emptyList is true when nothing stands between SELECT and here, which PostgreSQL alone allows.
func (s *scan) emptyList() bool { return s.toks[s.next-1].word == "select" }

func (s *scan) selectOptions() {
	if s.dialect.mysqlFamily() {
		s.mysqlSelectOptions()
		return
	}
	if s.accept("all") || !s.accept("distinct") {
		return
	}
	if s.dialect == Postgres && s.accept("on") {
		s.parenExprs()
	}
}

func (s *scan) mysqlSelectOptions() {
	for {
		switch {
		case s.accept("sql_calc_found_rows"):
			s.bar(SideEffect, ReasonSideEffect)
		case s.acceptAny("all", "distinct", "distinctrow", "high_priority", "straight_join", "sql_small_result",
			"sql_big_result"):
		case s.atAny("sql_cache", "sql_no_cache", "sql_buffer_result") && !s.isColumn():
			s.take()
		default:
			return
		}
	}
}

func (s *scan) atAny(words ...string) bool {
	w := s.peek().word
	return w != "" && indexOf(words, w) >= 0
}

// isColumn tells whether the word here is a name and no option, by what follows it.
func (s *scan) isColumn() bool {
	switch t := s.ahead(1); t.kind {
	case comma, dot, endOfText:
		return true
	default:
		return t.word == "from" || t.word == "as"
	}
}

func (s *scan) selectList() {
	if s.dialect == Postgres && (s.atEnd() || s.at(rightParen) || s.atAny("from", "where", "union", "into", "order", "limit")) {
		return
	}
	for {
		if !s.acceptOperator("*") {
			s.expr()
			s.resultAlias()
		}
		if !s.acceptKind(comma) {
			return
		}
	}
}

// resultAlias reads [AS] name behind a result column. Behind AS, PostgreSQL takes any word.
func (s *scan) resultAlias() {
	as := s.accept("as")
	switch t := s.peek(); {
	case t.kind == word && (!t.reserved || as && s.dialect == Postgres), t.kind == quotedName:
		s.take()
	case t.kind == stringText && s.dialect != Postgres:
		s.take()
	case as:
		s.fail()
	}
}

// selectInto reads SELECT ... INTO, which is a new table in PostgreSQL and variables or a file in MySQL.
func (s *scan) selectInto() {
	if !s.accept("into") {
		return
	}
	switch s.dialect {
	case Postgres:
		temp := s.acceptAny("temp", "temporary") || s.acceptAny("local", "global") && s.acceptAny("temp", "temporary")
		s.accept("unlogged")
		s.accept("table")
		s.class(DDL)
		s.addWrite(s.relation())
		if temp {
			s.temporary()
		}
	case SQLite:
		s.fail()
	default:
		s.intoVariables()
	}
}

func (s *scan) intoVariables() {
	s.bar(SideEffect, ReasonSideEffect)
	if s.acceptAny("outfile", "dumpfile") {
		s.expectKind(stringText)
		for !s.atEnd() && !s.at(rightParen) && !s.atAny("from", "for", "where", "lock") {
			s.take()
		}
		return
	}
	s.class(Session)
	s.facts.Ties = true
	for {
		s.expectKind(variable)
		if !s.acceptKind(comma) {
			return
		}
	}
}

func (s *scan) groupBy() {
	if s.dialect == Postgres {
		s.acceptAny("all", "distinct")
	}
	for {
		if s.accept("grouping", "sets") {
			s.parenExprs()
		} else {
			s.expr()
			s.acceptAny("asc", "desc")
		}
		if !s.acceptKind(comma) {
			break
		}
	}
	if s.dialect.mysqlFamily() {
		s.accept("with", "rollup")
	}
}
