package analyze

import (
	"strings"
	"sync"
)

// Which dialects bar a word from being a bare name.
const (
	reservedPostgres uint8 = 1 << iota
	reservedMySQL
	reservedSQLite
)

type keyword struct {
	word     string // lower case
	reserved uint8
}

// The words that structure statements, by the dialects that reserve them. MySQL's list holds what matters for structure
// and leaves out names that only some versions reserve, such as rank: a column may be called so.
const (
	postgresReserved = `all analyse analyze and any array as asc asymmetric authorization binary both case cast check
		collate collation column concurrently constraint create cross current_catalog current_date current_role
		current_schema current_time current_timestamp current_user default deferrable desc distinct do else end except
		false fetch for foreign freeze from full grant group having ilike in initially inner intersect into is isnull join
		lateral leading left like limit localtime localtimestamp natural not notnull null offset on only or order outer
		overlaps placing primary references returning right select session_user similar some symmetric table tablesample
		then to trailing true union unique user using variadic verbose when where window with`

	mysqlReserved = `all alter analyze and as asc between both by call case change check collate column constraint convert
		create cross current_date current_time current_timestamp current_user default delayed delete desc describe
		distinct distinctrow div drop dual each else elseif enclosed escaped except exists explain false fetch for force
		foreign from fulltext grant group having high_priority if ignore in index infile inner insert intersect interval
		into is join key keys kill leading leave left like limit lines load localtime localtimestamp lock loop
		low_priority match mod natural not null on optimize option optionally or order outer outfile over partition
		primary procedure purge read references regexp release rename repeat replace require restrict return returning
		revoke right rlike schema schemas select separator set show signal spatial sql_big_result sql_calc_found_rows
		sql_small_result starting straight_join table terminated then to trailing trigger true union unique unlock update
		usage use using utc_date utc_time utc_timestamp values when where while window with write xor`

	sqliteReserved = `add all alter and as autoincrement between case check collate commit constraint create cross default
		deferrable delete distinct drop else escape except exists foreign from full group having in index indexed inner
		insert intersect into is isnull join left limit natural not nothing notnull null on or order outer primary
		references returning right select set table then to transaction union unique update using values when where`

	otherKeywords = `abort absent action admin after against algorithm always ascii at atomic attach attributes autocommit avg before
		begin binlog bit body boolean breadth btree bulk cache cascade cascaded chain char character characteristics
		charset checkpoint checksum close cluster columns comment committed compact concurrent conditional conflict
		connection consistent constraints content continue convert_tz copy cost count cube current cursor cycle data
		database databases date day day_hour day_microsecond day_minute day_second deallocate declare deferred definer
		depth detach discard document double dumpfile duplicate empty encoding engine error errors event examined
		exchange exclude exclusive execute expansion extended extension fail fields filter first flush following format
		formatted function generated get glob global granted grants grouping groups handler hash history hold hour
		hour_microsecond hour_minute hour_second identity immediate import including indexes inherit inherits install
		instead isolation json json_table keep language last leaves level listen local locked logged logs master matched
		materialized maxvalue member merge microsecond minus minute minute_microsecond minute_second minvalue mode month
		move name names national nested new next nfc nfd nfkc nfkd no no_write_to_binlog none normalized notify nowait
		nulls object of off ok old omit one online open operator options ordered ordinality others out overriding owner
		parallel parser partitions passing password path percent period persist persist_only phase plan plans policy
		portion pragma preceding precision prepare prepared previous prewarm prior priority procedural program quarter
		query quick quotes raise range reassign recheck recover recursive refresh reindex relative repair repeatable
		reset resource respect restart role rollback rollup routine row rows rtree rule savepoint scalar scroll search
		second second_microsecond security sequence serializable server session setof sets share shutdown signed simple
		skip slave snapshot sounds source sql sql_buffer_result sql_cache sql_no_cache stage start statement stop
		storage string system system_time tables tablespace target temp temporary text ties time timestamp truncate type
		uescape unbounded uncommitted unconditional undo unicode uninstall unknown unlisten unlogged unsigned until
		vacuum value varying versioning view virtual wait warnings week within without work wrapper xa xml xmltable year
		year_month yes zone`
)

// keywords returns the table of all words that the rules of this package name.
var keywords = sync.OnceValue(func() map[string]keyword {
	table := make(map[string]keyword, 512)
	add := func(list string, reserved uint8) {
		for w := range strings.FieldsSeq(list) {
			table[w] = keyword{w, table[w].reserved | reserved}
		}
	}
	add(postgresReserved, reservedPostgres)
	add(mysqlReserved, reservedMySQL)
	add(sqliteReserved, reservedSQLite)
	add(otherKeywords, 0)
	return table
})

var reservedBit = [...]uint8{
	Postgres: reservedPostgres, MySQL: reservedMySQL, MariaDB: reservedMySQL, SQLite: reservedSQLite,
}

const maxKeywordBytes = 24

// lowered writes s in lower case into buf and returns what it wrote, nothing when s is longer than buf.
func lowered(buf []byte, s string) []byte {
	if len(s) > len(buf) {
		return nil
	}
	for i := range len(s) {
		buf[i] = lower(s[i])
	}
	return buf[:len(s)]
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// foldEqual tells whether s is word when ASCII letters of s are taken in lower case.
func foldEqual(s, word string) bool {
	if len(s) != len(word) {
		return false
	}
	for i := range len(s) {
		if lower(s[i]) != word[i] {
			return false
		}
	}
	return true
}
