package parity

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	_ "modernc.org/sqlite"

	"github.com/sqldedupe/sqldedupe/integration/lab"

	_ "github.com/sqldedupe/sqldedupe/drivers/sqlite"
)

// A column is a column type with literals of it.
type column struct {
	typ    string
	values []string
}

var postgresColumns = []column{
	{"smallint", []string{"0", "-32768", "32767"}},
	{"integer", []string{"0", "-2147483648", "2147483647"}},
	{"bigint", []string{"0", "-9223372036854775808", "9223372036854775807"}},
	{"numeric", []string{"0", "12345678901234567890.123456789", "-1e-20", "'NaN'", "'Infinity'"}},
	{"numeric(10,2)", []string{"0", "12345678.90", "-0.01"}},
	{"real", []string{"0", "'-0'", "1.5", "'NaN'", "'Infinity'", "'-Infinity'"}},
	{"double precision", []string{"0", "'-0'", "0.1", "1e308", "'NaN'", "'-Infinity'"}},
	{"money", []string{"'1.50'", "'-1234.00'"}},
	{"text", []string{"''", "'a'", "'ünï → 🙂'", "repeat('x', 5000)"}},
	{"varchar(20)", []string{"''", "'abc'"}},
	{"char(5)", []string{"'ab'", "''"}},
	{`"char"`, []string{"'x'"}},
	{"name", []string{"'n'"}},
	{"bytea", []string{"''", `'\x00ff10'`, `decode(repeat('00', 300), 'hex')`}},
	{"boolean", []string{"true", "false"}},
	{"date", []string{"'2024-02-29'", "'0001-01-01'", "'infinity'", "'-infinity'", "'0044-03-15 BC'"}},
	{"time", []string{"'00:00'", "'23:59:59.999999'", "'24:00'"}},
	{"timetz", []string{"'12:00+02'"}},
	{"timestamp", []string{"'2024-02-29 12:34:56.789012'", "'infinity'", "'1900-01-01'"}},
	{"timestamptz", []string{"'2024-02-29 12:34:56.789012+02'", "'-infinity'", "'1900-01-01 00:00+00'"}},
	{"interval", []string{"'1 year 2 mons 3 days 04:05:06.789'", "'-1 day'", "'0'"}},
	{"uuid", []string{"'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'"}},
	{"json", []string{`'{"a": [1, 2, {"b": null}]}'`, "'null'", "'1'"}},
	{"jsonb", []string{`'{"b": 1, "a": [true]}'`, "'null'"}},
	{"jsonpath", []string{"'$.a[*]'"}},
	{"xml", []string{"'<a>b</a>'"}},
	{"inet", []string{"'192.168.0.1/24'", "'::1'"}},
	{"cidr", []string{"'10.0.0.0/8'"}},
	{"macaddr", []string{"'08:00:2b:01:02:03'"}},
	{"macaddr8", []string{"'08:00:2b:01:02:03:04:05'"}},
	{"bit(3)", []string{"b'101'"}},
	{"bit varying", []string{"b''", "b'1011'"}},
	{"point", []string{"'(1,2)'"}},
	{"line", []string{"'{1,2,3}'"}},
	{"lseg", []string{"'[(0,0),(1,1)]'"}},
	{"box", []string{"'(1,1),(0,0)'"}},
	{"path", []string{"'[(0,0),(1,1)]'", "'((0,0),(1,1))'"}},
	{"polygon", []string{"'((0,0),(1,1),(2,0))'"}},
	{"circle", []string{"'<(0,0),1>'"}},
	{"tsvector", []string{"'a:1 b:2'"}},
	{"tsquery", []string{"'a & b'"}},
	{"oid", []string{"0", "4294967295"}},
	{"regclass", []string{"'pg_class'"}},
	{"pg_lsn", []string{"'16/B374D848'"}},
	{"xid8", []string{"'7'"}},
	{"integer[]", []string{"'{}'", "'{1,NULL,3}'", "'{{1,2},{3,4}}'"}},
	{"text[]", []string{"'{}'", `'{a,"b c",NULL,"\""}'`}},
	{"bytea[]", []string{`'{"\\x00"}'`}},
	{"timestamptz[]", []string{"'{2024-01-01 00:00+00}'"}},
	{"uuid[]", []string{"'{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}'"}},
	{"int4range", []string{"'[1,5)'", "'empty'", "'(,)'"}},
	{"tstzrange", []string{"'[2024-01-01 00:00+00,)'"}},
	{"numrange", []string{"'(1.5,2.5]'"}},
	{"int4multirange", []string{"'{[1,2),[5,6)}'"}},
	{"mood", []string{"'sad'", "'happy'"}},
	{"pair", []string{"row(1, 'x')", "row(null, null)"}},
	{"posint", []string{"1"}},
}

