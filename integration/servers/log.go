package servers

import (
	"errors"
	"os"
	"strings"
)

const tailLines = 30

// since is what was added to a file of the server after it had offset bytes.
func (in *instance) since(file string, offset int64) (string, error) {
	data, err := os.ReadFile(in.path(file))
	if err != nil {
		return "", err
	}
	return string(data[min(offset, int64(len(data))):]), nil
}

// logTail is the end of the server's log, for a failure.
func (in *instance) logTail() string {
	log, err := in.since("log", 0)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(log), "\n")
	return "the end of its log:\n\t" + strings.Join(lines[max(0, len(lines)-tailLines):], "\n\t")
}

// logged is how long the log of statements is. Servers write an entry at once, so that it ends with a whole one.
func (in *instance) logged() int64 {
	info, err := os.Stat(in.path(in.statementLog()))
	if err != nil {
		return 0
	}
	return info.Size()
}

// statements counts those logged after offset.
func (in *instance) statements(marker string, offset int64) (int, error) {
	switch {
	case in.statementLog() == "":
		return 0, errors.New("servers: CountStatements of " + in.name() + ", which logs none")
	case !in.config.logStatements:
		return 0, errors.New("servers: CountStatements of a server started without LogStatements")
	case marker == "":
		return 0, errors.New("servers: CountStatements of an empty marker")
	}
	log, err := in.since(in.statementLog(), offset)
	if err != nil {
		return 0, err
	}
	return in.countStatements(log, marker), nil
}
