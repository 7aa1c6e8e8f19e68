package dedupe_test

import (
	"context"
	"testing"

	"github.com/sqldedupe/sqldedupe/dedupe"
)

// BenchmarkDo is a flight of one caller.
func BenchmarkDo(b *testing.B) {
	var g dedupe.Group[int]
	t := dedupe.Task[int]{Key: "key", Run: func(_ context.Context, dispatch func(string)) (int, error) {
		dispatch("")
		return 1, nil
	}}
	b.ReportAllocs()
	for b.Loop() {
		g.Do(context.Background(), t)
	}
}

// BenchmarkJoin is a caller that joins a flight and leaves it again.
func BenchmarkJoin(b *testing.B) {
	var g dedupe.Group[int]
	ctx, cancel := context.WithCancel(context.Background())
	sent := make(chan struct{})
	t := dedupe.Task[int]{Key: "key", Run: func(ctx context.Context, dispatch func(string)) (int, error) {
		dispatch("")
		close(sent)
		<-ctx.Done()
		return 0, ctx.Err()
	}}
	go g.Do(ctx, t)
	<-sent
	ended, end := context.WithCancel(context.Background())
	end()
	b.ReportAllocs()
	for b.Loop() {
		g.Do(ended, t)
	}
	cancel()
	g.Wait(context.Background())
}
