package main

import (
	"context"
	"fmt"
	"io"

	"github.com/sqldedupe/sqldedupe/cmd/sqldedupe/internal/demo"
	"github.com/sqldedupe/sqldedupe/cmd/sqldedupe/internal/explain"
)

// A command is one word behind sqldedupe. run gets the arguments after it and
// returns the exit code.
type command struct {
	name, summary string
	run           func(ctx context.Context, args []string, s streams) int
}

func commands() []command {
	return []command{
		{"demo", "a stampede and steady load, on the plain driver and on ours, in half a minute",
			func(ctx context.Context, args []string, s streams) int { return demo.Run(ctx, args, s.out, s.err) }},
		{"explain", "what is known of statements: what they read and write, whether they are cached, why not",
			func(_ context.Context, args []string, s streams) int { return explain.Run(args, s.in, s.out, s.err) }},
		notYet("simulate", "expiry rules compared on a model"),
		notYet("check", "a history of reads and writes, checked for stale answers"),
		notYet("bench", "the cost of a hit, a miss and a bypass on this machine"),
	}
}

// notYet is a command of the contract that this version does not have.
func notYet(name, summary string) command {
	return command{name, summary + " (not available yet)", func(_ context.Context, _ []string, s streams) int {
		fmt.Fprintf(s.err, "sqldedupe %s: not available yet\n", name)
		return 1
	}}
}

func usage(w io.Writer) {
	fmt.Fprint(w, "Usage: sqldedupe <command> [flags]\n\n")
	for _, c := range commands() {
		fmt.Fprintf(w, "  %-9s %s\n", c.name, c.summary)
	}
	fmt.Fprint(w, "\nsqldedupe <command> -h lists the flags of a command.\n")
}
