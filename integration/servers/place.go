package servers

import (
	"crypto/rand"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strings"
)

// A Unix socket's path holds 107 bytes; the longest name this package puts into its directory is about 20.
const maxDirLength = 85

// newDir makes a directory that a owns, under the usual place or, when a cannot get there, under /tmp.
func newDir(a *account) (string, error) {
	for _, base := range []string{os.TempDir(), "/tmp"} {
		base, err := filepath.Abs(base)
		if err != nil || !a.reaches(base) || len(base) > maxDirLength {
			continue
		}
		dir, err := os.MkdirTemp(base, "servers-")
		if err != nil {
			return "", fmt.Errorf("servers: %w", err)
		}
		return dir, a.own(dir)
	}
	return "", errors.New("servers: no temporary directory that the server's account can reach")
}

// writeFile writes a file that only a may read.
func (a *account) writeFile(path, content string) error {
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		return err
	}
	return a.own(path)
}

// freeListener listens on a loopback port below the range from which the system takes ports for outgoing connections.
// A port of that range could be taken while its server is down, or a client could connect to itself.
func freeListener() (net.Listener, error) {
	var err error
	for range 50 {
		var l net.Listener
		l, err = net.Listen("tcp4", fmt.Sprintf("127.0.0.1:%d", 15000+mathrand.IntN(17000)))
		if err == nil {
			return l, nil
		}
	}
	return nil, fmt.Errorf("servers: no free port: %w", err)
}

func freePort() (int, error) {
	l, err := freeListener()
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// newPassword is different for every server, so that a client which reaches the wrong one is told so.
func newPassword() string { return "Pw-" + strings.ToLower(rand.Text()) }
