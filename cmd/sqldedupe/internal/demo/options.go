package demo

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"time"
)

const usage = `Usage: sqldedupe demo [flags]

Asks one slow report, all at once and then steadily, first with a plain driver
and then with ours, and prints what reached the database and how long callers
waited. Without -dsn it makes an SQLite database in a temporary directory and
removes it at the end.

`

// options are the flags, and what only tests set.
type options struct {
	dsn      string
	callers  int           // of the stampede
	rate     int           // requests a second of the steady load
	duration time.Duration // of the steady load, for each driver
	ttl      time.Duration

	patience  time.Duration // after which a caller gives up
	queryTime time.Duration // what the report shall take alone
	rows      int           // of the report before it is fitted to queryTime
}

func defaults() options {
	return options{
		callers: 1000, rate: 500, duration: 6 * time.Second, ttl: 2 * time.Second,
		// 1,000 callers of a report of 120 ms are a minute's work for two cores.
		// Nobody would wait that long, and with a limit the demo's length does
		// not depend on the machine.
		patience: 2 * time.Second, queryTime: 120 * time.Millisecond, rows: 2000,
	}
}

// parse reads the flags into o. What is wrong has been told to errs.
func (o *options) parse(args []string, errs io.Writer) error {
	flags := flag.NewFlagSet("sqldedupe demo", flag.ContinueOnError)
	flags.SetOutput(errs)
	flags.Usage = func() { fmt.Fprint(errs, usage); flags.PrintDefaults() }
	flags.StringVar(&o.dsn, "dsn", "", "run on this database: postgres://user:password@host/database, or\n"+
		"user:password@tcp(host:3306)/database for MySQL and MariaDB. Two tables\n"+
		"named sqldedupe_demo_… are created there and dropped at the end.\n"+
		"Parameters of sqldedupe in it are left out: the demo sets its own")
	flags.IntVar(&o.callers, "callers", o.callers, "callers of the stampede, all at once")
	flags.IntVar(&o.rate, "rate", o.rate, "requests a second of the steady load")
	flags.DurationVar(&o.duration, "duration", o.duration, "length of the steady load, for each driver")
	flags.DurationVar(&o.ttl, "ttl", o.ttl, "how long an answer may be kept")
	if err := flags.Parse(args); err != nil {
		return err
	}
	err := o.check()
	if flags.NArg() > 0 {
		err = fmt.Errorf("%q: the demo takes flags only", flags.Arg(0))
	}
	if err != nil {
		fmt.Fprintf(errs, "sqldedupe demo: %v\n", err)
	}
	return err
}

// check keeps a slip of the keyboard from using up the machine.
func (o *options) check() error {
	var errs []error
	for _, c := range []struct {
		ok   bool
		text string
	}{
		{o.callers >= 1 && o.callers <= 100_000, "-callers: not in 1 to 100000"},
		{o.rate >= 1 && o.rate <= 20_000, "-rate: not in 1 to 20000"},
		{o.duration > 0 && o.duration <= 10*time.Minute, "-duration: not above 0 and up to 10m"},
		{o.ttl > 0 && o.ttl <= 24*time.Hour, "-ttl: not above 0 and up to 24h"},
	} {
		if !c.ok {
			errs = append(errs, errors.New(c.text))
		}
	}
	return errors.Join(errs...)
}

// length is about how long the whole demo takes.
func (o *options) length() time.Duration {
	return (2*o.patience + steadyRuns*o.duration + 4*time.Second).Round(time.Second)
}
