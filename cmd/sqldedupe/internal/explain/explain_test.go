package explain

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
)

// TestGolden compares against testdata/golden.txt: a command line, what comes
// in behind "< ", what goes out behind "> ".
func TestGolden(t *testing.T) {
	data, err := os.ReadFile("testdata/golden.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range strings.Split(strings.TrimSpace(string(data)), "\n\n") {
		command, rest, _ := strings.Cut(block, "\n")
		var in, want strings.Builder
		for line := range strings.Lines(rest + "\n") {
			if text, ok := strings.CutPrefix(line, "< "); ok {
				in.WriteString(text)
			} else {
				want.WriteString(strings.TrimPrefix(line, "> "))
			}
		}
		var out, errs bytes.Buffer
		code := Run(strings.Fields(command)[1:], strings.NewReader(in.String()), &out, &errs)
		if code != 0 || errs.Len() > 0 || out.String() != want.String() {
			t.Errorf("%s: exit code %d, %s\ngot\n%swant\n%s", command, code, &errs, &out, &want)
		}
	}
}

func TestArguments(t *testing.T) {
	var out, errs bytes.Buffer
	code := Run([]string{"-json=false", "SELECT a FROM t", `SELECT '\n' FROM t`}, nil, &out, &errs)
	if want := strings.Repeat("read, reads t: cacheable\n", 2); code != 0 || out.String() != want {
		t.Errorf("exit code %d, got %q, want %q, %s", code, &out, want, &errs)
	}
}

func TestUnescape(t *testing.T) {
	if got := unescape(`a\nb\tc\\nd\\\n\x\`); got != "a\nb\tc\\nd\\\n\\x\\" {
		t.Errorf("%q", got)
	}
}

func TestWrongUse(t *testing.T) {
	for args, want := range map[string]int{
		"-dialect=oracle": 2, "-mode=nix": 2, "-nix": 2, "-dsn=x": 1, "-policy=x": 1,
	} {
		var out, errs bytes.Buffer
		if code := Run([]string{args}, nil, &out, &errs); code != want || out.Len() > 0 || errs.Len() == 0 {
			t.Errorf("%s: exit code %d, out %q, err %q", args, code, &out, &errs)
		}
	}
}

// A program that sends a statement and waits for its line must not wait for
// the end of what it sends.
func TestAnswersAtOnce(t *testing.T) {
	in, send := io.Pipe()
	receive, out := io.Pipe()
	go func() {
		if code := Run(nil, in, out, io.Discard); code != 0 {
			out.CloseWithError(fmt.Errorf("exit code %d", code))
		}
		out.Close()
	}()
	line := make([]byte, 1000)
	for range 3 {
		io.WriteString(send, "SELECT 1\n")
		if n, err := receive.Read(line); err != nil || line[n-1] != '\n' {
			t.Fatalf("%q, %v", line[:n], err)
		}
	}
	send.Close()
	if _, err := receive.Read(line); err != io.EOF {
		t.Error(err)
	}
}

func TestWriteFails(t *testing.T) {
	_, w := io.Pipe()
	w.Close()
	var errs bytes.Buffer
	if code := Run([]string{"SELECT 1"}, nil, w, &errs); code != 1 || errs.Len() == 0 {
		t.Errorf("exit code %d, %q", code, &errs)
	}
}
