package demo

import (
	"strings"
	"unicode/utf8"
)

// A table is lines of cells: the first column to the left, figures to the
// right. A line of one cell is a heading.
type table struct {
	lines [][]string
	bold  []bool
}

func (t *table) add(bold bool, cells ...string) {
	t.lines, t.bold = append(t.lines, cells), append(t.bold, bold)
}

var columns = []string{"", "callers", "no answer", "queries", "hit rate", "p50", "p99", "slow"}

func (t *table) addFigures(name string, ours bool, f figures) {
	t.add(ours, "  "+name, thousands(f.callers), thousands(f.failed), thousands(f.queries),
		percent(f.hitRate), f.p50.String(), f.p99.String(), thousands(f.slow))
}

// print writes the table, every column as wide as its widest cell.
func (t *table) print(s *screen) {
	widths := t.widths()
	for i, cells := range t.lines {
		var b strings.Builder
		for j, cell := range cells {
			gap := strings.Repeat(" ", widths[j]-utf8.RuneCountInString(cell))
			if j == 0 {
				b.WriteString(cell + gap)
			} else {
				b.WriteString("  " + gap + cell)
			}
		}
		s.line(t.bold[i], strings.TrimRight(b.String(), " "))
	}
}

func (t *table) widths() []int {
	widths := make([]int, len(columns))
	for _, cells := range t.lines {
		for j, cell := range cells {
			widths[j] = max(widths[j], utf8.RuneCountInString(cell))
		}
	}
	return widths
}
