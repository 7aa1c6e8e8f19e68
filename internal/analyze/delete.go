package analyze

// delete reads what follows DELETE.
func (s *scan) delete() {
	if s.dialect.mysqlFamily() {
		s.mysqlDelete()
		return
	}
	s.expect("from")
	s.singleTarget()
	joined := s.dialect == Postgres && s.accept("using")
	if joined {
		s.fromList()
	}
	s.changeWhere(joined)
	s.returning()
	s.orderAndLimit()
	s.returning()
}

// mysqlDelete reads the forms DELETE FROM t ..., DELETE a, b FROM list ... and DELETE FROM a, b USING list ....
func (s *scan) mysqlDelete() {
	for s.acceptAny("low_priority", "quick", "ignore") {
	}
	if s.dialect == MariaDB && s.accept("history") {
		s.deleteHistory()
		return
	}
	if !s.accept("from") {
		targets := s.deleteTargets()
		s.expect("from")
		s.deleteJoined(targets)
		return
	}
	if s.usingAhead() {
		targets := s.deleteTargets()
		s.expect("using")
		s.deleteJoined(targets)
		return
	}
	s.target()
	s.portion()
	s.tableAlias()
	if s.accept("partition") {
		s.nameList()
	}
	s.changeWhere(false)
	s.orderAndLimit()
	s.returning()
}

func (s *scan) deleteHistory() {
	s.expect("from")
	s.target()
	if s.accept("partition") {
		s.nameList()
	}
	if s.accept("before", "system_time") {
		s.acceptAny("timestamp", "transaction")
		s.expr()
	}
}

// usingAhead tells whether the list of names here ends at USING.
func (s *scan) usingAhead() bool {
	for i := 0; ; i++ {
		switch t := s.ahead(i); {
		case t.word == "using":
			return true
		case t.kind == endOfText, t.kind == semicolon, t.kind == leftParen, t.reserved:
			return false
		}
	}
}

// deleteTargets reads a, db.b.*, c and returns the last names.
func (s *scan) deleteTargets() []string {
	var targets []string
	for {
		name := s.name()
		for s.acceptKind(dot) {
			if !s.acceptOperator("*") {
				name = s.nameAfterDot()
			}
		}
		targets = append(targets, name)
		if !s.acceptKind(comma) {
			return targets
		}
	}
}

func (s *scan) deleteJoined(targets []string) {
	s.changedList()
	s.splitTargets(targets)
	s.where()
}
