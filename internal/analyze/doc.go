// Package analyze tells from the text of a statement what it reads, what it writes, and whether its answer may be kept
// and shared.
//
// It is not a parser of SQL. It lexes exactly, for each dialect and mode, and then follows the structure that decides
// about tables: statements, parentheses, WITH scopes, FROM lists, targets of writes, calls. Whatever does not fit is
// [Unknown], and an unknown statement may write anything. The only wrong answer is one that claims too little: a missing
// table, a write called a read, a volatile call called pure. Claiming too much costs a trip to the database.
//
// Functions, operators and types are allow-listed per dialect in tables/; the PostgreSQL lists were taken from pg_proc and
// pg_operator of version 15 (immutable in every overload) and then vetted.
//
// What no text can show is left to the catalog: views, triggers, cascades, sequences, search_path, functions that hide
// a built-in of the same name, and PostgreSQL's t.f that calls f(t) when t has no such column. Two conversions also stay invisible here: a text column holding 'today' that is cast to a
// date on PostgreSQL, and a TIME value that MySQL completes with the current date.
package analyze
