package servers

// An Option changes how a server is started.
type Option func(*config)

type config struct {
	durable       bool
	logStatements bool
	settings      []setting
}

type setting struct{ name, value string }

// Durable makes the server wait for the disk at every commit. Without it a commit survives [Server.Kill], because the
// operating system has it, but not a power failure.
func Durable() Option {
	return func(c *config) { c.durable = true }
}

// LogStatements makes the server log every statement, for [Server.CountStatements].
func LogStatements() Option {
	return func(c *config) { c.logStatements = true }
}

// Setting gives the server a setting of its own: a line of postgresql.conf, a --name=value of mariadbd, a directive of
// redis-server. It wins over the settings of this package.
func Setting(name, value string) Option {
	return func(c *config) { c.settings = append(c.settings, setting{name, value}) }
}

func newConfig(opts []Option) config {
	var c config
	for _, opt := range opts {
		opt(&c)
	}
	return c
}
