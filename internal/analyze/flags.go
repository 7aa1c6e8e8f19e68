package analyze

import "strings"

// Flags are properties of a text that bar it from the cache or that a write must be judged by.
type Flags uint16

// The flags. Opaque means that the table sets are incomplete; Cascade that tables which depend on Writes change too;
// ImplicitCommit that an open transaction is committed first. All but the last two make a read uncacheable.
const (
	Volatile Flags = 1 << iota
	SessDep
	SideEffect
	UserFunc
	RowLock
	Temp
	Multi
	Opaque
	Cascade
	Meta
	Copy
	ImplicitCommit
)

var flagNames = [...]string{
	"volatile", "sessdep", "sideeffect", "userfunc", "rowlock", "temp", "multi", "opaque", "cascade", "meta", "copy",
	"implicitcommit",
}

const harmlessFlags = Cascade | ImplicitCommit

// String returns the flags separated by commas.
func (f Flags) String() string {
	var names []string
	for i, n := range flagNames {
		if f&(1<<i) != 0 {
			names = append(names, n)
		}
	}
	return strings.Join(names, ",")
}

// Why a text is not cacheable: the closed set of values of Facts.Reason.
const (
	ReasonNotUnderstood     = "not understood"
	ReasonTooLong           = "text too long"
	ReasonTooDeep           = "nested too deeply"
	ReasonMode              = "unsupported mode"
	ReasonExecutableComment = "executable comment"
	ReasonSeveral           = "several statements"
	ReasonNotRead           = "not a read"
	ReasonVolatile          = "volatile function"
	ReasonMovingDate        = "moving date literal"
	ReasonSession           = "session dependent"
	ReasonSideEffect        = "side effect"
	ReasonUnknownFunction   = "unknown function"
	ReasonUnknownOperator   = "unknown operator"
	ReasonUnknownType       = "unknown type"
	ReasonRowLock           = "row lock"
	ReasonTemporary         = "temporary table"
	ReasonCatalog           = "catalog table"
	ReasonMetadata          = "metadata"
	ReasonSystemColumn      = "system column"
	ReasonSample            = "table sample"
	ReasonVariable          = "session variable"
	ReasonNoTable           = "no table"
)
