package analyze

// Facts is what a text says about itself. The zero value claims nothing: unknown and not cacheable; Analyze adds
// Everything to it. The slices and strings may share memory with the analysed text and must not be changed.
type Facts struct {
	Class Class

	// Reads are the relations named as a source anywhere in the text, CTE names removed by scope. The target of a write
	// is among them only if it is named again as a source. Sorted, unique.
	Reads []Name

	// Writes are the targets of data changes and, for DDL, the objects changed. Sorted, unique.
	Writes []Name

	// Everything means that the text may also write tables that Writes does not name.
	Everything bool

	Flags Flags

	// Equalities are conditions that every row found or changed meets, of a statement on one table without join, set
	// operation or OR. A read has them only if no subquery could see other rows, an UPDATE only for columns that it does
	// not assign.
	Equalities []Equality

	Tx TxVerb

	// Ties means that the text may leave state behind on the session that ran it.
	Ties bool

	// Cacheable means that the text is a read whose answer depends on nothing but its arguments, the session's settings
	// and the contents of Reads.
	Cacheable bool

	// Reason is one of the Reason constants, and empty exactly when Cacheable.
	Reason string
}

// Class says what kind of statement a text is. Of several kinds in one text the gravest wins: unknown, ddl, write,
// session, tx, read.
type Class uint8

// The classes.
const (
	Unknown Class = iota
	Read
	Write
	DDL
	Tx
	Session
)

var classNames = [...]string{Unknown: "unknown", Read: "read", Write: "write", DDL: "ddl", Tx: "tx", Session: "session"}

// String returns the class in lower case.
func (c Class) String() string {
	if int(c) < len(classNames) {
		return classNames[c]
	}
	return classNames[Unknown]
}

var classGravity = [...]uint8{Unknown: 5, DDL: 4, Write: 3, Session: 2, Tx: 1, Read: 0}

func graver(a, b Class) Class {
	if classGravity[b] > classGravity[a] {
		return b
	}
	return a
}

// TxVerb is what a statement does to the transaction of its session.
type TxVerb uint8

// The verbs. TwoPhase covers PREPARE TRANSACTION, COMMIT PREPARED, ROLLBACK PREPARED and XA; OtherTx covers SET
// TRANSACTION and texts that hold transaction control beside other statements.
const (
	NoTx TxVerb = iota
	Begin
	Commit
	Rollback
	Savepoint
	RollbackTo
	Release
	CommitChain
	RollbackChain
	TwoPhase
	OtherTx
)

var txNames = [...]string{
	NoTx: "", Begin: "begin", Commit: "commit", Rollback: "rollback", Savepoint: "savepoint",
	RollbackTo: "rollback to", Release: "release", CommitChain: "commit and chain",
	RollbackChain: "rollback and chain", TwoPhase: "two-phase", OtherTx: "other",
}

// String returns the verb in lower case, and nothing for NoTx.
func (v TxVerb) String() string {
	if int(v) < len(txNames) {
		return txNames[v]
	}
	return txNames[OtherTx]
}
