package analyze

import "strings"

// Dialect is the family of servers whose rules decide how a text is read. The zero value is Postgres.
type Dialect uint8

// The dialects. MariaDB differs from MySQL in syntax that only one of them has.
const (
	Postgres Dialect = iota
	MySQL
	MariaDB
	SQLite
)

var dialectNames = [...]string{Postgres: "postgres", MySQL: "mysql", MariaDB: "mariadb", SQLite: "sqlite"}

// String returns the name that ParseDialect accepts.
func (d Dialect) String() string {
	if int(d) < len(dialectNames) {
		return dialectNames[d]
	}
	return "unknown"
}

// ParseDialect returns the dialect called name, ignoring case.
func ParseDialect(name string) (Dialect, bool) {
	for d, n := range dialectNames {
		if strings.EqualFold(n, name) {
			return Dialect(d), true
		}
	}
	return 0, false
}

func (d Dialect) mysqlFamily() bool { return d == MySQL || d == MariaDB }

// Mode is a set of server settings that move the borders between tokens. The zero value is every server's default.
type Mode uint8

// The settings. Oracle and NonStandardStrings (standard_conforming_strings=off) are recognised and not supported: every
// text is Unknown under them.
const (
	ANSIQuotes Mode = 1 << iota
	NoBackslashEscapes
	IgnoreSpace
	Oracle
	NonStandardStrings
)

var modeNames = [...]string{"ansi_quotes", "no_backslash_escapes", "ignore_space", "oracle", "non_standard_strings"}

// String returns the settings separated by commas, as ParseMode accepts them.
func (m Mode) String() string {
	var names []string
	for i, n := range modeNames {
		if m&(1<<i) != 0 {
			names = append(names, n)
		}
	}
	return strings.Join(names, ",")
}

// ParseMode reads a comma separated list such as "ansi_quotes,no_backslash_escapes", ignoring case and blanks. It is
// false when a name is none of ours: use ParseSQLMode for the value of MySQL's sql_mode.
func ParseMode(list string) (Mode, bool) {
	var m Mode
	for name := range strings.SplitSeq(list, ",") {
		name = strings.ToLower(strings.TrimSpace(name))
		if name == "" {
			continue
		}
		i := indexOf(modeNames[:], name)
		if i < 0 {
			return 0, false
		}
		m |= 1 << i
	}
	return m, true
}

// ParseSQLMode picks from the value of MySQL's sql_mode the settings that matter here and passes over all others. The
// short names that stand for several settings are resolved, although the servers list their parts as well.
func ParseSQLMode(value string) Mode {
	var m Mode
	for name := range strings.SplitSeq(value, ",") {
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "ansi_quotes":
			m |= ANSIQuotes
		case "no_backslash_escapes":
			m |= NoBackslashEscapes
		case "ignore_space":
			m |= IgnoreSpace
		case "ansi", "db2", "maxdb", "mssql", "postgresql":
			m |= ANSIQuotes | IgnoreSpace
		case "oracle":
			m |= Oracle
		}
	}
	return m
}

func indexOf(list []string, s string) int {
	for i, v := range list {
		if v == s {
			return i
		}
	}
	return -1
}
