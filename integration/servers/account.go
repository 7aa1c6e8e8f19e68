package servers

import (
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// An account is who a server runs as; nil is whoever runs the test.
type account struct{ uid, gid int }

// serviceAccount is the account called name when the test runs as root, under which PostgreSQL refuses to run and MariaDB
// asks not to.
func serviceAccount(name, debian string) (*account, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup(name)
	if err != nil {
		return nil, fmt.Errorf("servers: no account %q to run the server as: install the Debian package %s: %w", name, debian, err)
	}
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		return nil, fmt.Errorf("servers: account %q: %w", name, err)
	}
	gid, err := strconv.Atoi(u.Gid)
	if err != nil {
		return nil, fmt.Errorf("servers: account %q: %w", name, err)
	}
	return &account{uid, gid}, nil
}

// runAs makes cmd run as a.
func (a *account) runAs(cmd *exec.Cmd) {
	if a == nil {
		return
	}
	cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)}
}

// own gives path to a.
func (a *account) own(path string) error {
	if a == nil {
		return nil
	}
	return os.Chown(path, a.uid, a.gid)
}

// reaches reports whether a may walk down to path.
func (a *account) reaches(path string) bool {
	if a == nil {
		return true
	}
	for {
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm()&0o001 == 0 {
			return false
		}
		if path == filepath.Dir(path) {
			return true
		}
		path = filepath.Dir(path)
	}
}
