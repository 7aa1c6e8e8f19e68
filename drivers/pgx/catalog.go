package pgx

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/sqldedupe/sqldedupe"
	"github.com/sqldedupe/sqldedupe/internal/analyze"
)

// catalogQuery brings the whole catalog in one round trip: what kind a relation
// is, and pairs of relations that depend on each other.
const catalogQuery = `
WITH rel AS (
  SELECT c.oid, c.relname, c.relkind::text AS kind, c.relrowsecurity AS rls
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r','p','v','m','f','S') AND c.relpersistence <> 't'
    AND n.nspname NOT IN ('pg_catalog','information_schema','pg_toast'))
SELECT 'kind', relname, CASE WHEN rls THEN 'row security' ELSE kind END, '' FROM rel
UNION ALL
SELECT 'view', relname, '', pg_catalog.pg_get_viewdef(oid) FROM rel WHERE kind = 'v'
UNION ALL
SELECT DISTINCT 'reads', v.relname, t.relname, ''
  FROM rel v JOIN pg_catalog.pg_rewrite r ON r.ev_class = v.oid
  JOIN pg_catalog.pg_depend d ON d.objid = r.oid AND d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass
    AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid <> v.oid
  JOIN rel t ON t.oid = d.refobjid WHERE v.kind = 'v'
UNION ALL
SELECT 'inherits', p.relname, c.relname, ''
  FROM pg_catalog.pg_inherits i JOIN rel p ON p.oid = i.inhparent JOIN rel c ON c.oid = i.inhrelid
UNION ALL
SELECT DISTINCT 'cascade', p.relname, c.relname, ''
  FROM pg_catalog.pg_constraint k JOIN rel p ON p.oid = k.confrelid JOIN rel c ON c.oid = k.conrelid
  WHERE k.contype = 'f' AND (k.confdeltype IN ('c','n','d') OR k.confupdtype IN ('c','n','d'))
UNION ALL
SELECT DISTINCT 'opaque', t.relname, '', ''
  FROM rel t JOIN pg_catalog.pg_trigger g ON g.tgrelid = t.oid WHERE NOT g.tgisinternal
UNION ALL
SELECT DISTINCT 'opaque', t.relname, '', ''
  FROM rel t JOIN pg_catalog.pg_rewrite r ON r.ev_class = t.oid WHERE r.ev_type <> '1'`

// uncacheable says why relations of a kind are read from the database always:
// they change without a write that names them, or differ by reader.
var uncacheable = map[string]string{
	"f": "foreign table", "S": "sequence", "row security": "row security",
}

// catalog reads what tables depend on each other.
func catalog(ctx context.Context, dc driver.Conn) (*sqldedupe.Catalog, error) {
	conn, ok := dc.(*stdlib.Conn)
	if !ok {
		return nil, errors.New("sqldedupe: catalog: not a connection of pgx")
	}
	rows, err := conn.Conn().Query(ctx, catalogQuery, pgx.QueryExecModeSimpleProtocol)
	if err != nil {
		return nil, fmt.Errorf("sqldedupe: catalog: %w", err)
	}
	defer rows.Close()
	out := &sqldedupe.Catalog{}
	for rows.Next() {
		var what, name, other, text string
		if err := rows.Scan(&what, &name, &other, &text); err != nil {
			return nil, fmt.Errorf("sqldedupe: catalog: %w", err)
		}
		addFact(out, what, name, other, text)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("sqldedupe: catalog: %w", err)
	}
	return out, nil
}

func addFact(out *sqldedupe.Catalog, what, name, other, text string) {
	r := out.Add(name)
	switch what {
	case "kind":
		if why := uncacheable[other]; why != "" {
			r.Uncacheable = why
		}
	case "view":
		// The text tells the functions: the catalog keeps no record of those
		// that came with the server.
		if f := analyze.Analyze(analyze.Postgres, 0, text); !f.Cacheable {
			r.Uncacheable = "view: " + string(f.Reason)
		}
	case "reads": // a write through the view may change what it reads
		r.Reads = append(r.Reads, strings.ToLower(other))
		r.Writes = append(r.Writes, strings.ToLower(other))
	case "inherits": // reads and writes of the parent reach its children
		r.Reads = append(r.Reads, strings.ToLower(other))
		r.Writes = append(r.Writes, strings.ToLower(other))
	case "cascade":
		r.Writes = append(r.Writes, strings.ToLower(other))
	case "opaque":
		r.Opaque = true
	}
}
