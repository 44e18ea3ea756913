package model

import (
	"math/rand/v2"
	"strings"
	"testing"

	"handover/diagnostic"
)

// tiny builds a model of scalar variables over months from lines such as
// "stock people person = 100 + births - deaths", "flow births person/month =
// ...", "aux x 1 = ...". Array variables name their dimension in brackets.
func tiny(t *testing.T, lines ...string) *Model {
	t.Helper()
	m := &Model{Time: Time{Stop: 10, DT: 0.25, Unit: "month"}}
	m.Dimensions = []*Dimension{{Name: "Place", Elements: []string{"North", "South"}}, {Name: "Bloc", Elements: []string{"a1", "a2", "a3"}}}
	for n, line := range lines {
		left, right, _ := strings.Cut(line, "=")
		f := strings.Fields(left)
		v := &Variable{Name: f[1], Kind: map[string]Kind{"stock": Stock, "flow": Flow, "aux": Auxiliary}[f[0]], Position: diagnostic.Position{File: "m", Line: n + 1, Column: 1}}
		if name, dimension, ok := strings.Cut(f[1], "["); ok {
			v.Name, v.Dimensions = name, strings.Split(strings.TrimSuffix(dimension, "]"), ",")
		}
		if len(f) > 2 {
			v.Units = f[2]
		}
		text := strings.TrimSpace(right)
		if v.Kind == Stock {
			parts := strings.Split(text, " | ")
			text = parts[0]
			for _, p := range parts[1:] {
				if p[0] == '+' {
					v.Inflows = append(v.Inflows, strings.TrimSpace(p[1:]))
				} else {
					v.Outflows = append(v.Outflows, strings.TrimSpace(p[1:]))
				}
			}
		}
		x, err := ParseExpression(text)
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		v.Equations = []Equation{{Text: text, Expression: x, Position: diagnostic.Position{File: "m", Line: n + 1, Column: 1}}}
		m.Add(v)
	}
	return m
}

func TestCheck(t *testing.T) {
	for name, c := range map[string]struct {
		lines []string
		want  string // one line a diagnostic; empty for none
	}{
		"sound":                {[]string{"stock people person = 100 | + births | - deaths", "flow births person/month = people*rate", "flow deaths person/month = people/life", "aux rate 1/month = 0.01", "aux life month = 50"}, ""},
		"arrays":               {[]string{"aux x[Place] person = 3", "aux y[Place] person = x[Place] + x*2", "aux total person = SUM(x[*]) + SUM(y)", "aux grid[Place,Place] 1 = 0.5", "aux moved[Place] person = SUM(grid[Place,*]*x[*])", "aux north person = x[North]"}, ""},
		"unknown name":         {[]string{"aux a 1 = 2", "aux b 1 = alpha + aa"}, "alpha\" is not a variable"},
		"nearest":              {[]string{"aux grievance 1 = 2", "aux b 1 = greivance"}, `did you mean "grievance"?`},
		"unknown function":     {[]string{"aux a 1 = MXA(1, 2)"}, `m:1:1: error: a: the function "mxa" is not known (did you mean "max"?)`},
		"arguments":            {[]string{"aux a 1 = EXP(1, 2)"}, "EXP has 2 arguments; expected EXP(x)"},
		"star outside":         {[]string{"aux x[Place] 1 = 1", "aux a 1 = x[*]"}, "used with [*] outside an array function"},
		"whole array":          {[]string{"aux x[Place] 1 = 1", "aux a 1 = x"}, `"x" is arrayed over "Place" and is used as one number`},
		"element":              {[]string{"aux x[Place] 1 = 1", "aux a 1 = x[Nort]"}, `(did you mean "North"?)`},
		"subscripts":           {[]string{"aux x[Place] 1 = 1", "aux a 1 = x[North, South]"}, "has 1 dimensions and is used with 2 subscripts"},
		"foreign dimension":    {[]string{"aux x[Place] 1 = 1", "aux a[Bloc] 1 = x[Bloc]"}, `element "a1" of dimension "Bloc" is not in dimension "Place"`},
		"cycle":                {[]string{"aux a 1 = b", "aux b 1 = c", "aux c 1 = a"}, "without a stock between them: a <- b <- c <- a"},
		"cycle through stock":  {[]string{"stock s 1 = 1 | + f", "flow f 1/month = s/tau", "aux tau month = 2"}, ""},
		"initial cycle":        {[]string{"stock s 1 = a | + f", "flow f 1/month = 0", "aux a 1 = s"}, "these initial values depend on each other: s <- a <- s"},
		"cycle broken":         {[]string{"aux a 1 = PREVIOUS(b, 0)", "aux b 1 = a + 1"}, ""},
		"cycle in one element": {[]string{"aux x[Place] 1 = y[North]", "aux y[Place] 1 = x[Place]"}, "x[North] <- y[North] <- x[North]"},
		"flow missing":         {[]string{"stock s person = 1 | + brths", "flow births person/month = 1"}, `the flow "brths" does not exist (did you mean "births"?)`},
		"flow kind":            {[]string{"stock s person = 1 | + b", "aux b person/month = 1"}, `"b" is used as a flow and is of kind auxiliary`},
		"duplicate":            {[]string{"aux a 1 = 1", "aux A 1 = 2"}, "already used by the auxiliary at m:1:1"},
		"units":                {[]string{"aux a person = 1", "aux b month = 2", "aux c person = a + b"}, "m:3:3: warning: c: the two sides of + have different units: person and month"},
		"equation unit":        {[]string{"aux a person = 1", "aux b month = 2", "aux c person = a/b"}, "the unit is person and its equation gives person/month"},
		"flow unit":            {[]string{"stock s person = 1 | + f", "flow f person = 3"}, "its flows are in person/month"},
		"exponent":             {[]string{"aux a person = 1", "aux b person^2 = a^2", "aux c person = SQRT(b)", "aux d 1 = (a/c)^0.3"}, ""},
		"exp":                  {[]string{"aux a person = 1", "aux b 1 = EXP(a)"}, "the argument of EXP must be dimensionless and is in person"},
		"noise":                {[]string{"aux sd 1/month^0.5 = 1", "aux z 1 = NORMAL(0, 1)", "aux shock 1/month = sd*z/SQRT(DT)"}, ""},
		"zero fits":            {[]string{"aux a person = 1", "aux b person = MAX(0, a - a)", "aux c person = IF a > 0 THEN a ELSE 0"}, ""},
		"compare":              {[]string{"aux a person = 1", "aux b 1 = IF a > 1 THEN 1 ELSE 0"}, "the two sides of > have different units"},
		"function name":        {[]string{"aux dt 1 = 1"}, "the name is that of the function DT"},
	} {
		t.Run(name, func(t *testing.T) {
			found := Check(tiny(t, c.lines...))
			switch {
			case c.want == "" && len(found) > 0:
				t.Errorf("found\n%v", found)
			case c.want != "" && len(found) != 1:
				t.Errorf("found %d diagnostics, expected one:\n%v", len(found), found)
			case c.want != "" && !strings.Contains(found.Error(), c.want):
				t.Errorf("found %q, expected it to contain %q", found.Error(), c.want)
			}
		})
	}
}

