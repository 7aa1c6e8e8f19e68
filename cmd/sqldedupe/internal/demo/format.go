package demo

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// thousands writes n with a comma between groups of three digits.
func thousands[T int | int64](n T) string {
	s := strconv.FormatInt(int64(n), 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// plural is n with the noun for it.
func plural[T int | int64](n T, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return thousands(n) + " " + many
}

// percent rounds down: 100 % is said of all, never of nearly all.
func percent(share float64) string {
	if share <= 0 || share >= 1 {
		return fmt.Sprintf("%.0f %%", share*100)
	}
	return fmt.Sprintf("%.1f %%", math.Floor(share*1000+1e-9)/10)
}

// short writes a duration with two or three digits, enough to compare by.
func short(d time.Duration) string {
	switch {
	case d < 10*time.Millisecond:
		return fmt.Sprintf("%.2f ms", float64(d)/float64(time.Millisecond))
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Round(time.Millisecond).Milliseconds())
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}

// String says of a caller without an answer no more than is known.
func (w wait) String() string {
	if w.failed {
		return "> " + short(w.took)
	}
	return short(w.took)
}
