package analyze

import "strings"

// VolatileText tells whether s, as a literal or as a bound argument, may be read by PostgreSQL as a date that moves:
// 'now', 'today', 'tomorrow' and 'yesterday', in any case, alone or inside longer input such as 'today 10:00', a range or
// an array. It is true for some texts that merely contain one of these words.
func VolatileText(s string) bool {
	for i := 0; i < len(s); {
		if !letter(s[i]) {
			i++
			continue
		}
		start := i
		for i < len(s) && letter(s[i]) {
			i++
		}
		if movingWord(s[start:i]) {
			return true
		}
	}
	return false
}

func letter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

func movingWord(w string) bool {
	switch len(w) {
	case len("now"):
		return foldEqual(w, "now")
	case len("today"):
		return foldEqual(w, "today")
	case len("tomorrow"):
		return foldEqual(w, "tomorrow")
	case len("yesterday"):
		return foldEqual(w, "yesterday")
	}
	return false
}

// movingDate tells whether the PostgreSQL string t may be read as a date that moves.
func (s *scan) movingDate(t token) bool {
	raw := s.slice(t)
	switch t.form {
	case encoded:
		return false
	case continued:
		return strings.Contains(raw, "--") || VolatileText(spliced(raw))
	case escaped, unicoded:
		return strings.IndexByte(raw, '\\') >= 0 && mayHideLetters(raw) || VolatileText(spliced(raw[1:]))
	}
	return VolatileText(raw)
}

// mayHideLetters tells whether an escape in raw may stand for a letter, which all but the common control characters and
// the backslash itself may.
func mayHideLetters(raw string) bool {
	for i := 0; i < len(raw)-1; i++ {
		if raw[i] != '\\' {
			continue
		}
		i++
		if strings.IndexByte(`nrtbf\'"%_ .`, raw[i]) < 0 {
			return true
		}
	}
	return false
}

// spliced joins the parts of a continued string: what stands between an even number of quotes and the next is dropped.
func spliced(raw string) string {
	var b strings.Builder
	inside := false
	for i := range len(raw) {
		switch {
		case raw[i] == '\'':
			inside = !inside
		case inside:
			b.WriteByte(raw[i])
		}
	}
	return b.String()
}
