// Package policy holds the rules of caching and decides by them, statement by
// statement.
//
// # The policy file
//
//	defaults: {ttl: 30s, beta: 1}       # for tables not named below
//
//	tables:
//	  products: {ttl: 5m, stale: 1m}
//	  countries: 12h                    # short for {ttl: 12h}
//	  orders: off                       # short for {off: true}
//	  shop.prices: {ttl: 10s, max_rows: 1000, max_bytes: 64KiB}
//	  "odd name": {ttl: 720h, allow_long: true}
//
//	rules:                              # the first that matches
//	  - tag: report
//	    ttl: 1h
//	    stale_if_error: 2h
//	  - match: '(?i)^select .* from audit'
//	    off: true
//	  - fingerprint: select * from users where id = ?
//	    strategy: lock
//	  - tables: {any: [a, b]}           # or all, or only
//	    ttl: 5s
//
// All sections may be missing. The options are the fields of [Options] in lower
// case, with underscores; what a place does not set comes from the defaults,
// and theirs from the DSN. Durations are Go's; over 24h they need allow_long:
// true beside them, or in the defaults for the whole file. Sizes are those of
// [ParseSize].
//
// A statement over several tables gets the strictest value of each option, and
// off on one of them is off:
//
//	ttl, stale, stale_if_error   the smaller
//	beta, jitter                 the larger: renewed earlier, shortened more
//	wait, max_rows, max_bytes    the smaller; 0 is no bound
//	strategy                     coalesce, lock, xfetch, refresh, swr, none:
//	                             the first of these
//	cache                        the defaults', unless all name the same
//	shared                       only if all
//	feed, off                    if any
//
// # Names of tables
//
// Names match whatever their case. products is the table of that name in any
// schema. shop.products is that of the schema shop, and there it comes before
// products; since a statement may name it without its schema, it also counts
// for statements over plain products, beside products and whatever other
// schema's products the policy names.
//
// # Rules
//
// A rule matches when all its conditions hold: fingerprint and tag are equal,
// match is a regular expression (RE2) that finds something in the text, and of
// the listed tables the statement reads any, or all, or it reads some and only
// listed ones. The first rule that matches changes the options it sets; the
// others stay what the statement's tables make them. In particular a rule that
// sets neither ttl nor off leaves an off of a table alone, while one with a ttl
// is meant to overrule it.
package policy
