package policy_test

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sqldedupe/sqldedupe/policy"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const every = time.Second

// watched is a policy file in a bubble, where time passes when nothing else
// can.
type watched struct {
	*testing.T
	path string
	file *policy.File

	mu     sync.Mutex // guards errors
	errors []string
}

func watch(t *testing.T, f func(w *watched)) {
	synctest.Test(t, func(t *testing.T) {
		w := &watched{T: t, path: filepath.Join(t.TempDir(), "policy.yaml")}
		w.write("tables: {a: 1m}")
		var err error
		w.file, err = policy.OpenEvery(w.path, policy.Options{Beta: 1}, "b=2m", w.tell, every)
		if err != nil {
			t.Fatal(err)
		}
		defer w.file.Close()
		w.want(1, "1m;beta=1")
		f(w)
	})
}

func (w *watched) tell(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.errors = append(w.errors, err.Error())
}

func (w *watched) write(yaml string) {
	w.Helper()
	if err := os.WriteFile(w.path, []byte(yaml), 0o600); err != nil {
		w.Fatal(err)
	}
}

// rename is how editors and config maps put a new file in the old one's place.
func (w *watched) rename(yaml string) {
	w.Helper()
	next := w.path + ".next"
	if err := os.WriteFile(next, []byte(yaml), 0o600); err != nil {
		w.Fatal(err)
	}
	if err := os.Rename(next, w.path); err != nil {
		w.Fatal(err)
	}
}

func (w *watched) looks(n int) {
	time.Sleep(time.Duration(n) * every)
	synctest.Wait()
}

func (w *watched) want(version uint64, options string, errors ...string) {
	w.Helper()
	a := w.file.Policy().Decide(policy.Statement{Tables: []string{"a"}})
	b := w.file.Policy().Decide(policy.Statement{Tables: []string{"b"}})
	if w.file.Version() != version || a.Options.String() != options || b.Options.String() != "2m;beta=1" {
		w.Errorf("version %d, a: %s, b: %s", w.file.Version(), a.Options, b.Options)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.errors) != len(errors) {
		w.Fatalf("errors %q, want %q", w.errors, errors)
	}
	for i, want := range errors {
		if got := strings.ReplaceAll(w.errors[i], w.path, "PATH"); got != want {
			w.Errorf("%s, want %s", got, want)
		}
	}
}

func TestFileChanges(t *testing.T) {
	watch(t, func(w *watched) {
		w.write("tables: {a: 5m}")
		w.looks(1)
		w.want(1, "1m;beta=1") // seen once
		w.looks(1)
		w.want(2, "5m;beta=1")
		w.rename("tables: {a: off}")
		w.looks(2)
		w.want(3, "off;beta=1")
		w.looks(10)
		w.want(3, "off;beta=1")
	})
}

func TestFileTouchedOnly(t *testing.T) {
	watch(t, func(w *watched) {
		w.rename("tables: {a: 1m}")
		w.looks(3)
		w.want(1, "1m;beta=1")
	})
}

const badTTL = `sqldedupe: PATH:1:13: tables.a: "5x" is no duration such as 500ms, 30s or 1h30m`

func TestFileBad(t *testing.T) {
	watch(t, func(w *watched) {
		w.write("tables: {a: 5x}")
		w.looks(5)
		w.want(1, "1m;beta=1", badTTL)
		w.rename("tables: {a: 5x}")
		w.looks(5)
		w.want(1, "1m;beta=1", badTTL)
		w.write("tables: {a: 5m}")
		w.looks(2)
		w.want(2, "5m;beta=1", badTTL)
		w.write("tables: {a: 5x}")
		w.looks(2)
		w.want(2, "5m;beta=1", badTTL, badTTL)
	})
}

