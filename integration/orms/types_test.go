package orms_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"math"
	"time"
)

// typesShop reads values of every type a server has, and asks with arguments of every type a driver takes.
type typesShop struct{ standard }

func openTypes(dialect, driver, dsn string) (shop, error) {
	db, err := sql.Open(driver, dsn)
	return &typesShop{standard{db, dialect}}, err
}

// everyType is a table definition and its rows for each dialect.
var everyType = map[string][]string{
	"postgres": {
		`CREATE TABLE shop_types (id integer PRIMARY KEY, i2 smallint, i4 integer, i8 bigint, f4 real, f8 double precision, n numeric, n2 numeric(8,3),
			t text, c char(5), vc varchar(7), b bytea, o boolean, d date, ti time, tz timetz, ts timestamp, tstz timestamptz, iv interval,
			j json, jb jsonb, u uuid, a integer[], ta text[], ip inet, net cidr, mac macaddr, r int4range, bits bit(4), money money,
			p point, x xml, na name, oid_ oid)`,
		`INSERT INTO shop_types VALUES (1, -32768, 2147483647, -9223372036854775808, 1.5, 'NaN', 12345678901234567890.123, 1.5, 'é', 'ab', 'abc',
			'\x00ff', true, '2026-02-28', '12:34:56.789', '12:34:56+02', '2026-03-01 12:00:00.123456', '2026-03-01 12:00:00.123456+03',
			'1 day 02:03:04', '{"a": 1}', '{"a": [1, null]}', '00000000-0000-0000-0000-000000000001', '{1,NULL,3}', '{a,"b,c"}', '10.0.0.1/8', '10.0.0.0/8',
			'08:00:2b:01:02:03', '[1,5)', B'1010', '12.34', '(1,2)', '<a/>', 'name', 42)`,
		`INSERT INTO shop_types (id) VALUES (2)`,
		`INSERT INTO shop_types (id, f4, f8, d, ts, tstz, n) VALUES (3, 'Infinity', '-Infinity', 'infinity', '-infinity', 'infinity', 'NaN')`,
	},
	"mysql": {
		`CREATE TABLE shop_types (id integer PRIMARY KEY, i1 tinyint, u1 tinyint unsigned, i2 smallint, i3 mediumint, i4 integer, u4 integer unsigned, i8 bigint,
			u8 bigint unsigned, f4 float, f8 double, n decimal(30,10), t text, c char(5), vc varchar(7), b blob, bin binary(4), vb varbinary(9), o boolean,
			d date, ti time(3), ts timestamp(6) NULL, dt datetime(6), y year, j json, e enum('sad','happy'), s set('a','b'), bits bit(10), g geometry)`,
		`INSERT INTO shop_types VALUES (1, -128, 255, -32768, -8388608, -2147483648, 4294967295, -9223372036854775808, 18446744073709551615, 1.5, 1e300,
			12345678901234567890.123, 'é', 'ab', 'abc', x'00ff', 'ab', x'00', true, '2026-02-28', '-12:34:56.789', '2026-03-01 12:00:00.123456',
			'2026-03-01 12:00:00.123456', 2026, '{"a": [1, null]}', 'happy', 'a,b', b'1000000001', ST_GeomFromText('POINT(1 2)'))`,
		`INSERT INTO shop_types (id) VALUES (2)`,
		`INSERT INTO shop_types (id, ti, dt) VALUES (3, '100:00:00', '1000-01-01 00:00:00')`,
	},
	"sqlite": {
		`CREATE TABLE shop_types (id integer PRIMARY KEY, i integer, r real, t text, b blob, n numeric, o boolean, d date, dt datetime, ts timestamp, x)`,
		`INSERT INTO shop_types VALUES (1, 9223372036854775807, 1e300, 'é', x'00ff', '12.50', true, '2026-02-28', '2026-03-01 12:00:00.123456+02:00', '2026-03-01T12:00:00Z', 'any')`,
		`INSERT INTO shop_types (id) VALUES (2)`,
		`INSERT INTO shop_types VALUES (3, 'text', 'text', 5, 'text', x'00', 7, 'never', 12345, '', 1.5)`,
		`INSERT INTO shop_types VALUES (4, 1.0, 2, x'', '', -0.0, 'f', 12345, NULL, '2026-03-01 12:00', x'01')`,
	},
}

