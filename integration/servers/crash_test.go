package servers_test

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sqldedupe/sqldedupe/integration/servers"
)

// crashDir is set in the test binary that is to crash.
const crashDir = "SERVERS_TEST_CRASH"

// A test binary that is killed cannot clean up. TestCrash is that binary.
func TestCrashedTestLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	// t.TempDir is closed to the servers' accounts.
	dir, err := os.MkdirTemp("/tmp", "crash-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if err := os.Chmod(dir, 0o711); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestCrash$", "-test.v")
	cmd.Env = append(os.Environ(), crashDir+"="+dir, "TMPDIR="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() && lines.Text() != "ready" {
		t.Log(lines.Text())
	}
	if n := len(processesIn(t, dir)); n < 4 {
		t.Errorf("found %d processes of four servers", n)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err == nil {
		t.Error("the test binary ended well")
	}
	eventually(t, "processes and files are gone", func() bool {
		files, err := os.ReadDir(dir)
		return err == nil && len(files) == 0 && len(processesIn(t, dir)) == 0
	})
}

// processesIn are the processes that work in a directory below dir, as all of a server's do.
func processesIn(t *testing.T, dir string) (found []string) {
	t.Helper()
	links, err := filepath.Glob("/proc/[0-9]*/cwd")
	if err != nil {
		t.Fatal(err)
	}
	for _, link := range links {
		state, _ := os.ReadFile(filepath.Join(filepath.Dir(link), "stat"))
		zombie := bytes.Contains(state, []byte(") Z "))
		if cwd, err := os.Readlink(link); err == nil && !zombie && strings.HasPrefix(cwd, dir+"/") {
			found = append(found, link)
		}
	}
	return found
}

func TestCrash(t *testing.T) {
	if os.Getenv(crashDir) == "" {
		return
	}
	servers.SharedPostgres(t)
	servers.MariaDB(t)
	servers.Redis(t)
	servers.Postgres(t).Freeze()
	fmt.Println("ready")
	select {}
}
