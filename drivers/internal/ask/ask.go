// Package ask runs the small queries with which drivers look at their server.
package ask

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
)

// Each runs a query without arguments on dc and calls f with each row as text,
// NULL as "". row is valid during the call.
func Each(ctx context.Context, dc driver.Conn, text string, f func(row []string)) error {
	q, ok := dc.(driver.QueryerContext)
	if !ok {
		return errors.New("sqldedupe: the connection takes no queries")
	}
	rows, err := q.QueryContext(ctx, text, nil)
	if err != nil {
		return err
	}
	values := make([]driver.Value, len(rows.Columns()))
	row := make([]string, len(values))
	for {
		if err := rows.Next(values); err == io.EOF {
			return rows.Close()
		} else if err != nil {
			rows.Close()
			return err
		}
		for i, v := range values {
			row[i] = asText(v)
		}
		f(row)
	}
}

func asText(v driver.Value) string {
	switch v := v.(type) {
	case nil:
		return ""
	case []byte:
		return string(v)
	case string:
		return v
	}
	return fmt.Sprint(v)
}