func TestFileGone(t *testing.T) {
	const gone = "sqldedupe: policy file: stat PATH: no such file or directory"
	watch(t, func(w *watched) {
		if err := os.Remove(w.path); err != nil {
			t.Fatal(err)
		}
		w.looks(1)
		w.write("tables: {a: 2m}") // a moment without the file is nothing
		w.looks(2)
		w.want(2, "2m;beta=1")
		if err := os.Remove(w.path); err != nil {
			t.Fatal(err)
		}
		w.looks(5)
		w.want(2, "2m;beta=1", gone)
		w.write("tables: {a: 3m}")
		w.looks(2)
		w.want(3, "3m;beta=1", gone)
	})
}

// An editor that writes in place is seen at work.
func TestFileHalfWritten(t *testing.T) {
	watch(t, func(w *watched) {
		w.write("")
		w.looks(1)
		w.write("tables: {}")
		w.looks(1)
		w.write("tables: {a: 9m}")
		w.looks(1)
		w.want(1, "1m;beta=1")
		w.looks(1)
		w.want(2, "9m;beta=1")
	})
}

// Config maps replace a link to a directory in the path.
func TestFileThroughLinks(t *testing.T) {
	watch(t, func(w *watched) {
		dir := filepath.Dir(w.path)
		for _, v := range []string{"v1", "v2"} {
			if err := os.Mkdir(filepath.Join(dir, v), 0o700); err != nil {
				t.Fatal(err)
			}
			link(t, v, filepath.Join(dir, "data"))
			link(t, "data/policy.yaml", w.path)
			yaml := "tables: {a: " + strings.TrimPrefix(v, "v") + "h}"
			if err := os.WriteFile(filepath.Join(dir, v, "policy.yaml"), []byte(yaml), 0o600); err != nil {
				t.Fatal(err)
			}
			w.looks(2)
		}
		w.want(3, "2h;beta=1")
	})
}

func link(t *testing.T, target, path string) {
	t.Helper()
	if err := os.Symlink(target, path+".next"); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".next", path); err != nil {
		t.Fatal(err)
	}
}

// With real time a file that stays the same for a while is not read again; a
// change is seen all the same.
func TestFileSettled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "policy.yaml")
	write := func(yaml string, age time.Duration) {
		if err := os.WriteFile(path, []byte(yaml), 0o600); err != nil {
			t.Fatal(err)
		}
		at := time.Now().Add(-age)
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	write("defaults: 1m", time.Hour)
	f, err := policy.OpenEvery(path, policy.Options{}, "", nil, time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for i, yaml := range []string{"defaults: 2m", "defaults: 3m", "defaults: 44m"} {
		write(yaml, time.Minute*time.Duration(50-i))
		for f.Version() != uint64(i+2) {
			time.Sleep(time.Millisecond)
		}
	}
	write("bad", time.Minute) // and nobody to tell
	time.Sleep(20 * time.Millisecond)
	if f.Policy().Defaults().String() != "44m" {
		t.Error(f.Policy().Defaults())
	}
}

func TestOpenErrors(t *testing.T) {
	path := filepath.Join(t.TempDir(), "policy.yaml")
	open := func(tables, want string) {
		t.Helper()
		f, err := policy.Open(path, policy.Options{}, tables, nil)
		if err == nil {
			f.Close()
			t.Fatal("opened")
		}
		if got := strings.ReplaceAll(err.Error(), path, "PATH"); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	open("", "sqldedupe: policy file: stat PATH: no such file or directory")
	if err := os.WriteFile(path, []byte("tables: {a: 5x}"), 0o600); err != nil {
		t.Fatal(err)
	}
	open("", badTTL)
	if err := os.WriteFile(path, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	open("a", `sqldedupe: tables: "a" is not table=ttl or table=off`)
	path = filepath.Dir(path)
	open("", "sqldedupe: policy file: PATH is no regular file")
}

func TestCloseTwice(t *testing.T) {
	path := filepath.Join(t.TempDir(), "policy.yaml")
	if err := os.WriteFile(path, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := policy.Open(path, policy.Options{}, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
	f.Close()
	if f.Policy() == nil || f.Version() != 1 {
		t.Error("the policy is gone")
	}
}
