package sqldedupe_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/sqldedupe/sqldedupe"

// imports returns what the packages of this module import, by their directory,
// tests apart.
func imports(t *testing.T) map[string][]string {
	t.Helper()
	found := make(map[string][]string)
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		name = filepath.ToSlash(name)
		switch {
		case err != nil:
			return err
		case d.IsDir() && (name == "integration" || d.Name() == "testdata" || len(d.Name()) > 1 && d.Name()[0] == '.'):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		dir := path.Dir(name)
		for _, spec := range file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			found[dir] = append(found[dir], imported)
		}
		return nil
	})
	must(t, err)
	return found
}

// under reports whether dir is one of places or below one that ends in a slash.
func under(dir string, places []string) bool {
	return slices.ContainsFunc(places, func(p string) bool {
		return dir == strings.TrimSuffix(p, "/") || strings.HasSuffix(p, "/") && strings.HasPrefix(dir, p)
	})
}

// only says in which packages a dependency may be imported; a name that ends
// in a slash stands for all packages below it.
var only = map[string][]string{
	"database/sql/driver":            {".", "drivers/", "cmd/", "internal/fakedb"},
	"github.com/ngrok/sqlmw":         {"."},
	"github.com/maypok86/otter/":     {"resultcache"},
	"github.com/goccy/":              {"policy"},
	"github.com/redis/":              {"resultcache/redistier"},
	"github.com/jackc/":              {"drivers/pgx", "cmd/"},
	"github.com/go-sql-driver/":      {"drivers/mysql", "cmd/"},
	"modernc.org/":                   {"drivers/sqlite", "cmd/"},
	module + "/internal/fakedb":      {},
	module + "/internal/model":       {},
	module + "/drivers/":             {"cmd/"},
	module + "/drivers/internal/":    {"drivers/"},
	module + "/cmd/":                 {"cmd/"},
	module + "/dashboard":            {"cmd/"},
	"pgregory.net/rapid":             {},
	"go.uber.org/goleak":             {},
	"github.com/DATA-DOG/go-sqlmock": {},
}

// leaves import nothing of this module.
var leaves = []string{
	"dedupe", "resultcache/", "policy", "xfetch", "internal/analyze/", "internal/words", "internal/dsn", "internal/fakedb",
}

// The arrows between packages: leaves know nothing of each other, and what is
// heavy stays with the one package that needs it.
func TestImportArrows(t *testing.T) {
	found := imports(t)
	for _, dir := range []string{".", "dedupe", "resultcache", "policy", "internal/words", "internal/fakedb", "drivers/pgx"} {
		if len(found[dir]) == 0 {
			t.Errorf("nothing was found in %s", dir)
		}
	}
	for dir, imported := range found {
		for _, name := range imported {
			if under(dir, leaves) && ours(name) && !strings.HasPrefix(name, module+"/"+dir+"/") {
				t.Errorf("%s, a leaf, imports %s", dir, name)
			}
			if p, restricted := restriction(name); restricted && !under(dir, p) {
				t.Errorf("%s imports %s", dir, name)
			}
		}
	}
}

func ours(name string) bool { return name == module || strings.HasPrefix(name, module+"/") }

// restriction returns the places of the longest rule that name falls under.
func restriction(name string) (places []string, found bool) {
	longest := 0
	for rule, p := range only {
		if under(name, []string{rule}) && len(rule) > longest {
			places, longest = p, len(rule)
		}
	}
	return places, longest > 0
}

// Only the drivers compile database clients: the root does without.
func TestRootIsLight(t *testing.T) {
	found := imports(t)
	seen := make(map[string]bool)
	var visit func(dir string)
	visit = func(dir string) {
		if seen[dir] {
			return
		}
		seen[dir] = true
		for _, name := range found[dir] {
			if ours(name) {
				visit(path.Join(".", strings.TrimPrefix(strings.TrimPrefix(name, module), "/")))
			}
		}
	}
	visit(".")
	for dir := range seen {
		if strings.HasPrefix(dir, "drivers") || strings.HasPrefix(dir, "cmd") || dir == "internal/fakedb" {
			t.Errorf("the root reaches %s", dir)
		}
	}
	if !seen["internal/words"] {
		t.Error("the walk is wrong: the root does not reach internal/words")
	}
}
