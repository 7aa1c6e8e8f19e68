package analyze

import "strings"

// name reads a single name that is no keyword of structure.
func (s *scan) name() string {
	switch t := s.take(); {
	case t.kind == word && !t.reserved, t.kind == quotedName:
		return s.nameText(t)
	case t.kind == stringText && s.dialect == SQLite:
		return strings.Map(lowerRune, s.unquoted(t, s.slice(t)))
	}
	s.fail()
	return ""
}

// nameAfterDot reads a part of a qualified name. Behind a dot, keywords are names in most servers; where they are not,
// the server refuses the text.
func (s *scan) nameAfterDot() string {
	if s.at(word) {
		return s.nameText(s.take())
	}
	return s.name()
}

// relation reads [schema.]table.
func (s *scan) relation() Name {
	n := Name{Table: s.name()}
	if !s.acceptKind(dot) {
		return n
	}
	n = Name{n.Table, s.nameAfterDot()}
	if s.at(dot) {
		s.fail()
	}
	return n
}

// addRead notes that n is read, unless it means a CTE, and returns whether it was one.
func (s *scan) addRead(n Name) (cte bool) {
	if n.Table == "" {
		return false
	}
	if n.Schema == "" && s.visible(n.Table) {
		return true
	}
	s.judgeRelation(n)
	s.reads = append(s.reads, n)
	return false
}

// addWrite notes that n is changed.
func (s *scan) addWrite(n Name) {
	if s.temporarySchema(n.Schema) {
		s.temporary()
	}
	s.writes = append(s.writes, n)
}

// temporary notes that the statement makes or drops something that only its session sees.
func (s *scan) temporary() {
	s.bar(Temp, ReasonTemporary)
	s.facts.Ties = true
}

func (s *scan) temporarySchema(schema string) bool {
	switch s.dialect {
	case Postgres:
		return strings.HasPrefix(schema, "pg_temp")
	case SQLite:
		return schema == "temp"
	}
	return false
}

// judgeRelation bars reads of temporary tables and of the servers' own tables, which change without a write.
func (s *scan) judgeRelation(n Name) {
	switch {
	case s.temporarySchema(n.Schema):
		s.bar(Temp, ReasonTemporary)
	case s.ownTable(n):
		s.bar(Meta, ReasonCatalog)
	}
}

func (s *scan) ownTable(n Name) bool {
	switch s.dialect {
	case Postgres:
		return n.Schema == "information_schema" || strings.HasPrefix(n.Schema, "pg_") || strings.HasPrefix(n.Table, "pg_")
	case SQLite:
		return hasAnyPrefix(n.Table, "sqlite_", "pragma_", "dbstat", "bytecode", "tables_used", "fts3tokenize")
	}
	for _, schema := range [...]string{"information_schema", "mysql", "performance_schema", "sys"} {
		if strings.EqualFold(n.Schema, schema) {
			return true
		}
	}
	return false
}

func hasAnyPrefix(name string, prefixes ...string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(name, p) {
			return true
		}
	}
	return false
}
