// Package demo is the command that shows what the drivers do: a stampede and
// steady load on one slow report, with a plain driver and with ours.
package demo

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"
)

// Run shows the demo on out and returns the exit code. It ends soon after ctx,
// and in every case removes what it made.
func Run(ctx context.Context, args []string, out, errs io.Writer) int {
	o := defaults()
	switch err := o.parse(args, errs); {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return 2
	}
	return o.run(ctx, out, errs)
}

func (o *options) run(ctx context.Context, out, errs io.Writer) int {
	s := newScreen(out)
	err := o.demo(ctx, s)
	s.erase()
	var left leftBehind
	switch {
	case ctx.Err() != nil: // the error is its consequence, in the words of some driver
		fmt.Fprintln(errs, "sqldedupe demo: interrupted")
		if errors.As(err, &left) {
			fmt.Fprintf(errs, "sqldedupe demo: %v\n", left)
		}
		return 130
	case err != nil:
		fmt.Fprintf(errs, "sqldedupe demo: %v\n", err)
		return 1
	}
	return 0
}

// demo finds the database and runs everything on it.
func (o *options) demo(ctx context.Context, s *screen) (err error) {
	if o.dsn != "" {
		t, err := targetOf(o.dsn)
		if err != nil {
			return err
		}
		return t.safe(o.on(ctx, s, t))
	}
	dir, err := os.MkdirTemp("", "sqldedupe-demo-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, leftBehindIf(os.RemoveAll(dir))) }()
	return o.on(ctx, s, sqliteIn(dir))
}

// on shows the demo on a database.
func (o *options) on(ctx context.Context, s *screen, t *target) (err error) {
	db, err := sql.Open(t.plain, t.dsn)
	if err != nil {
		return err
	}
	defer db.Close()
	if err := db.PingContext(ctx); err != nil {
		return err
	}
	s.printf("One slow report, asked by many: first through %s, then %s (%d s).\n",
		t.plain, t.wrapped, int(o.length().Seconds()))
	r := newReport()
	defer func() { err = errors.Join(err, dropIn(db, t, r)) }()
	var alone time.Duration
	s.during(func() string { return "Making the tables of the report ..." },
		func() { alone, err = o.prepare(ctx, db, r) })
	if err != nil {
		return err
	}
	s.paragraph(fmt.Sprintf("The report joins %s rows of %s and takes %s when nobody else asks. "+
		"Either driver may use %d connections; a caller gives up after %s.",
		thousands(r.rows), t.place, short(alone), t.conns, short(o.patience)))
	return o.show(ctx, s, &stage{t: t, report: r, db: db, alone: alone, patience: o.patience})
}

// prepare makes the report and returns what it takes alone.
func (o *options) prepare(ctx context.Context, db *sql.DB, r *report) (time.Duration, error) {
	if err := r.create(ctx, db); err != nil {
		return 0, err
	}
	return r.fit(ctx, db, o.rows, o.queryTime)
}

// dropIn drops the tables even after an interrupt.
func dropIn(db *sql.DB, t *target, r *report) error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return leftBehindIf(t.safe(r.drop(ctx, db)))
}

// leftBehind is an error of cleaning up, which is told in every case.
type leftBehind struct{ error }

func leftBehindIf(err error) error {
	if err == nil {
		return nil
	}
	return leftBehind{err}
}
