package demo

import (
	"context"
	"fmt"
	"time"
)

// steadyRuns is how many runs of the steady load there are.
const steadyRuns = 3

// withoutBeta names our driver without early renewal.
const withoutBeta = "dedupe_beta=0"

// results are the figures of all runs.
type results struct {
	plainRush, ourRush          figures
	plainSteady, noBeta, steady figures
}

// show plays all runs and prints what came out.
func (o *options) show(ctx context.Context, s *screen, g *stage) error {
	ours := g.t.config
	ours.TTL = o.ttl
	noBeta := ours
	noBeta.Beta = -1 // what dedupe_beta=0 sets
	rush, stream := atOnce(o.callers), steadily(o.rate, o.duration)
	var res results
	for _, p := range []struct {
		heading string
		run     run
		out     *figures
	}{
		{fmt.Sprintf("1. Stampede: %s at once, nothing cached.", plural(o.callers, "caller", "callers")),
			run{g.t.plain, nil, rush, false}, &res.plainRush},
		{"", run{g.t.wrapped, &ours, rush, false}, &res.ourRush},
		{fmt.Sprintf("2. Steady load: %s a second for %s; an answer is kept for %s.",
			plural(o.rate, "caller", "callers"), short(o.duration), short(o.ttl)),
			run{g.t.plain, nil, stream, true}, &res.plainSteady},
		{"", run{withoutBeta, &noBeta, stream, true}, &res.noBeta},
		{"", run{g.t.wrapped, &ours, stream, true}, &res.steady},
	} {
		if p.heading != "" {
			s.printf("\n%s\n%s", p.heading, progressHead)
		}
		var err error
		if *p.out, err = g.play(ctx, s, p.run); err != nil {
			return fmt.Errorf("%s: %w", p.run.name, err)
		}
	}
	s.printf("")
	res.table(g.t).print(s)
	s.printf("")
	for _, remark := range res.remarks(g) {
		s.paragraph(remark)
	}
	s.printf("")
	s.paragraph(res.sentence(g.t))
	return nil
}

func (r *results) table(t *target) *table {
	out := &table{}
	out.add(false, columns...)
	out.add(false, "Stampede")
	out.addFigures(t.plain, false, r.plainRush)
	out.addFigures(t.wrapped, true, r.ourRush)
	out.add(false, "Steady load")
	out.addFigures(t.plain, false, r.plainSteady)
	out.addFigures(withoutBeta, false, r.noBeta)
	out.addFigures(t.wrapped, true, r.steady)
	return out
}

// remarks say what the columns mean, and how far from enough the plain driver
// was when callers gave up.
func (r *results) remarks(g *stage) []string {
	out := []string{
		"queries: those that reached the database, counted beneath either driver.",
		"hit rate: callers answered from the cache or by another caller's query.",
		fmt.Sprintf("slow: waited over %s, half a report's time; on a cold cache, everybody.", short(g.alone/2)),
		"dedupe_beta=0: our driver without early renewal (XFetch), to see what it saves.",
	}
	if answered := r.plainRush.callers - r.plainRush.failed; answered > 0 && r.plainRush.failed > 0 {
		all := g.patience * time.Duration(r.plainRush.callers) / time.Duration(answered)
		out = append(out, fmt.Sprintf("no answer: gave up after %s; %s needs about %d s to answer %s.",
			short(g.patience), g.t.plain, int(all.Seconds()), thousands(r.plainRush.callers)))
	}
	if broken := r.plainRush.broken + r.plainSteady.broken; broken > 0 {
		out = append(out, fmt.Sprintf("no answer: for %s it was a connection that broke when others gave up.",
			plural(broken, "caller", "callers")))
	}
	return out
}

// sentence says what the table shows, in figures of the table only.
func (r *results) sentence(t *target) string {
	return fmt.Sprintf("What you see: with %s, %s at once cost the database %s and 99 %% of them were answered "+
		"within %s (%s: %s, %s); over time, %s of %s had to wait for the report (%s without early renewal, %s with %s).",
		t.wrapped, plural(r.ourRush.callers, "caller", "callers"), plural(r.ourRush.queries, "query", "queries"),
		r.ourRush.p99, t.plain, plural(r.plainRush.queries, "query", "queries"), unanswered(r.plainRush),
		nobody(r.steady.slow), thousands(r.steady.callers), thousands(r.noBeta.slow), thousands(r.plainSteady.slow), t.plain)
}

func unanswered(f figures) string {
	if f.failed == 0 {
		return "99 % within " + f.p99.String()
	}
	return thousands(f.failed) + " got no answer"
}

func nobody(n int) string {
	if n == 0 {
		return "nobody"
	}
	return thousands(n)
}