var mariadbColumns = []column{
	{"tinyint", []string{"0", "-128", "127"}},
	{"tinyint(1)", []string{"0", "1"}},
	{"boolean", []string{"true"}},
	{"tinyint unsigned", []string{"255"}},
	{"smallint", []string{"-32768"}},
	{"smallint unsigned", []string{"65535"}},
	{"mediumint", []string{"-8388608"}},
	{"mediumint unsigned", []string{"16777215"}},
	{"int", []string{"-2147483648"}},
	{"int unsigned", []string{"4294967295"}},
	{"int(5) zerofill", []string{"42"}},
	{"bigint", []string{"-9223372036854775808", "9223372036854775807"}},
	{"bigint unsigned", []string{"0", "9223372036854775807", "18446744073709551615"}},
	{"decimal(10,2)", []string{"0", "-1.50", "12345678.90"}},
	{"decimal(65,30)", []string{"1.000000000000000000000000000001"}},
	{"float", []string{"0", "1.5", "-0.1"}},
	{"double", []string{"0", "0.1", "1e308"}},
	{"bit(1)", []string{"b'1'"}},
	{"bit(20)", []string{"b'10101'"}},
	{"date", []string{"'2024-02-29'", "'9999-12-31'"}},
	{"datetime", []string{"'2024-02-29 12:34:56'"}},
	{"datetime(6)", []string{"'2024-02-29 12:34:56.789012'"}},
	{"timestamp", []string{"'2024-02-29 12:34:56'"}},
	{"timestamp(3)", []string{"'2024-02-29 12:34:56.789'"}},
	{"time", []string{"'12:34:56'", "'-838:59:59'"}},
	{"time(6)", []string{"'00:00:00.000001'"}},
	{"year", []string{"2024"}},
	{"char(5)", []string{"'ab'", "''"}},
	{"varchar(100)", []string{"''", "'ünï → 🙂'"}},
	{"binary(5)", []string{"'ab'"}},
	{"varbinary(100)", []string{"''", "x'00ff'"}},
	{"tinytext", []string{"'a'"}},
	{"text", []string{"''", "repeat('x', 5000)"}},
	{"mediumtext", []string{"'a'"}},
	{"longtext", []string{"'a'"}},
	{"tinyblob", []string{"x'00'"}},
	{"blob", []string{"''", "x'00ff'"}},
	{"mediumblob", []string{"'a'"}},
	{"longblob", []string{"'a'"}},
	{"varchar(10) character set latin1", []string{"'é'"}},
	{"varchar(10) character set utf16", []string{"'é'"}},
	{"enum('a','b')", []string{"'a'"}},
	{"set('a','b','c')", []string{"'a,c'", "''"}},
	{"json", []string{`'{"a": [1, null]}'`}},
	{"inet6", []string{"'::1'"}},
	{"inet4", []string{"'10.0.0.1'"}},
	{"uuid", []string{"'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'"}},
	{"point", []string{"point(1, 2)"}},
	{"geometry", []string{"st_geomfromtext('LINESTRING(0 0, 1 1)')"}},
}

var sqliteColumns = []column{
	{"integer", []string{"0", "-9223372036854775808", "9223372036854775807"}},
	{"real", []string{"0.0", "0.1", "1e308", "9e999"}},
	{"text", []string{"''", "'ünï → 🙂'", "'a' || char(0) || 'b'"}},
	{"blob", []string{"x''", "x'00ff'", "zeroblob(300)"}},
	{"numeric", []string{"1", "1.5", "'x'"}},
	{"boolean", []string{"0", "1", "true"}},
	{"date", []string{"'2024-02-29'", "'nonsense'"}},
	{"datetime", []string{"'2024-02-29 12:34:56'", "'2024-02-29T12:34:56Z'", "1709210096"}},
	{"timestamp", []string{"'2024-02-29 12:34:56.789+02:00'"}},
	{"time", []string{"'12:34'"}},
	{"decimal(10,2)", []string{"1.50", "2"}},
	{"varchar(20)", []string{"'abc'", "12"}},
	{"", []string{"1", "'1'", "x'31'", "1.0"}},
	{"any", []string{"1", "'a'"}},
}

// fill makes a table for each column type, c0, c1, …, with a row for each value and one for NULL. Rows that the engine
// refuses are an error of the test.
func fill(t *testing.T, exec func(string), columns []column) {
	t.Helper()
	for i, c := range columns {
		exec(fmt.Sprintf("create table c%d (id int primary key, c %s, n %s not null)", i, c.typ, c.typ))
		for j, v := range c.values {
			exec(fmt.Sprintf("insert into c%d values (%d, %s, %s)", i, j, v, v))
		}
	}
	nullable(t, exec, columns)
}

func nullable(t *testing.T, exec func(string), columns []column) {
	t.Helper()
	for i, c := range columns {
		null := "null"
		if strings.HasPrefix(c.typ, "timestamp") && !strings.HasPrefix(c.typ, "timestamptz") {
			null = c.values[0] // MariaDB would put the present time there
		}
		exec(fmt.Sprintf("insert into c%d values (99, %s, %s)", i, null, c.values[0]))
	}
}

