// Package explain is the command that tells what the analysis makes of
// statements.
package explain

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"github.com/sqldedupe/sqldedupe/internal/analyze"
)

const usage = `Usage: sqldedupe explain [flags] [statement ...]

Tells what is known of each statement from its text: its class, the tables it
reads and writes, and whether its answer may be kept. Without arguments one
statement a line is read from standard input, with \n, \t and \\ for newline,
tab and backslash. One JSON object a line.

`

// settings are the flags.
type settings struct {
	dialect analyze.Dialect
	mode    analyze.Mode
	json    bool
	missing string // a flag of the contract that this version does not have
}

// Run explains the statements in args, or those in, one a line, to out. It
// returns the exit code.
func Run(args []string, in io.Reader, out, errs io.Writer) int {
	set, statements, err := parse(args, errs)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return 2
	case set.missing != "":
		fmt.Fprintf(errs, "sqldedupe explain: -%s: not available yet\n", set.missing)
		return 1
	}
	w := bufio.NewWriter(out)
	if len(statements) == 0 {
		err = set.explainLines(w, in)
	}
	for i := 0; i < len(statements) && err == nil; i++ {
		err = set.explain(w, statements[i])
	}
	if err == nil {
		err = w.Flush()
	}
	if err != nil {
		fmt.Fprintf(errs, "sqldedupe explain: %v\n", err)
		return 1
	}
	return 0
}

func parse(args []string, errs io.Writer) (set settings, statements []string, err error) {
	flags := flag.NewFlagSet("sqldedupe explain", flag.ContinueOnError)
	flags.SetOutput(errs)
	flags.Usage = func() { fmt.Fprint(errs, usage); flags.PrintDefaults() }
	flags.Func("dialect", "postgres, mysql, mariadb or sqlite (default postgres)", func(v string) error {
		var known bool
		if set.dialect, known = analyze.ParseDialect(v); !known {
			return errors.New("not postgres, mysql, mariadb or sqlite")
		}
		return nil
	})
	flags.Func("mode", "settings of the server, such as ansi_quotes,no_backslash_escapes", func(v string) error {
		var known bool
		if set.mode, known = analyze.ParseMode(v); !known {
			return errors.New("not a list of known settings")
		}
		return nil
	})
	flags.BoolVar(&set.json, "json", true, "one JSON object a line; -json=false for people")
	for name, what := range map[string]string{
		"dsn":    "ask this database's catalog (not available yet)",
		"policy": "show the rule of this policy file that decides (not available yet)",
	} {
		flags.Func(name, what, func(string) error { set.missing = name; return nil })
	}
	err = flags.Parse(args)
	return set, flags.Args(), err
}

// explainLines answers every line with one line, empty ones too, so that
// programs can pair them.
func (set settings) explainLines(w *bufio.Writer, in io.Reader) error {
	r := bufio.NewReader(in)
	for {
		line, err := r.ReadString('\n')
		if err != nil && err != io.EOF {
			return err
		}
		if line == "" {
			return nil
		}
		text := unescape(strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r"))
		if err := set.explain(w, text); err != nil {
			return err
		}
		if r.Buffered() > 0 {
			continue
		}
		// A program may wait for this answer before it sends the next line.
		if err := w.Flush(); err != nil {
			return err
		}
	}
}

// unescaper reads \\ first where it stands, so \\n is a backslash and an n.
var unescaper = strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\t`, "\t")

func unescape(line string) string { return unescaper.Replace(line) }

func (set settings) explain(w io.Writer, text string) error {
	a := answerOf(analyze.Analyze(set.dialect, set.mode, text))
	if set.json {
		return a.writeJSON(w)
	}
	_, err := fmt.Fprintln(w, a)
	return err
}
