package casefile

import (
	"fmt"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"handover/diagnostic"
)

// field is what the struct tags of a Go field say about a key. The same tags
// make the JSON Schema, so that an editor and the loader agree.
type field struct {
	key      string
	index    int
	required bool
	// words lists the only words allowed, when not empty.
	words []string
	// loose lets a number stand where text is expected: equations.
	loose bool
}

func fieldsOf(t reflect.Type) []field {
	var fields []field
	for i := range t.NumField() {
		key := t.Field(i).Tag.Get("yaml")
		if key == "" || key == "-" {
			continue
		}
		f := field{key: key, index: i}
		for option := range strings.SplitSeq(t.Field(i).Tag.Get("jsonschema"), ",") {
			switch {
			case option == "required":
				f.required = true
			case strings.HasPrefix(option, "enum="):
				f.words = append(f.words, strings.TrimPrefix(option, "enum="))
			case option == "oneof_type=string;number":
				f.loose = true
			}
		}
		fields = append(fields, f)
	}
	return fields
}

// decode fills the struct that into points at from the document and notes the
// place of every value. It goes on after a mistake, so that all are found.
func (d *document) decode(into any) {
	if d.root == nil {
		return
	}
	d.value(d.root, reflect.ValueOf(into).Elem(), "", field{})
	if _, ok := d.root.(ast.MapNode); !ok {
		d.root = nil
	}
	if len(d.list) > mostMistakes {
		d.root, d.list = nil, d.list[:mostMistakes]
		d.report(d.list[mostMistakes-1].Position, "too-many-mistakes", "", fmt.Sprintf("the file has more mistakes than these %d", mostMistakes), "mend these first")
	}
}

func (d *document) value(n ast.Node, v reflect.Value, path string, f field) {
	if len(d.list) > mostMistakes {
		return
	}
	p := d.nodePosition(n)
	d.positions[path] = p
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		d.value(n, v.Elem(), path, f)
	case reflect.Struct:
		d.group(n, v, path)
	case reflect.Slice:
		list, ok := n.(*ast.SequenceNode)
		if !ok {
			d.mismatch(p, path, "a list", n, "")
			return
		}
		if len(list.Values) > mostItems {
			d.report(p, "too-large", path, fmt.Sprintf("the list has %d items; at most %d are allowed", len(list.Values), mostItems), "")
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), len(list.Values), len(list.Values)))
		for i, item := range list.Values {
			d.value(item, v.Index(i), fmt.Sprintf("%s[%d]", path, i), field{words: f.words})
		}
	case reflect.String:
		d.text(n, v, path, f)
	case reflect.Float64:
		if x, ok := d.number(n, path); ok {
			v.SetFloat(x)
		}
	case reflect.Int:
		x, ok := d.number(n, path)
		switch {
		case !ok:
		case x != math.Trunc(x) || math.Abs(x) > 1e9:
			d.report(p, "wrong-type", path, fmt.Sprintf("expected a whole number, found %s", n.GetToken().Value), "")
		default:
			v.SetInt(int64(x))
		}
	case reflect.Bool:
		b, ok := n.(*ast.BoolNode)
		if !ok {
			d.mismatch(p, path, "true or false", n, "")
			return
		}
		v.SetBool(b.Value)
	}
}

func (d *document) group(n ast.Node, v reflect.Value, path string) {
	fields := fieldsOf(v.Type())
	keys := make([]string, len(fields))
	for i, f := range fields {
		keys[i] = f.key
	}
	var values []*ast.MappingValueNode
	switch n := n.(type) {
	case *ast.MappingNode:
		values = n.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{n}
	default:
		d.mismatch(d.nodePosition(n), path, "keys with values ("+strings.Join(keys, ", ")+")", n, "")
		return
	}
	first := map[string]int{}
	for _, pair := range values {
		p := d.nodePosition(pair.Key)
		text, ok := pair.Key.(*ast.StringNode)
		if !ok {
			d.report(p, "unknown-key", path, fmt.Sprintf("%s cannot be a key; expected one of %s", describe(pair.Key), strings.Join(keys, ", ")), "")
			continue
		}
		key := text.Value
		i := slices.Index(keys, key)
		if i < 0 {
			hint := diagnostic.DidYouMean(key, keys)
			if hint == "" {
				hint = "expected one of " + strings.Join(keys, ", ")
			}
			d.report(p, "unknown-key", join(path, key), "unknown key", hint)
			if meant := diagnostic.Nearest(key, keys); meant != "" {
				d.spoiled[join(path, meant)] = true
			}
			continue
		}
		if line, ok := first[key]; ok {
			d.report(p, "duplicate-key", join(path, key), fmt.Sprintf("the key is given twice; the first is on line %d", line), "remove one")
			continue
		}
		first[key] = p.Line
		if null(pair.Value) {
			d.report(p, "no-value", join(path, key), "the key has no value", "give one, or remove the key")
			continue
		}
		d.value(pair.Value, v.Field(fields[i].index), join(path, key), fields[i])
	}
	for _, f := range fields {
		if _, ok := first[f.key]; f.required && !ok && !d.spoiled[join(path, f.key)] {
			d.report(d.at(path), "missing-key", join(path, f.key), "the required key is missing", "")
		}
	}
}

