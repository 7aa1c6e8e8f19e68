package analyze

import "strings"

// update reads what follows UPDATE.
func (s *scan) update() {
	if s.dialect.mysqlFamily() {
		s.mysqlUpdate()
		return
	}
	if s.dialect == SQLite {
		s.orConflict()
	}
	s.singleTarget()
	s.expect("set")
	from := s.next
	s.exprList()
	to := s.next
	joined := s.accept("from")
	if joined {
		s.fromList()
	}
	s.changeWhere(joined)
	s.dropAssigned(from, to)
	s.orderAndLimit()
	s.returning()
}

// singleTarget reads [ONLY] table [*] [[AS] alias] [INDEXED BY i].
func (s *scan) singleTarget() {
	only := s.dialect == Postgres && s.accept("only")
	paren := only && s.acceptKind(leftParen)
	s.target()
	if paren {
		s.expectKind(rightParen)
	}
	if s.dialect == Postgres {
		s.acceptOperator("*")
	}
	s.portion()
	s.tableAlias()
	if s.dialect == SQLite {
		s.indexedBy()
	}
}

// changeWhere reads the WHERE clause of an UPDATE or DELETE, of which only those on one table have equalities.
func (s *scan) changeWhere(joined bool) {
	if s.accept("where", "current", "of") {
		s.name()
		return
	}
	from, to := s.where()
	if !joined && s.nesting == 0 && len(s.ctes) == 0 {
		s.equalities(from, to)
	}
}

// orderAndLimit reads the ORDER BY and LIMIT that MySQL and SQLite allow behind a change.
func (s *scan) orderAndLimit() {
	if s.dialect == Postgres {
		return
	}
	if s.accept("order", "by") {
		s.orderList()
	}
	if s.accept("limit") {
		s.limit()
	}
}

// portion reads MariaDB's FOR PORTION OF period FROM a TO b.
func (s *scan) portion() {
	if s.dialect != MariaDB || !s.accept("for", "portion", "of") {
		return
	}
	s.name()
	s.expect("from")
	s.expr()
	s.expect("to")
	s.expr()
}

// dropAssigned takes back equalities on columns that the tokens [from, to) of a SET clause assign: such a row has another
// key afterwards.
func (s *scan) dropAssigned(from, to int) {
	kept := s.facts.Equalities[:0]
	for _, e := range s.facts.Equalities {
		if !s.assigns(e.Column, from, to) {
			kept = append(kept, e)
		}
	}
	s.facts.Equalities = kept
}

// assigns tells whether column is a target among the tokens [from, to): before = or [, or in parentheses that start an
// assignment.
func (s *scan) assigns(column string, from, to int) bool {
	nested := false
	for i := from; i < to; i++ {
		switch t := s.toks[i]; t.kind {
		case leftParen:
			nested = i == from || s.toks[i-1].kind == comma
			if !nested {
				i = int(t.match)
			}
		case rightParen:
			nested = false
		case word, quotedName:
			if (nested || s.assignmentBehind(s.toks[i+1])) && strings.EqualFold(s.nameText(t), column) {
				return true
			}
		}
	}
	return false
}

func (s *scan) assignmentBehind(t token) bool {
	if t.kind != operator {
		return t.kind == leftBracket || t.kind == dot
	}
	sign := s.slice(t)
	return sign == "=" || sign == ":=" || sign == "=="
}
