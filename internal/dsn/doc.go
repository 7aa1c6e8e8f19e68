// Package dsn takes our parameters out of other drivers' data source names and
// leaves every other byte as it was.
//
// Ours are dedupe, dedupe_* and dedupe.*; the dotted spelling comes back with
// the underscore. A parameter given twice comes back twice, unknown ones come
// back too: what they mean is the caller's business. A DSN without ours is
// returned as it is, and what is malformed in the rest stays for the driver to
// complain about.
//
// An error is about a malformed value of ours. It names the parameter and shows
// neither its value nor anything else of the DSN, which may hold a password.
//
// All functions may be called at the same time.
package dsn
