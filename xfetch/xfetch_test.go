package xfetch_test

import (
	"math"
	"testing"
	"time"

	"github.com/sqldedupe/sqldedupe/xfetch"
	"pgregory.net/rapid"
)

var (
	nan = math.NaN()
	inf = math.Inf(1)
)

func TestFires(t *testing.T) {
	tests := []struct {
		name             string
		remaining, delta time.Duration
		beta, exp        float64
		want             bool
	}{
		{"drawn just far enough", 2 * time.Second, time.Second, 1, 2, true},
		{"drawn just short", 2 * time.Second, time.Second, 1, 1.999, false},
		{"beta doubles the reach", 2 * time.Second, time.Second, 2, 1, true},
		{"expired", 0, time.Second, 1, 0, true},
		{"long expired", -time.Hour, time.Second, 1, 0, true},
		{"expired whatever the rest", 0, -1, nan, nan, true},
		{"beta 0", 1, time.Hour, 0, inf, false},
		{"beta negative", 1, time.Hour, -1, 9, false},
		{"beta NaN", 1, time.Hour, nan, 9, false},
		{"beta infinite, drawn 0", 1, time.Hour, inf, 0, false},
		{"exp NaN", 1, time.Hour, 1, nan, false},
		{"delta 0", 1, 0, 1, inf, false},
		{"delta negative", 1, -time.Hour, 1, 9, false},
		{"largest numbers", math.MaxInt64, math.MaxInt64, math.MaxFloat64, 9, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := xfetch.Fires(tt.remaining, tt.delta, tt.beta, tt.exp); got != tt.want {
				t.Errorf("Fires(%v, %v, %v, %v) = %v", tt.remaining, tt.delta, tt.beta, tt.exp, got)
			}
		})
	}
}

func TestClamp(t *testing.T) {
	tests := []struct {
		name       string
		delta, ttl time.Duration
		beta       float64
		want       time.Duration
	}{
		{"short query", time.Second, time.Minute, 1, time.Second},
		{"long query", 10 * time.Second, time.Minute, 1, 3 * time.Second},
		{"beta counts", 10 * time.Second, time.Minute, 2, 1500 * time.Millisecond},
		{"beta 0", 10 * time.Second, time.Minute, 0, 10 * time.Second},
		{"beta NaN", 10 * time.Second, time.Minute, nan, 10 * time.Second},
		{"beta infinite", 10 * time.Second, time.Minute, inf, 0},
		{"beta tiny", math.MaxInt64, time.Minute, 5e-324, math.MaxInt64},
		{"no ttl", time.Second, 0, 1, 0},
		{"negative", -1, time.Minute, 1, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := xfetch.Clamp(tt.delta, tt.ttl, tt.beta); got != tt.want {
				t.Errorf("Clamp = %v, want %v", got, tt.want)
			}
		})
	}
}

func TestClampBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		delta := time.Duration(rapid.Int64().Draw(t, "delta"))
		ttl := time.Duration(rapid.Int64().Draw(t, "ttl"))
		beta := rapid.Float64().Draw(t, "beta")
		got := xfetch.Clamp(delta, ttl, beta)
		if got < 0 || got > max(delta, 0) {
			t.Fatalf("Clamp = %v", got)
		}
		reach, limit := beta*float64(got), float64(max(ttl, 0))/xfetch.ClampShare
		if reach > limit*(1+1e-9) {
			t.Fatalf("beta*delta = %v, ttl/%d = %v", reach, xfetch.ClampShare, limit)
		}
	})
}

func TestSmooth(t *testing.T) {
	tests := []struct{ old, sample, want time.Duration }{
		{0, 40, 40},
		{-1, 40, 40},
		{40, 80, 50},
		{80, 40, 70},
		{40, 0, 30},
		{40, -5, 40},
		{-5, -5, 0},
		{math.MaxInt64, 0, math.MaxInt64 - math.MaxInt64/4},
	}
	for _, tt := range tests {
		if got := xfetch.Smooth(tt.old, tt.sample); got != tt.want {
			t.Errorf("Smooth(%d, %d) = %d, want %d", tt.old, tt.sample, got, tt.want)
		}
	}
}

// H105: jitter subtracts only.
func TestJitterSubtractsOnly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ttl := time.Duration(rapid.Int64().Draw(t, "ttl"))
		fraction, u := rapid.Float64().Draw(t, "fraction"), rapid.Float64().Draw(t, "u")
		got := xfetch.Jitter(ttl, fraction, u)
		if got > ttl || ttl > 0 && got <= 0 {
			t.Fatalf("Jitter(%d, %v, %v) = %d", ttl, fraction, u, got)
		}
	})
}

func TestJitter(t *testing.T) {
	tests := []struct {
		ttl         time.Duration
		fraction, u float64
		want        time.Duration
	}{
		{100, 0.5, 0.5, 75},
		{100, 0, 0.9, 100},
		{100, 0.5, 0, 100},
		{100, nan, 0.5, 100},
		{100, 0.5, nan, 100},
		{100, 1, 0.5, 100},
		{100, -1, 0.5, 100},
		{1, 0.999, 0.999, 1},
		{0, 0.5, 0.5, 0},
		{-7, 0.5, 0.5, -7},
	}
	for _, tt := range tests {
		if got := xfetch.Jitter(tt.ttl, tt.fraction, tt.u); got != tt.want {
			t.Errorf("Jitter(%d, %v, %v) = %d, want %d", tt.ttl, tt.fraction, tt.u, got, tt.want)
		}
	}
}
