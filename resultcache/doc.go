// Package resultcache keeps result sets: what a query returned, as it was returned, and the bounded memory tier they
// live in.
//
//	driver.Rows -> Recorder -> ResultSet -> Entry -> Memory     a miss
//	Memory -> Entry -> ResultSet -> Cursor -> driver.Rows       a hit
//
// A [ResultSet] never changes once it is published, so any number of hits replay it at the same time. Values go in by
// copy and come out by copy: nothing a driver does to its buffers, and nothing a program does to what it scanned, reaches
// an entry.
//
// The package does not import database/sql/driver. [Append] and [Next] are type parameterised functions instead of
// methods because []driver.Value and []any are different types whose elements are the same; one instance serves both and
// converts nothing.
package resultcache
