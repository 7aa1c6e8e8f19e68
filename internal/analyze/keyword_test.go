package analyze

import (
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"os"
	"strconv"
	"strings"
	"testing"
)

// A rule that names a word which is not in the table of keywords would never match.
func TestKeywordsOfRules(t *testing.T) {
	known := keywords()
	takes := map[string]bool{"accept": true, "acceptAny": true, "expect": true, "atWord": true, "atAny": true}
	check := func(lit ast.Expr) {
		b, ok := lit.(*ast.BasicLit)
		if !ok || b.Kind != gotoken.STRING {
			return
		}
		if w, _ := strconv.Unquote(b.Value); w != "" && known[w].word != w {
			t.Errorf("%q is no keyword", w)
		}
	}
	for _, file := range sources(t) {
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				if sel, ok := n.Fun.(*ast.SelectorExpr); ok && takes[sel.Sel.Name] {
					for _, arg := range n.Args {
						check(arg)
					}
				}
			case *ast.BinaryExpr:
				if sel, ok := n.X.(*ast.SelectorExpr); ok && sel.Sel.Name == "word" {
					check(n.Y)
				}
			case *ast.SwitchStmt:
				if sel, ok := n.Tag.(*ast.SelectorExpr); ok && sel.Sel.Name == "word" {
					for _, c := range n.Body.List {
						for _, e := range c.(*ast.CaseClause).List {
							check(e)
						}
					}
				}
			case *ast.FuncDecl:
				return true
			}
			return true
		})
	}
	for _, unit := range intervalUnits {
		if known[unit].word == "" {
			t.Errorf("%q is no keyword", unit)
		}
	}
}

func sources(t *testing.T) []*ast.File {
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	var files []*ast.File
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		f, err := parser.ParseFile(gotoken.NewFileSet(), e.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	return files
}
