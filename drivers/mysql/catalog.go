package mysql

import (
	"context"
	"database/sql/driver"
	"fmt"
	"strings"

	"github.com/sqldedupe/sqldedupe"
	"github.com/sqldedupe/sqldedupe/drivers/internal/ask"
	"github.com/sqldedupe/sqldedupe/internal/analyze"
)

// catalogQuery brings the whole catalog in one round trip.
const catalogQuery = `
SELECT 'kind', TABLE_NAME, TABLE_TYPE, COALESCE(ENGINE, '') FROM information_schema.TABLES
  WHERE TABLE_SCHEMA NOT IN ('mysql','information_schema','performance_schema','sys')
UNION ALL SELECT 'view', TABLE_NAME, '', VIEW_DEFINITION FROM information_schema.VIEWS
  WHERE TABLE_SCHEMA NOT IN ('mysql','information_schema','performance_schema','sys')
UNION ALL SELECT 'cascade', REFERENCED_TABLE_NAME, TABLE_NAME, '' FROM information_schema.REFERENTIAL_CONSTRAINTS
  WHERE DELETE_RULE IN ('CASCADE','SET NULL','SET DEFAULT') OR UPDATE_RULE IN ('CASCADE','SET NULL','SET DEFAULT')
UNION ALL SELECT 'opaque', EVENT_OBJECT_TABLE, '', '' FROM information_schema.TRIGGERS`

// elsewhere are engines whose tables change without a write to them.
var elsewhere = map[string]bool{
	"FEDERATED": true, "CONNECT": true, "SPIDER": true, "SPHINX": true, "OQGRAPH": true, "SEQUENCE": true,
}

// catalog reads what tables depend on each other.
func catalog(ctx context.Context, dc driver.Conn) (*sqldedupe.Catalog, error) {
	out := &sqldedupe.Catalog{}
	err := ask.Each(ctx, dc, catalogQuery, func(row []string) { addFact(out, row[0], row[1], row[2], row[3]) })
	if err != nil {
		return nil, fmt.Errorf("sqldedupe: catalog: %w", err)
	}
	return out, nil
}

func addFact(out *sqldedupe.Catalog, what, name, other, text string) {
	r := out.Add(name)
	switch what {
	case "kind":
		if other == "SEQUENCE" || elsewhere[strings.ToUpper(text)] {
			r.Uncacheable = "table of engine " + strings.ToLower(text+other)
		}
	case "view":
		addView(r, text)
	case "cascade":
		r.Writes = append(r.Writes, strings.ToLower(other))
	case "opaque":
		r.Opaque = true
	}
}

// addView analyses a view's definition, which the server keeps with every name
// qualified and quoted by backquotes, whatever the session's mode.
func addView(r *sqldedupe.Relation, text string) {
	f := analyze.Analyze(analyze.MariaDB, 0, text)
	if !f.Cacheable {
		r.Uncacheable = "view: " + string(f.Reason)
	}
	if f.Class != analyze.Read {
		r.Opaque = true // a write through it changes who knows what
	}
	for _, n := range f.Reads {
		r.Reads = append(r.Reads, strings.ToLower(n.Table))
		r.Writes = append(r.Writes, strings.ToLower(n.Table))
	}
}
