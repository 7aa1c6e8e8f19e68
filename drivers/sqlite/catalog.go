package sqlite

import (
	"context"
	"database/sql/driver"
	"fmt"
	"regexp"
	"strings"

	"github.com/sqldedupe/sqldedupe"
	"github.com/sqldedupe/sqldedupe/drivers/internal/ask"
	"github.com/sqldedupe/sqldedupe/internal/analyze"
)

const catalogQuery = `
SELECT type, name, tbl_name, sql FROM main.sqlite_master WHERE type IN ('table', 'view', 'trigger')
UNION ALL SELECT 'cascade', f."table", m.name, '' FROM main.sqlite_master m, pragma_foreign_key_list(m.name) f
  WHERE m.type = 'table' AND (f.on_delete IN ('CASCADE', 'SET NULL', 'SET DEFAULT')
    OR f.on_update IN ('CASCADE', 'SET NULL', 'SET DEFAULT'))`

// catalog reads what tables depend on each other.
func catalog(ctx context.Context, dc driver.Conn) (*sqldedupe.Catalog, error) {
	out := &sqldedupe.Catalog{}
	err := ask.Each(ctx, dc, catalogQuery, func(row []string) { addFact(out, row[0], row[1], row[2], row[3]) })
	if err != nil {
		return nil, fmt.Errorf("sqldedupe: catalog: %w", err)
	}
	return out, nil
}

var (
	virtualTable = regexp.MustCompile(`(?is)^\s*create\s+virtual\s`)
	viewHead     = regexp.MustCompile(`(?is)^\s*create\s+view\s.*?\sas\s`)
)

func addFact(out *sqldedupe.Catalog, what, name, table, text string) {
	switch what {
	case "table":
		r := out.Add(name)
		if virtualTable.MatchString(text) {
			r.Uncacheable, r.Opaque = "virtual table", true
		}
	case "view":
		addView(out.Add(name), text)
	case "trigger":
		out.Add(table).Opaque = true
	case "cascade":
		r := out.Add(name)
		r.Writes = append(r.Writes, strings.ToLower(table))
	}
}

// addView analyses the SELECT behind a view's head. A head that is not found
// leaves a text that is not understood, and the view uncacheable.
func addView(r *sqldedupe.Relation, text string) {
	f := analyze.Analyze(analyze.SQLite, 0, viewHead.ReplaceAllString(text, ""))
	if !f.Cacheable {
		r.Uncacheable = "view: " + string(f.Reason)
	}
	r.Opaque = true // only triggers make a view take writes
	for _, n := range f.Reads {
		r.Reads = append(r.Reads, strings.ToLower(n.Table))
	}
}
