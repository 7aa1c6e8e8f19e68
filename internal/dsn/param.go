package dsn

import (
	"fmt"
	"strings"
)

// Param is one parameter of ours: Name is dedupe or starts with dedupe_, Value
// is unescaped and unquoted.
type Param struct{ Name, Value string }

const prefix = "dedupe"

// ours reports whether key names a parameter of ours, and its name with the
// dotted spelling normalised. Only letters, digits, _ and . make a name, so
// that one can be shown without showing what else a broken DSN ran into it.
func ours(key string) (name string, ok bool) {
	after, ok := strings.CutPrefix(key, prefix)
	if !ok || strings.ContainsFunc(after, notName) {
		return "", false
	}
	if after == "" {
		return key, true
	}
	if after[0] != '_' && after[0] != '.' {
		return "", false
	}
	return prefix + "_" + after[1:], true
}

func notName(r rune) bool {
	letter := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
	return !letter && !('0' <= r && r <= '9') && r != '_' && r != '.'
}

func malformed(name, why string) error {
	return fmt.Errorf("sqldedupe: parameter %s: %s", name, why)
}
