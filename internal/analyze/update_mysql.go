package analyze

// mysqlUpdate reads MySQL's UPDATE, whose targets are those tables of its list to which a column of the SET clause may
// belong.
func (s *scan) mysqlUpdate() {
	s.accept("low_priority")
	s.accept("ignore")
	s.changedList()
	s.expect("set")
	from := s.next
	s.exprList()
	to := s.next
	s.splitTargets(s.assignedTables(from, to))
	s.changeWhere(len(s.froms) != 1 || s.froms[0].cte)
	s.dropAssigned(from, to)
	s.orderAndLimit()
	s.returning()
}

// changedList reads the tables of a change into froms; splitTargets decides later which of them are read.
func (s *scan) changedList() {
	s.deferring = true
	for {
		s.joined()
		s.portion()
		s.tableAlias()
		if !s.acceptKind(comma) {
			break
		}
	}
	s.deferring = false
}

// splitTargets adds the sources that targets names to writes and the others to reads. Nil targets are all. A target that
// fits no source, perhaps by its case, makes all of them targets.
func (s *scan) splitTargets(targets []string) {
	if !s.allFound(targets) {
		targets = nil
	}
	for _, src := range s.froms {
		switch {
		case src.name.Table == "" || src.cte:
		case targets == nil || indexOf(targets, src.alias) >= 0:
			s.addWrite(src.name)
		default:
			s.addRead(src.name)
		}
	}
}

func (s *scan) allFound(targets []string) bool {
	for _, t := range targets {
		found := false
		for _, src := range s.froms {
			found = found || src.alias == t
		}
		if !found {
			return false
		}
	}
	return true
}

// assignedTables returns the qualifiers of the columns that the tokens [from, to) assign, or nil if one has none.
func (s *scan) assignedTables(from, to int) []string {
	var tables []string
	start := true
	for i := from; i < to; i++ {
		t := s.toks[i]
		if start {
			table, ok := s.qualifier(i, to)
			if !ok {
				return nil
			}
			tables = append(tables, table)
		}
		start = t.kind == comma
		if t.kind == leftParen {
			i = int(t.match)
		}
	}
	return tables
}

// qualifier returns the table of the column name at token i: t of t.c and of db.t.c.
func (s *scan) qualifier(i, to int) (string, bool) {
	if i+3 >= to || s.toks[i+1].kind != dot {
		return "", false
	}
	if s.toks[i+3].kind == dot {
		i += 2
	}
	if t := s.toks[i]; t.kind == word || t.kind == quotedName {
		return s.nameText(t), true
	}
	return "", false
}