func TestCheckReportsEveryMistake(t *testing.T) {
	found := Check(tiny(t, "aux a 1 = nothing", "aux b 1 = EXPP(1)", "aux b 1 = 3", "stock s 1 = 1 | + gone"))
	if found.Errors() != 4 {
		t.Errorf("found %d errors, expected 4:\n%v", found.Errors(), found)
	}
}

func TestCanonical(t *testing.T) {
	for name, want := range map[string]string{
		"Active Insurgents": "active_insurgents", "active_insurgents": "active_insurgents", `"Salah al-Din"`: "salah_al-din",
		"a  b\n c": "a_b_c", `a\nb`: "a_b", "a\u00a0b": "a_b", " x ": "x", "É": "é",
	} {
		if got := Canonical(name); got != want {
			t.Errorf("Canonical(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestUnits(t *testing.T) {
	table := newUnitTable([]UnitDefinition{{Name: "month", Aliases: []string{"months"}}, {Name: "person"}, {Name: "headcount", Equation: "person"}}, func(UnitDefinition, error) { t.Error("definition refused") })
	for text, want := range map[string]string{
		"person/month": "person/month", "headcount / months": "person/month", "1/month/month": "1/month^2", "1/month^0.5": "1/month^0.5",
		"USD_bn*bbl/(USD*mb)": "bbl*usd_bn/(mb*usd)", "month/month": "1", "Dmnl": "1",
	} {
		u, err := table.parse(text, false)
		if err != nil || u.String() != want {
			t.Errorf("%s: got %v (%v), want %s", text, u, err, want)
		}
	}
	for _, text := range []string{"", "person/", "(person", "person)", "2*person", "month^x"} {
		if u, err := table.parse(text, false); err == nil {
			t.Errorf("%q: read as %v, expected an error", text, u)
		}
	}
}

// Names of ASCII alone take another way to the same form.
func TestCanonicalOfASCII(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 20000 {
		var b strings.Builder
		for range random.IntN(12) {
			if random.IntN(3) > 0 {
				b.WriteByte(" _\tAZaz\r\n\v"[random.IntN(10)])
			} else if c := byte(random.IntN(0x80)); c != '\\' {
				b.WriteByte(c)
			}
		}
		name := "x" + b.String() + "x"
		if got, want := Canonical(name)+"é", Canonical(name+"É"); got != want {
			t.Fatalf("%q: %q; expected %q", name, got, want)
		}
	}
}