// queriesOf asks for all rows, for none, and for an expression, of each column type.
func queriesOf(e *lab.Engine, columns []column) (asks []ask) {
	for i := range columns {
		asks = append(asks, waysOf(e, fmt.Sprintf("select id, c, n, c as other from c%d where id >= %%s order by id", i), "0", 0)...)
		asks = append(asks, waysOf(e, fmt.Sprintf("select n from c%d where id < %%s", i), "-1", -1)...)
	}
	return asks
}

// hazard H45: the same query gives other Go types on another path.
// hazard H46: values keep their dynamic types.
// hazard H47: a hit tells as much about its columns as a miss.
func TestPostgresTypes(t *testing.T) {
	p := lab.Postgres.Shared(t)
	side := p.Side(t)
	exec := func(text string) { lab.Exec(t, side, text) }
	exec("create type mood as enum ('sad', 'happy')")
	exec("create type pair as (a int, b text)")
	exec("create domain posint as int check (value > 0)")
	fill(t, exec, postgresColumns)
	asks := queriesOf(lab.Postgres, postgresColumns)
	for _, params := range [][]string{
		nil, {"default_query_exec_mode=simple_protocol"}, {"default_query_exec_mode=exec"}, {"default_query_exec_mode=describe_exec"},
		{"default_query_exec_mode=cache_describe"}, {"timezone=Asia/Kathmandu"}, {"datestyle=German", "intervalstyle=iso_8601", "bytea_output=escape"},
	} {
		t.Run(strings.Join(params, " "), func(t *testing.T) { compareAll(t, p, params, asks) })
	}
}

func TestMariaDBTypes(t *testing.T) {
	p := lab.MariaDB.Shared(t)
	side := p.Side(t)
	fill(t, func(text string) { lab.Exec(t, side, text) }, mariadbColumns)
	asks := queriesOf(lab.MariaDB, mariadbColumns)
	for _, params := range [][]string{
		nil, {"parseTime=true"}, {"parseTime=true", "loc=Europe/Berlin"}, {"interpolateParams=true"}, {"interpolateParams=true", "parseTime=true", "loc=Local"},
		{"multiStatements=true"}, {"columnsWithAlias=true"}, {"time_zone='-03:00'", "parseTime=true"}, {"charset=latin1"},
	} {
		t.Run(strings.Join(params, " "), func(t *testing.T) { compareAll(t, p, params, asks) })
	}
}

// compareAll compares a miss, a hit and a joined read of each ask with the plain driver's answer.
func compareAll(t *testing.T, p *lab.Place, params []string, asks []ask) {
	wrapped := append([]string{"dedupe_ttl=1h", "dedupe_beta=0"}, params...)
	s := &subject{plain: p.Side(t, params...), kept: lab.Open(t, p.Wrapped, lab.With(p.DSN, wrapped...))}
	var plain []answer
	failed := 0
	for _, a := range asks {
		answer := a.of(s.plain)
		if answer.err != nil {
			failed++
			s.compare(t, a, sqldedupeMiss, sqldedupeMiss) // errors are never kept
		} else {
			s.compare(t, a)
		}
		plain = append(plain, answer)
	}
	if len(params) > 1 {
		asks = nil // joining is the same with each of them
	}
	shared := joined(t, p, p.Open(t, params...), asks, plain)
	t.Logf("%d queries, each plain, by a miss, by a hit and mostly twice at once: %d were shared, %d fail with the plain driver",
		len(plain), shared, failed)
	if shared < len(asks)*9/10 { // a few may come when the other one's query has ended
		t.Errorf("%d of %d reads were shared", shared, len(asks))
	}
}

func TestSQLiteTypes(t *testing.T) {
	for _, params := range [][]string{{"_pragma=foreign_keys(1)"}, {"_time_format=sqlite"}, {"_texttotime=1"}, {"_inttotime=1"}, {"_timezone=Europe/Berlin"}} {
		t.Run(strings.Join(params, " "), func(t *testing.T) {
			name := "file:" + filepath.ToSlash(t.TempDir()) + "/parity.db"
			s := &subject{
				plain: lab.Open(t, "sqlite", lab.With(name, params...)),
				kept:  lab.Open(t, "sqlite-dedupe", lab.With(name, append([]string{"dedupe_ttl=1h", "dedupe_beta=0"}, params...)...)),
			}
			fill(t, func(text string) { lab.Exec(t, s.plain, text) }, sqliteColumns)
			for _, a := range queriesOf(nil, sqliteColumns) {
				if plain := a.of(s.plain); plain.err != nil {
					t.Logf("%v: %v", a, plain.err)
					s.compare(t, a, sqldedupeMiss, sqldedupeMiss)
					continue
				}
				s.compare(t, a)
			}
		})
	}
}
