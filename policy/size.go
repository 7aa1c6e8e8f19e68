package policy

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// ParseSize reads a number of bytes: a whole number with an optional unit, kB,
// MB, GB (powers of 1000) or KiB, MiB, GiB (powers of 1024), in any case and
// with or without a blank before it.
func ParseSize(s string) (int64, error) {
	digits := strings.TrimRight(s, "bBiIkKmMgG")
	unit, ok := unitSize(strings.ToLower(s[len(digits):]))
	n, err := strconv.ParseUint(strings.TrimRight(digits, " "), 10, 63)
	switch {
	case err != nil && isRange(err), err == nil && ok && n > uint64(math.MaxInt64/unit):
		return 0, fmt.Errorf("%q is too large", s)
	case err != nil || !ok:
		return 0, fmt.Errorf("%q is no size such as 1048576, 64MiB or 1GB", s)
	}
	return int64(n) * unit, nil
}

func unitSize(unit string) (size int64, ok bool) {
	switch unit {
	case "", "b":
		return 1, true
	case "kb":
		return 1e3, true
	case "mb":
		return 1e6, true
	case "gb":
		return 1e9, true
	case "kib":
		return 1 << 10, true
	case "mib":
		return 1 << 20, true
	case "gib":
		return 1 << 30, true
	}
	return 0, false
}

// FormatSize writes n as ParseSize reads it, exactly, in the largest unit that
// divides it.
func FormatSize(n int64) string {
	for _, unit := range []string{"GiB", "MiB", "KiB", "GB", "MB", "kB"} {
		size, _ := unitSize(strings.ToLower(unit))
		if n != 0 && n%size == 0 {
			return strconv.FormatInt(n/size, 10) + unit
		}
	}
	return strconv.FormatInt(n, 10)
}
