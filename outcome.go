package sqldedupe

import "time"

// A Kind is what happened to a read.
type Kind uint8

const (
	NoRead    Kind = iota // nothing was read under the context yet, or not through a session of ours
	Bypass                // run on the caller's own connection; Reason says why
	Hit                   // answered from an entry within its ttl
	Miss                  // run on the database for this caller and whoever joined
	Shared                // answered by the query of another caller
	Stale                 // answered from an entry beyond its ttl
	Refreshed             // answered from an entry; a refresh of it was started
)

var kindNames = [...]string{"none", "bypass", "hit", "miss", "shared", "stale", "refreshed"}

func (k Kind) String() string { return kindNames[k] }

// An Outcome tells what happened to one read. The zero value says that nothing
// was read.
type Outcome struct {
	Kind   Kind
	Age    time.Duration // of the entry that answered; 0 for answers of the database
	Rule   string        // of the policy that decided
	Reason string        // why a Bypass, from a closed set of phrases
}

// Reasons of a bypass that do not come from the statement itself.
const (
	reasonTransaction = "in a transaction"
	reasonSession     = "session state"
	reasonHeld        = "the connection is held"
	reasonHint        = "asked for by hint"
	reasonPolicy      = "policy"
	reasonArgument    = "argument not understood"
	reasonTable       = "table not in the catalog"
	reasonTooLarge    = "result too large"
	reasonValue       = "value of unknown type"
	reasonObserve     = "observe"
	reasonServer      = "server not understood"
	reasonAutocommit  = "autocommit off"
	reasonVolatile    = "volatile argument"
)

// tell reports what happened to whoever asked, and counts it.
func (m *middleware) tell(h *hints, o Outcome) {
	m.c.stats.count(o)
	if h.outcome != nil {
		*h.outcome = o
	}
}
