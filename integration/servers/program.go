package servers

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// A program is an executable that a Debian package installs, and where that package puts it if not in PATH.
type program struct {
	name   string
	debian string
	globs  []string
}

// find prefers the newest of the versioned directories to PATH: Debian's PATH holds only wrappers of PostgreSQL's client
// programs.
func (p program) find() (string, error) {
	var found []string
	for _, glob := range p.globs {
		paths, _ := filepath.Glob(filepath.Join(glob, p.name))
		found = append(found, paths...)
	}
	if len(found) > 0 {
		return slices.MaxFunc(found, func(a, b string) int { return versionIn(a) - versionIn(b) }), nil
	}
	path, err := exec.LookPath(p.name)
	if err != nil {
		return "", fmt.Errorf("servers: %s is neither in PATH nor in %s: install the Debian package %[3]s (apt-get install %[3]s)",
			p.name, strings.Join(p.globs, ", "), p.debian)
	}
	return path, nil
}

// versionIn is the number that ends the last numbered directory of path, 15 in postgresql/15 and pgsql-15, or 0.
func versionIn(path string) (version int) {
	for _, element := range strings.Split(path, string(os.PathSeparator)) {
		number := element[len(strings.TrimRight(element, "0123456789")):]
		if n, err := strconv.Atoi(number); err == nil {
			version = n
		}
	}
	return version
}
