package analyze

import "sync"

// scan follows the structure of one text. After fail, every token is endOfText, so loops that stop there end soon, and
// nothing found so far counts.
type scan struct {
	dialect Dialect
	mode    Mode
	text    string
	failed  string // the reason why nothing is understood, empty while something is
	mixed   bool   // placeholders with and without names: the position of one does not tell its number

	toks  []token
	next  int
	depth int
	open  []int32 // unmatched parentheses, while lexing

	facts  Facts // Reads, Writes and Equalities stay empty until the end
	reads  []Name
	writes []Name
	ctes   []string // names visible here, innermost last
	froms  []source // relations of the FROM list of the statement at hand

	fromBase           int // where the FROM list of the query at hand starts in froms
	whereFrom, whereTo int // the tokens of the WHERE clause of the statement itself

	deferring bool // the FROM list names the targets of a change among others
	nesting   int  // subqueries around the query at hand

	subqueries int  // queries met inside the statement at hand
	noIn       bool // IN separates the arguments of POSITION
	valuesCall bool // VALUES(c) is a function, as behind ON DUPLICATE KEY UPDATE
}

// source is a relation in a FROM list of the statement itself.
type source struct {
	name  Name
	alias string
	cte   bool
}

var scans = sync.Pool{New: func() any { return new(scan) }}

// keptTokens bounds the memory that an idle scan holds on to.
const keptTokens = 4096

func (s *scan) release() {
	if cap(s.toks) > keptTokens {
		return
	}
	clear(s.reads)
	clear(s.writes)
	clear(s.ctes)
	clear(s.froms)
	*s = scan{
		toks: s.toks[:0], open: s.open[:0], reads: s.reads[:0], writes: s.writes[:0], ctes: s.ctes[:0], froms: s.froms[:0],
	}
	scans.Put(s)
}

// fail gives the text up as not understood.
func (s *scan) fail() {
	if s.failed == "" {
		s.failed = ReasonNotUnderstood
	}
	s.next = len(s.toks) - 1
}

func (s *scan) peek() token { return s.toks[s.next] }

// ahead returns the token n places further on.
func (s *scan) ahead(n int) token { return s.toks[min(s.next+n, len(s.toks)-1)] }

func (s *scan) take() token {
	t := s.toks[s.next]
	if t.kind != endOfText {
		s.next++
	}
	return t
}

// atWord tells whether the next tokens are these keywords.
func (s *scan) atWord(words ...string) bool {
	for i, w := range words {
		if s.ahead(i).word != w {
			return false
		}
	}
	return true
}

// accept passes over these keywords if they are next.
func (s *scan) accept(words ...string) bool {
	if !s.atWord(words...) {
		return false
	}
	s.next += len(words)
	return true
}

// acceptAny passes over one keyword of several.
func (s *scan) acceptAny(words ...string) bool {
	w := s.peek().word
	return w != "" && indexOf(words, w) >= 0 && s.accept(w)
}

// expect passes over these keywords or gives up.
func (s *scan) expect(words ...string) {
	if !s.accept(words...) {
		s.fail()
	}
}

func (s *scan) at(k kind) bool { return s.toks[s.next].kind == k }

func (s *scan) acceptKind(k kind) bool {
	if s.toks[s.next].kind != k || k == endOfText {
		return false
	}
	s.next++
	return true
}

func (s *scan) expectKind(k kind) {
	if !s.acceptKind(k) {
		s.fail()
	}
}

// slice returns the bytes of t.
func (s *scan) slice(t token) string { return s.text[t.start:t.end] }

func (s *scan) atOperator(op string) bool {
	t := s.peek()
	return t.kind == operator && s.slice(t) == op
}

func (s *scan) acceptOperator(op string) bool {
	if !s.atOperator(op) {
		return false
	}
	s.next++
	return true
}

// enter counts a level of nesting; leave undoes it.
func (s *scan) enter() {
	if s.depth++; s.depth > maxDepth {
		if s.failed == "" {
			s.failed = ReasonTooDeep
		}
		s.fail()
	}
}

func (s *scan) leave() { s.depth-- }

// bar makes the text uncacheable; the first reason stays.
func (s *scan) bar(f Flags, reason string) {
	s.facts.Flags |= f
	if s.facts.Reason == "" {
		s.facts.Reason = reason
	}
}

// class raises the class of the text to c.
func (s *scan) class(c Class) { s.facts.Class = graver(s.facts.Class, c) }

// mayDoAnything is the judgement on code that this package cannot see.
func (s *scan) mayDoAnything() {
	s.facts.Everything = true
	s.facts.Ties = true
}

// opaque marks the table sets as incomplete.
func (s *scan) opaque() {
	s.facts.Flags |= Opaque
	s.facts.Everything = true
}

// atEnd tells whether the statement at hand is over.
func (s *scan) atEnd() bool { return s.at(endOfText) || s.at(semicolon) }

// skim passes over the rest of the statement.
func (s *scan) skim() {
	for !s.atEnd() {
		s.skipOne()
	}
}

// skimText passes over everything that is left: the body of a routine may hold semicolons.
func (s *scan) skimText() { s.next = len(s.toks) - 1 }

// skipOne passes over a token, or over a parenthesis with what is in it.
func (s *scan) skipOne() {
	if t := s.take(); t.kind == leftParen || t.kind == leftBracket {
		s.next = int(t.match) + 1
	}
}
