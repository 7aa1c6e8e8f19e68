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

// catalogQuery brings the whole catalog in one round trip. Foreign keys and
// triggers of a table are told only to who may change the table that has them,
// so it also asks where the user may change whatever there is.
const catalogQuery = `
SELECT 'granted', '*', '', '' FROM information_schema.USER_PRIVILEGES
  WHERE PRIVILEGE_TYPE = 'UPDATE' AND GRANTEE = CONCAT("'", REPLACE(CURRENT_USER(), '@', "'@'"), "'")
UNION ALL SELECT 'granted', REPLACE(TABLE_SCHEMA, '\\_', '_'), '', '' FROM information_schema.SCHEMA_PRIVILEGES
  WHERE PRIVILEGE_TYPE = 'UPDATE' AND GRANTEE = CONCAT("'", REPLACE(CURRENT_USER(), '@', "'@'"), "'")
UNION ALL SELECT TABLE_TYPE, TABLE_NAME, TABLE_SCHEMA, COALESCE(ENGINE, '') FROM information_schema.TABLES
  WHERE TABLE_SCHEMA NOT IN ('mysql','information_schema','performance_schema','sys')
UNION ALL SELECT 'view', TABLE_NAME, '', VIEW_DEFINITION FROM information_schema.VIEWS
  WHERE TABLE_SCHEMA NOT IN ('mysql','information_schema','performance_schema','sys')
UNION ALL SELECT 'cascade', REFERENCED_TABLE_NAME, TABLE_NAME, '' FROM information_schema.REFERENTIAL_CONSTRAINTS
  WHERE DELETE_RULE IN ('CASCADE','SET NULL','SET DEFAULT') OR UPDATE_RULE IN ('CASCADE','SET NULL','SET DEFAULT')
UNION ALL SELECT 'opaque', EVENT_OBJECT_TABLE, '', '' FROM information_schema.TRIGGERS`

// local are the engines whose tables change only by writes to them.
var local = map[string]bool{
	"": true, "INNODB": true, "MYISAM": true, "ARIA": true, "MEMORY": true, "ROCKSDB": true, "ARCHIVE": true,
}

// reading is one reading of the catalog.
type reading struct {
	out     sqldedupe.Catalog
	granted map[string]bool // schemas in which the user may change everything; "*" is all
}

// catalog reads what tables depend on each other.
func catalog(ctx context.Context, dc driver.Conn) (*sqldedupe.Catalog, error) {
	r := &reading{granted: make(map[string]bool)}
	err := ask.Each(ctx, dc, catalogQuery, func(row []string) { r.add(row[0], row[1], row[2], row[3]) })
	if err != nil {
		return nil, fmt.Errorf("sqldedupe: catalog: %w", err)
	}
	return &r.out, nil
}

func (r *reading) add(what, name, other, text string) {
	switch what {
	case "granted":
		r.granted[name] = true
	case "view":
		addView(r.out.Add(name), text)
	case "cascade":
		parent := r.out.Add(name)
		parent.Writes = append(parent.Writes, strings.ToLower(other))
	case "opaque":
		r.out.Add(name).Opaque = true
	default:
		r.addTable(r.out.Add(name), what, other, strings.ToUpper(text))
	}
}

func (r *reading) addTable(t *sqldedupe.Relation, kind, schema, engine string) {
	if kind == "SEQUENCE" || !local[engine] {
		t.Uncacheable = "table of engine " + strings.ToLower(engine)
		t.Opaque = true // a MERGE table writes others
	}
	if !r.granted["*"] && !r.granted[schema] {
		t.Opaque = true // what a write to it changes may be hidden from this user
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
