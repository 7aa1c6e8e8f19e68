// Package servers starts private PostgreSQL, MariaDB and Redis servers for tests, from the programs installed on the
// machine, and puts them through what servers go through: a crash, a freeze, a shutdown, a restart, a bad network.
//
// A server listens on a free loopback port, keeps everything in a temporary directory of its own, and is gone, directory
// included, when its test ends or the test binary dies in whatever way. A missing program fails the test and names the
// Debian package to install. Run as root, PostgreSQL and MariaDB run under the accounts their packages created.
//
// [Postgres], [MariaDB] and [Redis] start a server that belongs to one test, to be killed and frozen at will.
// [SharedPostgres], [SharedMariaDB] and [SharedRedis] hand out one server per test binary, started on first use; tests keep
// apart there by taking a new database each from [Server.Database]. A [Proxy] stands in front of either.
//
// The package needs Linux: it finds a server's processes in /proc.
package servers
