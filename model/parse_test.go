package model

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// show prints a tree fully bracketed.
func show(x Expression) string {
	switch x := x.(type) {
	case *Number:
		return fmt.Sprint(x.Value)
	case *Reference:
		if x.Subscripts == nil {
			return x.Name
		}
		var parts []string
		for _, s := range x.Subscripts {
			switch {
			case s.Star:
				parts = append(parts, "*")
			case s.Expression != nil:
				parts = append(parts, show(s.Expression))
			default:
				parts = append(parts, "'"+s.Name)
			}
		}
		return x.Name + "[" + strings.Join(parts, ",") + "]"
	case *Unary:
		return "(" + x.Operator.String() + " " + show(x.X) + ")"
	case *Binary:
		return "(" + show(x.X) + " " + x.Operator.String() + " " + show(x.Y) + ")"
	case *Conditional:
		return "(IF " + show(x.Condition) + " THEN " + show(x.Then) + " ELSE " + show(x.Else) + ")"
	case *Call:
		var parts []string
		for _, a := range x.Arguments {
			parts = append(parts, show(a))
		}
		return x.Function + "(" + strings.Join(parts, ", ") + ")"
	}
	return "?"
}

func TestParseExpression(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"1 + 2 * 3", "(1 + (2 * 3))"},
		{"-2^2", "(- (2 ^ 2))"},
		{"2^-1", "(2 ^ -1)"},
		{"2^3^2", "(2 ^ (3 ^ 2))"},
		{"-3", "-3"},
		{"a - b - c", "((a - b) - c)"},
		{"a < b = c >= d", "((a < b) = (c >= d))"},
		{"a AND b OR NOT c", "((a AND b) OR (NOT c))"},
		{"a mod b * c", "((a MOD b) * c)"},
		{"IF a > 1 THEN b ELSE c + 1", "(IF (a > 1) THEN b ELSE (c + 1))"},
		{"1 + (IF a THEN b ELSE c)/d", "(1 + ((IF a THEN b ELSE c) / d))"},
		{"Max(a, 0)", "max(a, 0)"},
		{"SUM(border share[*])", ""},
		{`"border share"[Governorate, *] * x["Salah al-Din"]`, "(border_share['governorate,*] * x['salah_al-din])"},
		{"x[i + 1, 2]", "x[(i + 1),'2]"},
		{"{comment} a {another} + .5e1", "(a + 5)"},
		{"Größe_Übung * 2", "(größe_übung * 2)"},
		{"a<>b", "(a <> b)"},
		{"TIME", "time"},
	} {
		x, err := ParseExpression(c.text)
		switch {
		case c.want == "":
			if err == nil {
				t.Errorf("%s: parsed as %s, expected an error", c.text, show(x))
			}
		case err != nil:
			t.Errorf("%s: %v", c.text, err)
		case show(x) != c.want:
			t.Errorf("%s: got %s, want %s", c.text, show(x), c.want)
		}
	}
}

func TestParseExpressionErrors(t *testing.T) {
	for _, c := range []struct {
		text    string
		offset  int
		message string
	}{
		{"", 0, "the equation is empty"},
		{"a +", 3, "found the end of the equation, expected a value"},
		{"a b", 2, `found "b", expected an operator`},
		{"(a", 2, `expected ")"`},
		{"IF a THEN b", 11, "expected ELSE"},
		{"f(a,)", 4, `found ")", expected a value`},
		{"x[]", 3, "without a subscript"},
		{"a # b", 2, "has no meaning"},
		{`"open`, 0, "no closing quote"},
		{"{open", 0, `has no "}"`},
		{"1e999", 0, "out of range"},
		{strings.Repeat("(", 1000) + "1" + strings.Repeat(")", 1000), 400, "nests deeper"},
		{strings.Repeat("-", 100000) + "1", 399, "nests deeper"},
		{"2" + strings.Repeat("^2", 5000), 799, "nests deeper"},
	} {
		_, err := ParseExpression(c.text)
		var s *SyntaxError
		if !errors.As(err, &s) {
			t.Errorf("%.20q: got %v, want a syntax error", c.text, err)
			continue
		}
		if !strings.Contains(s.Message, c.message) || s.Offset != c.offset {
			t.Errorf("%.20q: got %d %q, want %d %q", c.text, s.Offset, s.Message, c.offset, c.message)
		}
	}
}

func FuzzParseExpression(f *testing.F) {
	for _, s := range []string{"a + b*2^-c", "IF a THEN b ELSE c", `x["a b",*]`, "{c} SUM(a[*]*b)", "MIN(1,2,3) mod 4", "\xff", "a\u00a0b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		x, err := ParseExpression(s)
		if err != nil {
			var syntax *SyntaxError
			if !errors.As(err, &syntax) || syntax.Offset < 0 || syntax.Offset > len(s) {
				t.Fatalf("error without a place in the text: %v", err)
			}
			return
		}
		if x == nil {
			t.Fatal("neither expression nor error")
		}
		show(x)
	})
}

// TestParseNames reads plain, quoted and qualified names.
func TestParseNames(t *testing.T) {
	for text, want := range map[string]string{
		"births": "births", "Birth_Rate": "birth_rate", `"Birth  Rate"`: "birth_rate", `"two\nlines"`: "two_lines", "a\u00a0b": "a_b",
		"hares.births": "hares.births", ".area": ".area", `hares."Birth Rate"`: "hares.birth_rate", `"my module".x`: "my_module.x",
		`."x y"`: ".x_y", `a."b c".d`: "a.b_c.d", "Größe": "größe", `"IF"`: "if", "x'y": "x'y",
	} {
		x, err := ParseExpression(text)
		if r, ok := x.(*Reference); err != nil || !ok || r.Name != want {
			t.Errorf("%s is read as %#v (%v), expected the name %q", text, x, err, want)
		}
	}
	if x, err := ParseExpression(`"my curve"(.5)`); err != nil || x.(*Call).Function != "my_curve" {
		t.Errorf(`"my curve"(.5) is read as %#v (%v)`, x, err)
	}
	for text, want := range map[string]string{"a.": "", "1 + .": `found "." without digits`, `a."b`: "the quoted name has no closing quote"} {
		_, err := ParseExpression(text)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, expected %q", text, err, want)
		}
	}
}
