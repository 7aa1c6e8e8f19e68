package sqldedupe

import (
	"errors"
	"time"

	"github.com/sqldedupe/sqldedupe/resultcache"
)

// skipFor is how long a statement whose result could not be kept goes straight
// to the database: its callers would only wait for one another.
const skipFor = time.Minute

// skip says why and until when results of a statement are not recorded.
type skip struct {
	reason string
	until  time.Time
}

// errSets says that a statement gave more than one set of rows.
var errSets = errors.New("several result sets")

// skip remembers that a result could not be recorded.
func (st *statement) skip(err error) {
	reason := reasonValue
	switch {
	case errors.Is(err, resultcache.ErrTooLarge):
		reason = reasonTooLarge
	case err == errSets:
		reason = err.Error()
	}
	st.skips.Store(&skip{reason, time.Now().Add(skipFor)})
}

// skipped returns why results of the statement are not recorded now, "" if they are.
func (st *statement) skipped() string {
	s := st.skips.Load()
	if s == nil || time.Now().After(s.until) {
		return ""
	}
	return s.reason
}
