package explain

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/sqldedupe/sqldedupe/internal/analyze"
)

// answer is what is said of one statement. Names and order of the fields are
// the contract's.
type answer struct {
	Class      string   `json:"class"`
	Reads      []string `json:"reads"`
	Writes     []string `json:"writes"`
	Everything bool     `json:"everything"`
	Equalities []string `json:"equalities"`
	Cacheable  bool     `json:"cacheable"`
	Reason     string   `json:"reason"`
}

func answerOf(f analyze.Facts) answer {
	return answer{
		Class: f.Class.String(), Reads: texts(f.Reads), Writes: texts(f.Writes), Everything: f.Everything,
		Equalities: texts(f.Equalities), Cacheable: f.Cacheable, Reason: f.Reason,
	}
}

// texts is never nil: a list without elements is [] in JSON, not null.
func texts[T fmt.Stringer](list []T) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = v.String()
	}
	return out
}

// writeJSON writes one line. Operators such as <= stay readable.
func (a answer) writeJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(a)
}

// String is the line for people.
func (a answer) String() string {
	s := a.Class
	if len(a.Reads) > 0 {
		s += ", reads " + strings.Join(a.Reads, ", ")
	}
	switch {
	case a.Everything:
		s += ", may write anything"
	case len(a.Writes) > 0:
		s += ", writes " + strings.Join(a.Writes, ", ")
	}
	if len(a.Equalities) > 0 {
		s += ", where " + strings.Join(a.Equalities, " and ")
	}
	if a.Cacheable {
		return s + ": cacheable"
	}
	return s + ": not cacheable: " + a.Reason
}
