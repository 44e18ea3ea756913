package vensim

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"handover/model"
)

const small = `{UTF-8}
Site: North, South ~~|
Twin: N2, S2 -> (Site: North, South) ~~|
level[Site] = INTEG(in[Site] - out[Site], start[Site]) ~ m [0,?] ~ What is in
the tank. |
in[Site] = MAX(0, effect(Time) * SUM(share[Site!])) ~ m/Month ~ |
out[Site] = SMOOTH3I(level[Site] / life, 2, 1) ~ m/Month ~ |
start[North] = 1 ~~|
start[South] = 2 ~ m ~ |
share[Site] :EXCEPT: [South] = IF THEN ELSE(Time > 3 :AND: :NOT: life = 2, 1, -life^2) ~~|
share[South] = 0.5 ~ ~ |
life = 4 ~ Month ~ |
"odd name (1)" = WITH LOOKUP(Time, ((0,1),(5,2))) * MODULO(Time, 3) ~ ~ |
effect((0,1),(10,2)) ~ ~ |
noise = RANDOM NORMAL(0, 9, 1, 2, 7) ~ ~ |
twin level[Twin] = level[Site] ~ m ~ |
INITIAL TIME = 0 ~ Month ~ |
FINAL TIME = 10 ~ Month ~ |
TIME STEP = 0.5 ~ Month ~ |
SAVEPER = TIME STEP ~ Month ~ |
`

// TestWrite reads a small model, writes it, and looks for each form.
func TestWrite(t *testing.T) {
	m, found := Read("small.mdl", []byte(small), nil)
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	text, found := Write(m)
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"Site:\n\tNorth, South\n", "Twin:\n\tN2, S2 -> (Site: North, South)",
		"level[Site] = INTEG (\n\tin[Site] - out[Site],\n\t\tstart[Site])\n\t~\tm\n\t~\tWhat is in\n\t\tthe tank.\n\t|",
		"in[Site] =\n\tMAX(0, effect(Time) * SUM(share[Site!]))", "SMOOTH3I(level[Site] / life, 2, 1)", "start[North] =\n\t1 ~~|\nstart[South] =\n\t2\n\t~\tm",
		"share[Site] :EXCEPT: [South] =\n\tIF THEN ELSE(Time > 3 :AND: (:NOT: (life = 2)), 1, -life^2)", `"odd name (1)" =`, "effect(\n\t(0,1),(10,2))",
		"RANDOM NORMAL(0, 9, 1, 2, 0)", "twin level[Twin] =\n\tlevel[Site]", "TIME STEP =\n\t0.5", "15:0,0,0,0,0,0",
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the text lacks %q", want)
		}
	}
	if t.Failed() {
		t.Logf("%s", text)
	}
	again, found := Read("small.mdl", text, nil)
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	if err := model.Check(again).Err(); err != nil {
		t.Fatal(err)
	}
	if twice, _ := Write(again); !bytes.Equal(text, twice) {
		t.Errorf("written again:\n%s", twice)
	}
}

// TestWriteRefuses: what Vensim lacks is an error that names the variable.
func TestWriteRefuses(t *testing.T) {
	number := []model.Equation{{Expression: &model.Number{Value: 1}}}
	for want, v := range map[string]*model.Variable{
		"no stock that holds its outflows back":     {Name: "x", Kind: model.Stock, NonNegative: true, Equations: number},
		"no counterpart of a conveyor":              {Name: "x", Kind: model.Stock, Queue: true, Equations: number},
		"STDDEV has no counterpart":                 {Name: "x", Equations: []model.Equation{{Expression: parsed(t, "STDDEV(a[*])")}}},
		"the function NEGBINOMIAL has no":           {Name: "x", Equations: []model.Equation{{Expression: parsed(t, "NEGBINOMIAL(2, 3)")}}},
		"computed while running has no counterpart": {Name: "x", Equations: []model.Equation{{Expression: parsed(t, "a[TIME + 1]")}}},
		"a range of subscripts":                     {Name: "x", Equations: []model.Equation{{Expression: parsed(t, "SUM(a[p:q])")}}},
		"two stars over the dimension":              {Name: "x", Equations: []model.Equation{{Expression: parsed(t, "SUM(b[*,*])")}}},
		"has no number that is not finite":          {Name: "x", Equations: []model.Equation{{Expression: &model.Number{Value: math.Inf(1)}}}},
		"the variable has no equation":              {Name: "x"},
	} {
		m := &model.Model{Time: model.Time{Stop: 1, DT: 1}, Dimensions: []*model.Dimension{{Name: "d", Elements: []string{"p", "q"}}}}
		m.Add(v, &model.Variable{Name: "a", Dimensions: []string{"d"}, Equations: number}, &model.Variable{Name: "b", Dimensions: []string{"d", "d"}, Equations: number})
		text, found := Write(m)
		if text != nil || found.Errors() == 0 || !strings.Contains(found.Error(), want) || !strings.Contains(found.Error(), "x: ") {
			t.Errorf("want %q, got %v", want, found)
		}
	}
}

func parsed(t *testing.T, text string) model.Expression {
	t.Helper()
	x, err := model.ParseExpression(text)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// FuzzWrite: what is read and written can be read again.
func FuzzWrite(f *testing.F) {
	f.Add([]byte(small))
	f.Add([]byte("a:b~~|x[a]=INTEG(-1,2)~~|"))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, found := Read("f.mdl", data, nil)
		if m == nil || found.Errors() > 0 || model.Check(m).Errors() > 0 {
			return
		}
		text, found := Write(m)
		if found.Errors() > 0 {
			return
		}
		if _, found := Read("f.mdl", text, nil); found.Errors() > 0 {
			t.Fatalf("%v\n%s", found, text)
		}
	})
}
