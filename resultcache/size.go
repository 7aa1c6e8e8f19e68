package resultcache

import "math/bits"

// pageBytes is the unit in which Go's allocator hands out objects above 32 KiB.
const pageBytes = 8 << 10

// heapBytes estimates what an allocation of n bytes takes from the heap: Go rounds up to a size class (table in
// runtime/sizeclasses.go), and an entry of many small objects is a quarter heavier than the sum of its parts.
func heapBytes(n int) int64 {
	switch {
	case n <= 0:
		return 0
	case n <= 32:
		return roundUp(n, 8)
	case n <= 256:
		return roundUp(n, 16)
	case n <= 32<<10:
		return roundUp(n, 1<<(bits.Len(uint(n-1))-4))
	default:
		return roundUp(n, pageBytes)
	}
}

func roundUp(n, step int) int64 { return int64((n + step - 1) / step * step) }
