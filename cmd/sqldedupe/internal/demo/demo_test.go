package demo

import (
	"bytes"
	"context"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func tiny() *options {
	return &options{callers: 40, rate: 200, duration: 200 * time.Millisecond, ttl: time.Minute,
		patience: 20 * time.Second, queryTime: time.Millisecond, rows: 200}
}

// checkNothingLeft gives the demo a directory for temporary files and checks at
// the end that it left none, and no goroutine.
func checkNothingLeft(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	running := goleak.IgnoreCurrent()
	t.Cleanup(func() {
		goleak.VerifyNone(t, running)
		left, err := os.ReadDir(dir)
		if err != nil || len(left) > 0 {
			t.Errorf("left behind: %v, %v", left, err)
		}
	})
}

func TestDemo(t *testing.T) {
	checkNothingLeft(t)
	var out, errs bytes.Buffer
	if code := tiny().run(t.Context(), &out, &errs); code != 0 || errs.Len() > 0 {
		t.Fatalf("exit code %d, %s", code, &errs)
	}
	if strings.ContainsAny(out.String(), "\r\x1b") {
		t.Error("control codes without a terminal")
	}
	_, table, found := strings.Cut(out.String(), "hit rate")
	if !found {
		t.Fatalf("no table:\n%s", &out)
	}
	for _, want := range [][]string{ // callers, no answer, queries, hit rate
		{"sqlite", "40", "0", "40", "0"},
		{"sqlite-dedupe", "40", "0", "1", "97.5"},
		{"sqlite", "40", "0", "40", "0"},
		{"dedupe_beta=0", "40", "0", "0", "100"},
		{"sqlite-dedupe", "40", "0", "0", "100"},
	} {
		var row []string
		row, table = nextRow(table, want[0])
		if len(row) < 8 || !slices.Equal(row[:5], want) {
			t.Errorf("row %v, want %v ...\n%s", row, want, &out)
		}
	}
}

// nextRow returns the cells of the next row called name, and what follows it.
func nextRow(table, name string) (cells []string, rest string) {
	for line := range strings.Lines(table) {
		rest = table[strings.Index(table, line)+len(line):]
		if cells = strings.Fields(line); len(cells) > 0 && cells[0] == name {
			return cells, rest
		}
	}
	return nil, ""
}

func TestInterrupt(t *testing.T) {
	checkNothingLeft(t)
	o := tiny()
	o.duration = time.Hour
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out := &trigger{text: "Steady load", fire: func() { time.AfterFunc(50*time.Millisecond, cancel) }}
	var errs bytes.Buffer
	if code := o.run(ctx, out, &errs); code != 130 || errs.String() != "sqldedupe demo: interrupted\n" {
		t.Errorf("exit code %d, %q", code, &errs)
	}
}

// A trigger is a writer that calls fire when text is written.
type trigger struct {
	text string
	fire func()
	once sync.Once
}

func (w *trigger) Write(p []byte) (int, error) {
	if strings.Contains(string(p), w.text) {
		w.once.Do(w.fire)
	}
	return len(p), nil
}

func TestWrongUse(t *testing.T) {
	for _, args := range [][]string{{"-callers=0"}, {"-rate=-1"}, {"-ttl=0"}, {"-duration=-1s"}, {"-nix"}, {"word"}} {
		var out, errs bytes.Buffer
		if code := Run(t.Context(), args, &out, &errs); code != 2 || out.Len() > 0 || errs.Len() == 0 {
			t.Errorf("%v: exit code %d, out %q, err %q", args, code, &out, &errs)
		}
	}
}

func TestNoServer(t *testing.T) {
	for _, dsn := range []string{
		"postgres://app:s3cr%2Ft@127.0.0.1:1/x?sslmode=disable",
		"host=127.0.0.1 port=1 user=app password=s3cr/t dbname=x sslmode=disable",
		"app:s3cr/t@tcp(127.0.0.1:1)/x",
		"app:s3cr/t@tcp(127.0.0.1:1)/x?dedupe_ttl=1s",
		"postgres://app:s3cr/t@127.0.0.1:none/x",
		"app:s3cr/t@tcp(127.0.0.1:1)",
		"./shop.db",
	} {
		var out, errs bytes.Buffer
		code := Run(t.Context(), []string{"-dsn", dsn}, &out, &errs)
		if code != 1 || errs.Len() == 0 {
			t.Errorf("%s: exit code %d, %q", dsn, code, &errs)
		}
		if all := out.String() + errs.String(); strings.Contains(all, "s3cr") {
			t.Errorf("%s: password shown: %s", dsn, all)
		}
	}
}
