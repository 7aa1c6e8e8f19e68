package analyze

import "strings"

// refined replaces the groups whose judgement depends on the arguments.
func (s *scan) refined(g group, c callee) group {
	switch g {
	case groupBare:
		if c.args > 0 {
			return groupPure
		}
		return groupVolatile
	case groupAge:
		if c.args == 2 {
			return groupPure
		}
		return groupVolatile
	case groupLastID:
		if c.args > 0 {
			return groupTies
		}
		return groupSession
	case groupMoment:
		if s.fixedMoment(c) {
			return groupPure
		}
		return groupVolatile
	}
	return g
}

// judgeCall notes what a call of a function of group g means.
func (s *scan) judgeCall(g group) {
	switch g {
	case groupPure, groupSyntax:
	case groupVolatile:
		s.bar(Volatile, ReasonVolatile)
	case groupSession:
		s.bar(SessDep, ReasonSession)
	case groupEffect:
		s.bar(SideEffect, ReasonSideEffect)
	case groupTies:
		s.bar(SideEffect|SessDep, ReasonSideEffect)
		s.class(Session)
		s.facts.Ties = true
	case groupWrites:
		s.bar(SideEffect, ReasonSideEffect)
		s.mayDoAnything()
	default:
		s.bar(UserFunc, ReasonUnknownFunction)
		if s.dialect != SQLite {
			s.mayDoAnything()
		}
	}
}

// fixedMoment tells whether a date function of SQLite cannot mean now. It means now without a time value, with 'now',
// with 'subsec' in place of a time value, and with whatever spells these: a placeholder or a composed string.
func (s *scan) fixedMoment(c callee) bool {
	if c.args == 0 || c.args == 1 && c.function == "strftime" {
		return false
	}
	if c.to <= c.from || c.to > len(s.toks) {
		return false
	}
	for _, t := range s.toks[c.from:c.to] {
		switch t.kind {
		case param:
			return false
		case operator:
			if s.slice(t) == "||" {
				return false
			}
		case stringText, quotedName:
			if raw := s.slice(t); t.kind == stringText && !fixedTimeText(raw) || strings.Contains(lowerASCII(raw), "now") {
				return false
			}
		}
	}
	return true
}

// fixedTimeText tells whether a string in a date call of SQLite is a date, a format or a modifier.
func fixedTimeText(raw string) bool {
	raw = lowerASCII(strings.Trim(raw, "' \t\n"))
	if raw != "" && strings.IndexByte("0123456789+-%", raw[0]) >= 0 {
		return true
	}
	switch raw {
	case "start of day", "start of month", "start of year", "utc", "localtime", "unixepoch", "julianday", "auto",
		"ceiling", "floor":
		return true
	}
	return strings.HasPrefix(raw, "weekday ")
}
