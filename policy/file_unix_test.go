//go:build unix

package policy_test

import (
	"os"
	"syscall"
	"testing"
)

// A pipe never answers; the watcher must not wait for it, nor Close.
func TestFileIsPipe(t *testing.T) {
	watch(t, func(w *watched) {
		if err := os.Remove(w.path); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Mkfifo(w.path, 0o600); err != nil {
			t.Fatal(err)
		}
		w.looks(2)
		w.want(1, "1m;beta=1", "sqldedupe: policy file: PATH is no regular file")
	})
}
