package analyze

// tableAlias reads [AS] name [(columns)] and gives the last source that name.
func (s *scan) tableAlias() {
	as := s.accept("as")
	t := s.peek()
	alias := t.kind == quotedName || t.kind == word && !t.reserved && !s.clauseAhead() ||
		t.kind == stringText && s.dialect == SQLite
	switch {
	case alias:
		name := s.name()
		if n := len(s.froms); n > s.fromBase {
			s.froms[n-1].alias = name
		}
		if s.at(leftParen) && s.dialect != SQLite {
			s.columnAliases()
		}
	case as:
		s.fail()
	}
}

// clauseAhead tells whether the word here starts a clause although the dialect would let it be a name.
func (s *scan) clauseAhead() bool {
	switch s.peek().word {
	case "window":
		return s.ahead(2).word == "as"
	case "lock":
		return s.ahead(1).word == "in"
	case "set", "values", "with", "indexed", "tablesample":
		return true
	case "offset", "fetch":
		return s.dialect == MariaDB && s.ahead(1).kind != comma
	}
	return false
}

// columnAliases reads (a, b), or (a int, b text) behind a function.
func (s *scan) columnAliases() {
	s.expectKind(leftParen)
	for {
		s.name()
		if !s.at(comma) && !s.at(rightParen) {
			s.typeName()
			if s.accept("collate") {
				s.relation()
			}
		}
		if !s.acceptKind(comma) {
			break
		}
	}
	s.expectKind(rightParen)
}

func (s *scan) columnDefinitions() { s.columnAliases() }

// functionAlias reads [WITH ORDINALITY] and the alias of a function in FROM.
func (s *scan) functionAlias() {
	s.froms = append(s.froms, source{})
	s.accept("with", "ordinality")
	if s.atWord("as") && s.ahead(1).kind == leftParen {
		s.take()
		s.columnDefinitions()
		return
	}
	s.tableAlias()
}

// jsonTable reads JSON_TABLE(document, path COLUMNS (...)). In its columns nothing is called and nothing read, so a
// parenthesis behind anything but a type or COLUMNS is not understood.
func (s *scan) jsonTable() {
	s.expect("json_table")
	s.expectKind(leftParen)
	s.expr()
	if s.accept("format", "json") && s.accept("encoding") {
		s.name()
	}
	s.expectKind(comma)
	s.expr()
	for !s.at(rightParen) && !s.at(endOfText) {
		s.jsonTableToken()
	}
	s.expectKind(rightParen)
	s.functionAlias()
}

func (s *scan) jsonTableToken() {
	t := s.take()
	switch {
	case t.kind == leftParen:
		s.jsonColumns()
	case t.word == "select" || t.word == "with" && s.ahead(0).kind == leftParen, t.kind == variable, t.kind == operator:
		s.fail()
	case t.kind == word && s.at(leftParen) && !s.plainType(t) && t.word != "columns":
		s.fail()
	}
}

func (s *scan) jsonColumns() {
	s.enter()
	for !s.at(rightParen) && !s.at(endOfText) {
		s.jsonTableToken()
	}
	s.expectKind(rightParen)
	s.leave()
}
