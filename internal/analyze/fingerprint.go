package analyze

// Fingerprint returns query with each literal and placeholder replaced by ?, comments left out, tokens separated by
// single spaces where a space or comment stood between them, and everything else, the case of keywords included, as it
// is. Text that does not lex is returned unchanged. It groups statements for people; it is no key: different statements
// may share one.
func Fingerprint(d Dialect, m Mode, query string) string {
	if lexable(m, query) != "" {
		return query
	}
	l := lexer{dialect: d, mode: m, text: query}
	out := make([]byte, 0, len(query))
	for {
		from := l.pos
		t := l.next()
		if l.failed != "" {
			return query
		}
		if t.kind == endOfText {
			return string(out)
		}
		if int(t.start) > from && len(out) > 0 {
			out = append(out, ' ')
		}
		switch t.kind {
		case stringText, number, param:
			out = append(out, '?')
		default:
			out = append(out, query[t.start:t.end]...)
		}
	}
}