func (s *typesShop) build(ctx context.Context, out *transcript) error {
	texts := append(everyType[s.dialect], columnTypes[s.dialect].Replace(tables[1]))
	for _, text := range texts {
		if _, err := s.db.ExecContext(ctx, text); err != nil {
			return fmt.Errorf("%s: %w", text, err)
		}
	}
	for range 2 {
		s.values(ctx, out)
	}
	return nil
}

func (s *typesShop) browse(ctx context.Context, out *transcript) error {
	s.values(ctx, out)
	s.arguments(ctx, out)
	s.pointers(ctx, out)
	return s.special(ctx, out)
}

// values reads the table (hazards H45, H46, H47) by text, by text with an argument, and prepared.
func (s *typesShop) values(ctx context.Context, out *transcript) {
	s.all(ctx, out, s.db, `SELECT * FROM shop_types ORDER BY id`)
	s.all(ctx, out, s.db, `SELECT * FROM shop_types WHERE id > ? ORDER BY id`, 0)
	s.all(ctx, out, s.db, `SELECT * FROM shop_types WHERE id < 0`)
	st, err := s.db.PrepareContext(ctx, `SELECT * FROM shop_types ORDER BY id`)
	if err != nil {
		out.say("prepare", err)
		return
	}
	defer st.Close()
	rows, err := st.QueryContext(ctx)
	out.rows("prepared", rows, err)
}

type (
	text   string
	number int8
	valuer struct{}
)

func (valuer) Value() (driver.Value, error) { return int64(1), nil }

type failingValuer struct{}

func (failingValuer) Value() (driver.Value, error) { return nil, fmt.Errorf("no value") }

// arguments asks with everything that may be handed to a driver (hazards H41, H42, H43).
func (s *typesShop) arguments(ctx context.Context, out *transcript) {
	one, name, none := 1, "x", (*int)(nil)
	where := func(cond string, args ...any) {
		s.all(ctx, out, s.db, `SELECT id FROM shop_types WHERE `+cond+` ORDER BY id`, args...)
	}
	for _, arg := range []any{1, int8(1), int16(1), int32(1), int64(1), uint(1), uint8(1), uint16(1), uint32(1), uint64(1), uint64(math.MaxUint64), float32(1),
		1.0, 1.5, math.Inf(1), math.NaN(), true, "1", []byte("1"), nil, &one, none, number(1), text("1"), sql.NullInt64{Int64: 1, Valid: true}, sql.NullInt64{},
		sql.Null[int]{V: 1, Valid: true}, sql.NullString{String: "1", Valid: true}, valuer{}, failingValuer{}, struct{}{}, []int{1}, map[string]int{"a": 1},
		complex(1, 1), time.Second} {
		where(`id = ?`, arg)
	}
	for _, arg := range []any{"é", "x", "today", &name, text("é"), []byte("é"), nil, 5, true, sql.NullString{}} {
		where(`t = ?`, arg)
	}
	for _, arg := range []any{after(0), after(0).In(time.FixedZone("three", 3*3600)), after(0).Local(), time.Time{}, sql.NullTime{}, "2026-03-01", &time.Time{}} {
		column := map[string]string{"postgres": "tstz", "mysql": "dt", "sqlite": "dt"}[s.dialect]
		where(column+` >= ?`, arg)
	}
	for _, arg := range []any{[]byte{0, 255}, []byte(nil), []byte{}, "\x00\xff", nil} {
		where(`b = ?`, arg)
	}
	where(`id = ?`, sql.Named("id", 1))
	where(`id IN (?, ?)`, 1, 3)
	where(`id = ? OR ? IS NULL`, 1, nil)
}

// pointers scans into what keeps or reuses memory (hazard H50).
func (s *typesShop) pointers(ctx context.Context, out *transcript) {
	for range 2 {
		rows, err := s.db.QueryContext(ctx, `SELECT id, b, t FROM shop_types ORDER BY id`)
		if err != nil {
			out.say("rows", err)
			return
		}
		var raw sql.RawBytes
		var copied []byte
		var id any
		for rows.Next() {
			err := rows.Scan(&id, &raw, &copied)
			out.say("row", err, id, []byte(raw), copied)
			for i := range raw {
				raw[i] = '#'
			}
			for i := range copied {
				copied[i] = '#'
			}
		}
		out.say("end", rows.Err(), rows.Close())
	}
}
