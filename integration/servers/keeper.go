package servers

import (
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
)

// The keeper's standard input ends when the test binary does, however that happened: panic, time limit, SIGKILL. A parent
// death signal would not do: it is sent when the starting thread ends, is lost when the server changes its user, and
// leaves a stopped server's children behind.
//
// A killed PostgreSQL leaves a System V segment, for its next start to find. The seventh line of postmaster.pid names it
// (miscadmin.h).
const keeperScript = `
trap '' HUP INT TERM QUIT
last=
while read -r line; do last=$line; done
set -- $last
if [ $# -gt 1 ]; then
	signal=$1
	shift
	kill -s "$signal" "$@"
	n=0
	while kill -0 "$@" && [ $n -lt 50 ]; do
		sleep 0.1
		n=$((n + 1))
	done
fi
if [ -f "$dir/data/postmaster.pid" ]; then
	set -- $(sed -n 7p "$dir/data/postmaster.pid")
	ipcrm -m "$2"
fi
rm -rf -- "$dir"
`

// A keeper is a shell that outlives the test binary for as long as it takes to end a server's processes and remove its
// directory.
type keeper struct {
	cmd *exec.Cmd
	in  io.WriteCloser
}

func startKeeper(dir string) (*keeper, error) {
	cmd := exec.Command("/bin/sh", "-c", keeperScript)
	cmd.Dir = "/"
	cmd.Env = []string{"PATH=/usr/bin:/bin", "dir=" + dir}
	// Its own group, or the terminal's interrupt would end it with the rest.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("servers: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("servers: %w", err)
	}
	return &keeper{cmd, in}, nil
}

// watch replaces what the keeper will do at the end: send signal to pids. No pids, nothing to end.
func (k *keeper) watch(signal string, pids ...int) error {
	words := []string{signal}
	for _, pid := range pids {
		words = append(words, strconv.Itoa(pid))
	}
	_, err := io.WriteString(k.in, strings.Join(words, " ")+"\n")
	return err
}

// close makes the keeper do its work now and waits for it.
func (k *keeper) close() error {
	k.in.Close()
	return k.cmd.Wait()
}
