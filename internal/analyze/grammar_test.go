package analyze_test

import (
	"strings"

	"pgregory.net/rapid"
)

// grammar draws random statements that SQLite mostly accepts.
type grammar struct{ *rapid.T }

func (g *grammar) pick(list ...string) string { return rapid.SampledFrom(list).Draw(g.T, "word") }

func (g *grammar) chance() bool { return rapid.Bool().Draw(g.T, "chance") }

func (g *grammar) query(depth int) string {
	var b strings.Builder
	if depth > 0 && g.chance() {
		b.WriteString("WITH " + g.pick("t2", "c", "\"T3\"", "x") + g.pick(" AS (", "(a) AS MATERIALIZED (", " AS NOT MATERIALIZED (") +
			g.one(depth-1) + ") ")
	}
	b.WriteString(g.selection(depth))
	if g.chance() {
		b.WriteString(g.pick(" UNION ", " UNION ALL ", " EXCEPT ", " INTERSECT ") + g.one(depth-1))
	}
	return b.String()
}

// one is a query of one column.
func (g *grammar) one(depth int) string {
	if depth <= 0 {
		return "SELECT a FROM " + g.table()
	}
	return g.space() + "SELECT " + g.pick("", "DISTINCT ", "ALL ") + g.expr(depth-1) + g.pick(" ", " AS a ", " a ") + g.from(depth)
}

func (g *grammar) selection(depth int) string { return g.one(depth) }

func (g *grammar) table() string {
	return g.pick("t1", "T2", "main.t3", "[t4]", "`t5`", "'t6'", "\"a\"", "b /* c */", "x", "c", "users", "t1 AS z", "t2 'y'",
		"t3 NOT INDEXED", "json_each('[1]')", "ft", "temp.tt")
}

func (g *grammar) space() string { return g.pick("", " ", "\n", "/* FROM t9 */", "-- FROM t9\n") }

func (g *grammar) from(depth int) string {
	out := "FROM " + g.source(depth-1)
	for g.chance() && len(out) < 500 {
		out += g.pick(", ", " JOIN ", " LEFT JOIN ", " CROSS JOIN ") + g.source(depth-1)
	}
	if g.chance() {
		out += " WHERE " + g.expr(depth-1)
	}
	if g.chance() {
		out += " GROUP BY 1"
	}
	return out + g.pick("", "", " ")
}

func (g *grammar) source(depth int) string {
	if depth <= 0 || g.chance() {
		return g.table()
	}
	return g.pick("(", "( ") + g.pick(g.one(depth-1), g.source(depth-1)) + ")"
}

func (g *grammar) expr(depth int) string {
	if depth <= 0 {
		return g.pick("1", "'a'", "id", "a", "random()", "NULL", "CURRENT_DATE", "x'ab'", "\"b\"", "date('now')", "?")
	}
	e := func() string { return g.expr(depth - 1) }
	switch rapid.IntRange(0, 12).Draw(g.T, "form") {
	case 0:
		return "(" + g.one(depth-1) + ")"
	case 1:
		return e() + g.pick(" IN ", " NOT IN ") + g.pick("(1, 2)", "t6", "main.t5", "x", "(SELECT a FROM t4)", "\"T3\"")
	case 2:
		return "EXISTS (" + g.one(depth-1) + ")"
	case 3:
		return "CASE WHEN " + e() + " THEN " + e() + " ELSE " + e() + " END"
	case 4:
		return e() + g.pick("=", " AND ", " OR ", "+", "||", " LIKE ", " IS ", " IS NOT DISTINCT FROM ", "<>", "--\n-") + e()
	case 5:
		return g.pick("abs", "coalesce", "hex", "typeof", "max", "lower") + g.pick("(", " (") + e() + ", " + e() + ")"
	case 6:
		return "CAST(" + e() + " AS " + g.pick("int", "varchar(10)") + ")"
	case 7:
		return e() + " BETWEEN " + e() + " AND " + e()
	case 8:
		return "count(*) FILTER (WHERE " + e() + ")"
	case 9:
		return "NOT " + e()
	case 10:
		return "(" + e() + ")" + g.pick("", " COLLATE nocase", " ISNULL", " NOT NULL")
	}
	return "abs(" + e() + ")"
}
