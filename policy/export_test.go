package policy

import "time"

// Combine decides for a statement over one table of each.
func Combine(common Options, each ...Options) Options {
	p := New(common)
	var found []*table
	for _, o := range each {
		found = append(found, &table{options: o})
	}
	return p.combine(found).Options
}

// OpenEvery is Open with a time of its own between two looks.
func OpenEvery(path string, defaults Options, tables string, onError func(error), every time.Duration) (*File, error) {
	return open(path, defaults, tables, onError, every)
}
