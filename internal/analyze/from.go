package analyze

// fromList reads a, b JOIN c ON ..., and adds the relations to reads and to froms.
func (s *scan) fromList() {
	for {
		s.joined()
		if !s.acceptKind(comma) {
			return
		}
	}
}

// joined reads one element of a FROM list with everything joined to it.
func (s *scan) joined() {
	s.enter()
	defer s.leave()
	s.fromItem()
	for s.join() {
		s.fromItem()
		s.joinConditions()
	}
}

// joinConditions reads the ON and USING of one or, in a JOIN b JOIN c ON ... ON ..., of several joins.
func (s *scan) joinConditions() {
	for {
		switch {
		case s.accept("on"):
			s.expr()
		case s.accept("using"):
			s.nameList()
			if s.dialect == Postgres && s.accept("as") {
				s.name()
			}
		default:
			return
		}
	}
}

// join passes over the words of a join.
func (s *scan) join() bool {
	if s.dialect.mysqlFamily() && s.accept("straight_join") {
		return true
	}
	natural := s.accept("natural")
	switch {
	case s.acceptAny("inner", "cross"):
	case s.acceptAny("left", "right"), s.dialect != MySQL && s.dialect != MariaDB && s.accept("full"):
		s.accept("outer")
	case s.atWord("join"):
	default:
		if natural {
			s.fail()
		}
		return false
	}
	s.expect("join")
	return true
}

func (s *scan) fromItem() {
	switch {
	case s.at(leftParen):
		s.fromParen()
	case s.accept("lateral"):
		s.lateral()
	case s.dialect == Postgres && s.accept("only"):
		s.onlyTable()
	case s.dialect == Postgres && s.accept("rows", "from"):
		s.rowsFrom()
	case s.dialect.mysqlFamily() && s.accept("dual"):
	case s.dialect != SQLite && s.atWord("json_table") && s.ahead(1).kind == leftParen:
		s.jsonTable()
	default:
		s.fromName()
	}
}

// fromParen reads a derived table or a join in parentheses.
func (s *scan) fromParen() {
	if s.peek().query {
		s.subquery()
		s.froms = append(s.froms, source{})
		s.tableAlias()
		return
	}
	s.expectKind(leftParen)
	s.fromList()
	s.expectKind(rightParen)
	if !s.dialect.mysqlFamily() {
		s.tableAlias()
	}
}

func (s *scan) lateral() {
	if s.dialect == SQLite {
		s.fail()
	}
	switch {
	case s.at(leftParen) && s.peek().query:
		s.fromParen()
	case s.dialect == Postgres && s.accept("rows", "from"):
		s.rowsFrom()
	case s.dialect == Postgres:
		s.fromName()
	default:
		s.fail()
	}
}

func (s *scan) onlyTable() {
	paren := s.acceptKind(leftParen)
	s.addSource(s.relation())
	if paren {
		s.expectKind(rightParen)
	}
	s.sourceAlias()
}

func (s *scan) rowsFrom() {
	s.expectKind(leftParen)
	for {
		s.expr()
		if s.accept("as") {
			s.columnDefinitions()
		}
		if !s.acceptKind(comma) {
			break
		}
	}
	s.expectKind(rightParen)
	s.functionAlias()
}

// fromName reads a table, or a function where the dialect has them in FROM.
func (s *scan) fromName() {
	if s.dialect == Postgres && s.functionAhead() {
		s.callNamed()
		s.functionAlias()
		return
	}
	n := s.relation()
	if s.dialect == SQLite && s.at(leftParen) {
		s.tableFunction(n)
		s.froms = append(s.froms, source{})
		s.tableAlias()
		return
	}
	s.addSource(n)
	s.sourceAlias()
}

// functionAhead tells whether the name here ends at a parenthesis.
func (s *scan) functionAhead() bool {
	i := 1
	for s.ahead(i).kind == dot {
		i += 2
	}
	return s.ahead(i).kind == leftParen
}

// tableFunction reads SQLite's name(args) in FROM and behind IN: any virtual table can be written so.
func (s *scan) tableFunction(n Name) {
	if n.Schema != "" || functionGroup(SQLite, n.Table) != groupTable {
		s.addRead(n)
	}
	s.expectKind(leftParen)
	if !s.at(rightParen) {
		s.exprList()
	}
	s.expectKind(rightParen)
}

func (s *scan) addSource(n Name) {
	cte := n.Schema == "" && s.visible(n.Table)
	if !s.deferring {
		s.addRead(n)
	}
	s.froms = append(s.froms, source{name: n, alias: n.Table, cte: cte})
	if s.deferring && len(s.froms) > maxNames {
		s.fail()
	}
}
