// Package orms proves that programs written for database/sql and for libraries on top of it run unchanged on the wrapped
// drivers. One shop, written once for each library, prints everything it sees: values with their dynamic types, errors by
// text. Its transcript on a wrapped driver, cold and warm, must be the transcript on the plain one, while the server sees
// fewer statements.
//
// All of it is in tests. They need the servers that package servers starts.
package orms
