package analyze

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxNameBytes is PostgreSQL's NAMEDATALEN less one: longer names are cut there.
const maxNameBytes = 63

func truncated(name string) string {
	if len(name) <= maxNameBytes {
		return name
	}
	n := maxNameBytes
	for !utf8.RuneStart(name[n]) {
		n--
	}
	return name[:n]
}

func lowerRune(r rune) rune {
	if 'A' <= r && r <= 'Z' {
		return r + 'a' - 'A'
	}
	return r
}

// lowerASCII returns s with ASCII letters in lower case: s itself if they already are.
func lowerASCII(s string) string {
	for i := range len(s) {
		if lower(s[i]) != s[i] {
			return strings.Map(lowerRune, s)
		}
	}
	return s
}

// unquoted returns the content of a quoted name or of a string that names a table.
func (s *scan) unquoted(t token, raw string) string {
	switch t.form {
	case plain:
		return raw[1 : len(raw)-1]
	case doubled:
		if strings.IndexByte(raw, '\\') >= 0 && t.kind == stringText {
			s.fail()
		}
		quote := raw[len(raw)-1:]
		return strings.ReplaceAll(raw[1:len(raw)-1], quote+quote, quote)
	case unicoded:
		return s.unicodeName(raw)
	}
	s.fail()
	return ""
}

// unicodeName decodes U&"d\0061t\+000061". Another escape character, announced behind it, is not followed.
func (s *scan) unicodeName(raw string) string {
	if s.atWord("uescape") {
		s.fail()
		return ""
	}
	in := strings.ReplaceAll(raw[3:len(raw)-1], `""`, `"`)
	var out strings.Builder
	for in != "" {
		before, after, found := strings.Cut(in, `\`)
		out.WriteString(before)
		if !found {
			break
		}
		in = s.unicodeEscape(&out, after)
	}
	return out.String()
}

func (s *scan) unicodeEscape(out *strings.Builder, in string) (rest string) {
	if strings.HasPrefix(in, `\`) {
		out.WriteByte('\\')
		return in[1:]
	}
	digits := 4
	if strings.HasPrefix(in, "+") {
		in, digits = in[1:], 6
	}
	if len(in) < digits {
		s.fail()
		return ""
	}
	code, err := strconv.ParseUint(in[:digits], 16, 32)
	if err != nil || code == 0 || !utf8.ValidRune(rune(code)) {
		s.fail()
		return ""
	}
	out.WriteRune(rune(code))
	return in[digits:]
}
