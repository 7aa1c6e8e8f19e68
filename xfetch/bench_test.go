package xfetch_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/sqldedupe/sqldedupe/xfetch"
)

func BenchmarkFires(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		xfetch.Fires(time.Minute, time.Second, 1, rand.ExpFloat64())
	}
}

func BenchmarkClamp(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		xfetch.Clamp(time.Second, time.Minute, 1)
	}
}

func BenchmarkJitter(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		xfetch.Jitter(time.Minute, 0.1, rand.Float64())
	}
}
