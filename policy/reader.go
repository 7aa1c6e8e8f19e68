package policy

import (
	"errors"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// The YAML parser calls itself for each level of nesting and keeps the whole
// path of each node, so these bound what a bad file costs: it can come at any
// time and must not end the program.
const (
	maxFile  = 128 << 10
	maxDepth = 32
)

// reader walks a YAML tree and collects what is wrong with it. It walks rather
// than decodes because a decoder stops at the first error.
type reader struct {
	source string
	errs   []error
}

// field is a key of a mapping with its value.
type field struct {
	key     string
	keyNode ast.Node
	value   ast.Node
}

// fail notes an error at n; n may be nil.
func (r *reader) fail(n ast.Node, format string, args ...any) {
	where := r.source
	if m, ok := n.(*ast.MappingNode); ok && !m.IsFlowStyle && len(m.Values) > 0 {
		n = m.Values[0].Key // m's own place is that of the first colon
	}
	if n != nil && n.GetToken() != nil {
		at := n.GetToken().Position
		where = fmt.Sprintf("%s:%d:%d", r.source, at.Line, at.Column)
	}
	r.errs = append(r.errs, fmt.Errorf("sqldedupe: "+strings.ReplaceAll(where, "%", "%%")+": "+format, args...))
}

// document returns the one document in data, nil with an error noted.
func (r *reader) document(data []byte) ast.Node {
	if len(data) > maxFile {
		r.fail(nil, "larger than %s", FormatSize(maxFile))
		return nil
	}
	file, err := parseYAML(data)
	if err != nil {
		r.syntax(err)
		return nil
	}
	switch {
	case len(file.Docs) > 1:
		r.fail(file.Docs[1].Body, "a second document")
	case len(file.Docs) == 0 || !present(file.Docs[0].Body):
		r.fail(nil, "empty; an empty policy is {}")
	default:
		return file.Docs[0].Body
	}
	return nil
}

// parseYAML turns a panic of the parser into an error.
func parseYAML(data []byte) (file *ast.File, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("cannot be parsed: %v", p)
		}
	}()
	tokens := lexer.Tokenize(string(data))
	if tooDeep(tokens) {
		return nil, fmt.Errorf("nested more than %d deep", maxDepth)
	}
	// The parser would tell of one duplicate key only; fields tells of all.
	return parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
}

// tooDeep counts open brackets, what opens a level on one line, and the columns
// of indentation, of which each level takes one at least.
func tooDeep(tokens token.Tokens) bool {
	line, opened, brackets := 0, 0, 0
	for _, t := range tokens {
		if t.Position.Line != line {
			line, opened = t.Position.Line, 0
			if t.Position.IndentNum > 8*maxDepth {
				return true
			}
		}
		switch t.Type {
		case token.MappingStartType, token.SequenceStartType:
			brackets++
		case token.MappingEndType, token.SequenceEndType:
			brackets--
		case token.SequenceEntryType, token.MappingKeyType, token.AnchorType, token.TagType:
			opened++
		case token.MappingValueType:
			// Beside one another in brackets, within one another outside.
			if brackets <= 0 {
				opened++
			}
		}
		if brackets > maxDepth || opened > maxDepth {
			return true
		}
	}
	return false
}

func (r *reader) syntax(err error) {
	var at yaml.Error
	if errors.As(err, &at) && at.GetToken() != nil {
		p := at.GetToken().Position
		err = fmt.Errorf("sqldedupe: %s:%d:%d: %s", r.source, p.Line, p.Column, at.GetMessage())
	} else {
		err = fmt.Errorf("sqldedupe: %s: %w", r.source, err)
	}
	r.errs = append(r.errs, err)
}

// fields returns the keys and values of the mapping n, each key once.
func (r *reader) fields(n ast.Node, where string) []field {
	m, ok := n.(*ast.MappingNode)
	if !ok {
		r.fail(n, "%s: want a mapping, key: value", where)
		return nil
	}
	var fields []field
	seen := make(map[string]bool)
	for _, v := range m.Values {
		key, ok := r.scalar(v.Key, where, "a plain key")
		if !ok {
			continue
		}
		if seen[key] {
			r.fail(v.Key, "%s: %s is given twice", where, key)
			continue
		}
		seen[key] = true
		fields = append(fields, field{key, v.Key, v.Value})
	}
	return fields
}

// text returns what the scalar n says, without the line breaks that end a
// block, or notes that there is none.
func (r *reader) text(n ast.Node, where string) string {
	s, ok := r.scalar(n, where, "a text")
	if s = strings.TrimRight(s, "\r\n"); ok && s == "" {
		r.fail(n, "%s: empty", where)
	}
	return s
}

// scalar returns what the scalar n says, as written: 1e3 stays 1e3. What the
// place wants is in want.
func (r *reader) scalar(n ast.Node, where, want string) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode, *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.NanNode, *ast.InfinityNode:
		return n.GetToken().Value, true
	case *ast.LiteralNode:
		return n.Value.Value, true
	case *ast.AnchorNode, *ast.AliasNode, *ast.MergeKeyNode, *ast.TagNode:
		r.fail(n, "%s: anchors, aliases and tags have no meaning here", where)
	default:
		r.fail(n, "%s: want %s", where, want)
	}
	return "", false
}

// present reports whether there is anything at n: a section whose entries are
// all commented out is null.
func present(n ast.Node) bool {
	if n == nil {
		return false
	}
	_, null := n.(*ast.NullNode)
	return !null
}
