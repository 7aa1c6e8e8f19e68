package orms_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
)

// special is what only one driver does.
func (s *typesShop) special(ctx context.Context, out *transcript) error {
	switch s.dialect {
	case "postgres":
		s.postgres(ctx, out)
	case "sqlite":
		s.all(ctx, out, s.db, `SELECT id FROM shop_types WHERE id = :id OR t = @t ORDER BY id`, sql.Named("id", 1), sql.Named("t", "é"))
		s.all(ctx, out, s.db, `SELECT id FROM shop_types WHERE id = ?2 OR id = ?1`, 1, 2)
	}
	s.slow(ctx, out)
	return s.options(ctx, out)
}

func (s *typesShop) postgres(ctx context.Context, out *transcript) {
	where := func(cond string, args ...any) {
		s.all(ctx, out, s.db, `SELECT id FROM shop_types WHERE `+cond+` ORDER BY id`, args...)
	}
	where(`id = ANY($1)`, []int{1, 2})
	where(`id = ANY($1)`, []int32{})
	where(`t = ANY($1)`, []string{"é", "x"})
	where(`a = $1`, pgtype.FlatArray[*int32]{ref[int32](1), nil, ref[int32](3)})
	where(`u = $1`, [16]byte{15: 1})
	where(`u = $1`, pgtype.UUID{Bytes: [16]byte{15: 1}, Valid: true})
	where(`jb = $1`, map[string]any{"a": []any{1, nil}})
	where(`jb = $1`, struct {
		A []any `json:"a"`
	}{[]any{1, nil}})
	where(`n2 = $1`, pgtype.Numeric{})
	where(`iv = $1`, pgtype.Interval{Days: 1, Microseconds: 7384e6, Valid: true})
	where(`id = $1`, pgx.QueryExecModeSimpleProtocol, 1)
	where(`id = $1`, pgx.QueryExecModeExec, 1)
	where(`id = $1`, pgx.QueryExecModeCacheDescribe, 1)
	where(`id = @id`, pgx.NamedArgs{"id": 1})
	where(`id = $1`, pgx.QueryResultFormats{pgx.TextFormatCode}, 1)
	for range 2 {
		var id int
		var a pgtype.FlatArray[*int32]
		err := s.db.QueryRowContext(ctx, `SELECT id, a FROM shop_types WHERE id = 1`).Scan(&id, pgtype.NewMap().SQLScanner(&a))
		out.say("array", err, id, a)
	}
}

func ref[T any](v T) *T { return &v }

// slow is a read that may be kept, with less time than it takes.
func (s *typesShop) slow(ctx context.Context, out *transcript) {
	var many strings.Builder // 3 to the power of 13 rows
	for i := range 12 {
		fmt.Fprintf(&many, ", shop_types t%d", i)
	}
	query := map[string]string{
		"postgres": `SELECT count(*) FROM shop_types a, generate_series(1, 100000000) b`,
		"mysql":    `SELECT count(*) FROM shop_types` + many.String(),
		"sqlite":   `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000) SELECT count(*) FROM n, shop_types`,
	}[s.dialect]
	short, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
	defer cancel()
	began := time.Now()
	_, err := s.db.QueryContext(short, query)
	out.say("slow", errors.Is(err, context.DeadlineExceeded), time.Since(began) < 5*time.Second)
	s.all(ctx, out, s.db, `SELECT id FROM shop_types ORDER BY id`)
}

// options begins transactions of every kind.
func (s *typesShop) options(ctx context.Context, out *transcript) error {
	for level := sql.LevelDefault; level <= sql.LevelLinearizable; level++ {
		for _, readOnly := range []bool{false, true} {
			tx, err := s.db.BeginTx(ctx, &sql.TxOptions{Isolation: level, ReadOnly: readOnly})
			out.say("begin "+level.String(), readOnly, err)
			if err != nil {
				continue
			}
			s.all(ctx, out, tx, `SELECT count(*) FROM shop_types`)
			_, err = tx.ExecContext(ctx, `DELETE FROM shop_products WHERE id < 0`)
			out.say("delete", err, tx.Rollback())
		}
	}
	s.db.SetMaxOpenConns(1)
	defer s.db.SetMaxOpenConns(0)
	for range 2 {
		s.all(ctx, out, s.db, `SELECT id FROM shop_types ORDER BY id DESC`)
		_, err := s.db.ExecContext(ctx, `DELETE FROM shop_products WHERE id < 0`)
		out.say("delete", err)
	}
	return nil
}
