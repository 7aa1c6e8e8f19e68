package analyze

import (
	_ "embed" // the tables are data, checked in beside the code
	"strings"
	"sync"
)

// group is what is known of a function.
type group uint8

const (
	groupNone     group = iota // not known: whatever the user made of it
	groupPure                  // depends on its arguments and the session's settings alone
	groupSyntax                // pure, and part of the grammar: must be written without quotes or qualifier
	groupVolatile              // differs from call to call, harmless
	groupSession               // tells about the session or the server, harmless
	groupEffect                // acts, but neither on tables nor on the session
	groupTies                  // leaves state behind on the session
	groupWrites                // may write tables: large objects, functions that run a text
	groupBare                  // volatile without arguments, else pure
	groupAge                   // pure with two arguments, else volatile
	groupLastID                // tells about the session without arguments, else changes it
	groupMoment                // SQLite's dates: volatile when they may mean now
	groupTable                 // SQLite: a table-valued function that reads no table
)

var groupNames = map[string]group{
	"pure": groupPure, "syntax": groupSyntax, "volatile": groupVolatile, "session": groupSession, "effect": groupEffect,
	"ties": groupTies, "writes": groupWrites, "bare": groupBare, "age": groupAge, "last id": groupLastID,
	"moment": groupMoment, "table": groupTable,
}

// vocabulary is what a dialect has built in.
type vocabulary struct {
	functions map[string]group
	values    map[string]group // called without parentheses
	types     map[string]bool  // whose input is pure; all of MySQL's and SQLite's are
	operators map[string]bool  // PostgreSQL only
	spaced    map[string]bool  // MySQL only: a function of this name is the built-in one only with its parenthesis right behind
}

//go:embed tables/postgres.txt
var postgresTable string

//go:embed tables/mysql.txt
var mysqlTable string

//go:embed tables/mariadb.txt
var mariadbTable string

//go:embed tables/sqlite.txt
var sqliteTable string

var vocabularies = [...]func() *vocabulary{
	Postgres: sync.OnceValue(func() *vocabulary { return readVocabulary(postgresTable) }),
	MySQL:    sync.OnceValue(func() *vocabulary { return readVocabulary(mysqlTable) }),
	MariaDB:  sync.OnceValue(func() *vocabulary { return readVocabulary(mysqlTable, mariadbTable) }),
	SQLite:   sync.OnceValue(func() *vocabulary { return readVocabulary(sqliteTable) }),
}

func vocabularyOf(d Dialect) *vocabulary { return vocabularies[d]() }

// readVocabulary reads tables of words under [group] headings; a line that starts with # is a comment.
func readVocabulary(tables ...string) *vocabulary {
	v := &vocabulary{
		functions: map[string]group{}, values: map[string]group{}, types: map[string]bool{},
		operators: map[string]bool{}, spaced: map[string]bool{},
	}
	for _, table := range tables {
		heading := ""
		for line := range strings.Lines(table) {
			line = strings.TrimSpace(line)
			switch {
			case strings.HasPrefix(line, "# "):
			case strings.HasPrefix(line, "[") && strings.HasSuffix(line, "]"):
				heading = line[1 : len(line)-1]
			default:
				v.add(heading, line)
			}
		}
	}
	return v
}

func (v *vocabulary) add(heading, line string) {
	for w := range strings.FieldsSeq(line) {
		switch heading {
		case "types":
			v.types[w] = true
		case "operators":
			v.operators[w] = true
		case "spaced":
			v.spaced[w] = true
		case "values volatile":
			v.values[w] = groupVolatile
		case "values session":
			v.values[w] = groupSession
		default:
			v.functions[w] = groupNames[heading]
		}
	}
}

func functionGroup(d Dialect, name string) group { return vocabularyOf(d).functions[name] }

func valueGroup(d Dialect, name []byte) group { return vocabularyOf(d).values[string(name)] }

func typeGroup(d Dialect, name []byte) bool {
	if d != Postgres {
		d = MySQL
	}
	return vocabularyOf(d).types[string(name)]
}

func postgresOperator(sign string) bool { return vocabularyOf(Postgres).operators[sign] }
