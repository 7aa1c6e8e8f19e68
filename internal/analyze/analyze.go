package analyze

// Analyze tells what is known of query from its text. It never fails: what it does not understand is Unknown, with
// Everything and Ties set. It takes time linear in the text and is safe for concurrent use.
func Analyze(d Dialect, m Mode, query string) Facts {
	if reason := lexable(m, query); reason != "" {
		return notUnderstood(reason, 0)
	}
	s := scans.Get().(*scan)
	defer s.release()
	s.dialect, s.mode, s.text = d, m, query
	if s.lex() {
		s.statements()
	}
	if s.failed != "" {
		return notUnderstood(s.failed, s.facts.Flags)
	}
	return s.conclude()
}

func notUnderstood(reason string, f Flags) Facts {
	return Facts{Class: Unknown, Everything: true, Ties: true, Flags: f, Reason: reason}
}

// statements reads all statements of the text.
func (s *scan) statements() {
	count := 0
	class := Read
	for !s.at(endOfText) {
		if s.acceptKind(semicolon) {
			continue
		}
		count++
		s.froms, s.ctes, s.subqueries, s.whereFrom, s.whereTo = s.froms[:0], s.ctes[:0], 0, 0, 0
		s.facts.Class = Read
		s.statement()
		if !s.atEnd() {
			s.fail()
		}
		class = graver(class, s.facts.Class)
	}
	s.facts.Class = class
	switch {
	case count == 0:
		s.fail()
	case count > 1:
		s.several()
	default:
		s.readEqualities()
	}
}

// several notes that the text is more than one statement, of which each may undo what another promised.
func (s *scan) several() {
	s.facts.Flags |= Multi
	s.facts.Ties = true
	s.facts.Equalities = nil
	s.facts.Reason = ReasonSeveral
	if s.facts.Tx != NoTx {
		s.facts.Tx = OtherTx
	}
}

// readEqualities adds the equalities of a read. A subquery, a join or a CTE may see other rows of the same table.
func (s *scan) readEqualities() {
	if s.facts.Class == Read && s.subqueries == 0 && len(s.froms) == 1 && len(s.reads) == 1 && !s.froms[0].cte {
		s.equalities(s.whereFrom, s.whereTo)
	}
}

// conclude draws the verdict from what was found.
func (s *scan) conclude() Facts {
	f := s.facts
	f.Reads, f.Writes = sorted(s.reads), sorted(s.writes)
	if len(f.Equalities) == 0 {
		f.Equalities = nil
	}
	if f.Class == Unknown || f.Flags&Opaque != 0 {
		f.Everything = true
	}
	if f.Class == Unknown || f.Class == Session {
		f.Ties = true
	}
	f.Reason = s.reason(f)
	f.Cacheable = f.Reason == ""
	return f
}

func (s *scan) reason(f Facts) string {
	switch {
	case f.Flags&Multi != 0:
		return ReasonSeveral
	case f.Class == Unknown:
		return ReasonNotUnderstood
	case f.Reason != "" && (f.Class == Read || f.Class == Session):
		return f.Reason
	case f.Class != Read:
		return ReasonNotRead
	case f.Flags&^harmlessFlags != 0, f.Everything, f.Ties, len(f.Writes) > 0:
		return ReasonMetadata
	case len(f.Reads) == 0:
		return ReasonNoTable
	}
	return ""
}
