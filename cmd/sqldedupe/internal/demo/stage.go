package demo

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/sqldedupe/sqldedupe"
)

// A stage is where the runs take place.
type stage struct {
	t        *target
	report   *report
	db       *sql.DB       // plain and not counted, where the report was made
	alone    time.Duration // what the report takes when nobody else asks
	patience time.Duration
}

// A run is one crowd on one driver, which starts cold.
type run struct {
	name   string
	config *sqldedupe.Config // nil for the plain driver
	arrive func(context.Context, *crowd)
	warm   bool // the report has been asked for once before
}

// play runs r on a database handle of its own and shows it.
func (g *stage) play(ctx context.Context, s *screen, r run) (f figures, err error) {
	count := &counter{text: g.report.query}
	db, err := g.t.open(ctx, count, r.config)
	if err != nil {
		return f, err
	}
	defer db.Close()
	if r.config != nil {
		if err := mustKeep(db, g.report.query); err != nil {
			return f, err
		}
	}
	if r.warm {
		if _, err := g.report.ask(ctx, db); err != nil {
			return f, err
		}
		count.queries.Store(0)
	}
	c := &crowd{db: db, report: g.report, patience: g.patience}
	start := time.Now()
	progress := func() string { return progressLine(r.name, time.Since(start), c, count) }
	var waits []wait
	s.during(progress, func() { waits, err = c.run(ctx, r.arrive) })
	if err != nil {
		return f, err
	}
	s.line(false, progress())
	if r.config == nil {
		err = g.settle(ctx)
	}
	return figuresOf(waits, count.queries.Load(), g.alone/2), err
}

// settle waits, for a while, until the database has got over a run of the plain
// driver: servers go on with queries whose callers have gone.
func (g *stage) settle(ctx context.Context) error {
	for end := time.Now().Add(settleTime); time.Now().Before(end); {
		took, err := g.report.alone(ctx, g.db, 1)
		if err != nil || took < g.alone*5/4 {
			return err
		}
	}
	return nil
}

const settleTime = time.Second

const progressHead = "                        time  waiting  answered  no answer  queries"

func progressLine(name string, took time.Duration, c *crowd, count *counter) string {
	// In this order nobody is ever counted as gone before having come.
	answered, failed := c.answered.Load(), c.gaveUp.Load()+c.broken.Load()
	waiting := c.started.Load() - answered - failed
	return fmt.Sprintf("  %-18s %5.1f s %8s %9s %10s %8s", name, took.Seconds(), thousands(waiting),
		thousands(answered), thousands(failed), thousands(count.queries.Load()))
}