func (d *document) text(n ast.Node, v reflect.Value, path string, f field) {
	p := d.nodePosition(n)
	var s string
	switch n := n.(type) {
	case *ast.StringNode:
		s = n.Value
	case *ast.LiteralNode:
		s = strings.TrimRight(n.Value.Value, "\n")
	case *ast.IntegerNode, *ast.FloatNode:
		if !f.loose {
			d.mismatch(p, path, "text", n, fmt.Sprintf("put it in quotes: %q", n.GetToken().Value))
			return
		}
		s = n.GetToken().Value
	case *ast.BoolNode:
		d.mismatch(p, path, "text", n, fmt.Sprintf("put it in quotes: %q", n.GetToken().Value))
		return
	default:
		d.mismatch(p, path, "text", n, "")
		return
	}
	d.scalars[path] = s
	if strings.TrimSpace(s) == "" {
		d.report(p, "no-value", path, "the text is empty", "give a value, or remove the key")
		return
	}
	if len(f.words) > 0 && !slices.Contains(f.words, s) {
		d.report(p, "unknown-word", path, fmt.Sprintf("%q is not allowed here; expected one of %s", s, strings.Join(f.words, ", ")), diagnostic.DidYouMean(s, f.words))
		return
	}
	v.SetString(s)
}

// decimal is how a number is written in a case.
var decimal = regexp.MustCompile(`^[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?$`)

func (d *document) number(n ast.Node, path string) (float64, bool) {
	p := d.nodePosition(n)
	switch n := n.(type) {
	case *ast.IntegerNode, *ast.FloatNode:
	case *ast.StringNode:
		// The YAML library takes some decimals, such as 1e400, for text.
		if n.Token.Type == token.StringType && decimal.MatchString(n.Value) {
			break
		}
		hint := ""
		if decimal.MatchString(n.Value) {
			hint = "remove the quotes"
		}
		d.mismatch(p, path, "a number", n, hint)
		return 0, false
	default:
		d.mismatch(p, path, "a number", n, "")
		return 0, false
	}
	written := n.GetToken().Value
	x, err := strconv.ParseFloat(written, 64)
	if !decimal.MatchString(written) {
		d.report(p, "wrong-type", path, fmt.Sprintf("expected a decimal number, found %s", written), "")
		return 0, false
	}
	if err != nil || math.IsInf(x, 0) {
		d.report(p, "wrong-type", path, fmt.Sprintf("the number %s is too large", written), "")
		return 0, false
	}
	return x, true
}

func (d *document) mismatch(p diagnostic.Position, path, expected string, n ast.Node, hint string) {
	d.report(p, "wrong-type", path, fmt.Sprintf("expected %s, found %s", expected, describe(n)), hint)
}

func null(n ast.Node) bool {
	_, ok := n.(*ast.NullNode)
	return n == nil || ok
}

func describe(n ast.Node) string {
	switch n := n.(type) {
	case *ast.StringNode:
		return fmt.Sprintf("the text %q", shorten(n.Value))
	case *ast.LiteralNode:
		return fmt.Sprintf("the text %q", shorten(n.Value.Value))
	case *ast.IntegerNode, *ast.FloatNode:
		return "the number " + n.GetToken().Value
	case *ast.InfinityNode, *ast.NanNode:
		return n.GetToken().Value + ", which is not a finite number"
	case *ast.BoolNode:
		return n.GetToken().Value
	case *ast.SequenceNode:
		return "a list"
	case *ast.MappingNode, *ast.MappingValueNode:
		return "keys with values"
	case *ast.NullNode, nil:
		return "nothing"
	}
	return "something else"
}

// shorten cuts text for a message.
func shorten(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:57]) + "..."
	}
	return s
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
