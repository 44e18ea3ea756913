package xmile

import (
	"fmt"
	"strings"
	"testing"

	"handover/model"
)

// TestMistakes holds the exact text of what a user is told. Documents start with
// six lines; the text of a case begins at line 7.
func TestMistakes(t *testing.T) {
	for name, c := range map[string]struct {
		document string
		want     []string
	}{
		"place behind an entity": {`<model><variables><aux name="a"><eqn>IF 1 &lt; 2 THEN * ELSE 3</eqn></aux></variables></model>`,
			[]string{`m.xmile:7:55: error: a: found "*", expected a value`}},
		"place in CDATA": {`<model><variables><aux name="a"><eqn><![CDATA[1 < * 2]]></eqn></aux></variables></model>`,
			[]string{`m.xmile:7:51: error: a: found "*", expected a value`}},
		"place behind a comment": {"<model><variables><aux name=\"a\"><eqn>1 <!-- one -->+\n  <!-- two --> * 2</eqn></aux></variables></model>",
			[]string{`m.xmile:8:16: error: a: found "*", expected a value`}},
		"module without a model": {`<model><variables><module name="hare"/></variables></model><model name="hares"/>`,
			[]string{`m.xmile:7:19: error: hare: the document has no model named "hare" for the module (did you mean "hares"?)`}},
		"module in itself": {`<model><variables><module name="a"/></variables></model><model name="a"><variables><module name="b"/></variables></model><model name="b"><variables><module name="a"/></variables></model>`,
			[]string{`m.xmile:7:149: error: a: the model contains itself: a -> b -> a`}},
		"module in another file": {`<model><variables><module name="a" resource="a.stmx"/></variables></model>`,
			[]string{`m.xmile:7:19: error: a: the module is in another file, "a.stmx"; put its model into this file`}},
		"two models of a name": {`<model/><model name="a"/><model name="A"/>`,
			[]string{`m.xmile:7:26: error: A: the model is defined twice, first at m.xmile:7:9`}},
		"settings of a submodel": {`<model><variables><module name="a"/></variables></model><model name="a"><sim_specs><start>0</start><stop>4</stop><dt>0.5</dt></sim_specs></model>`,
			[]string{`m.xmile:7:73: error: a: the submodel has simulation settings of its own; they must be those of the main model`}},
		"connection to nothing": {`<model><variables><module name="m"><connect to="m.inn" from="out"/></module><aux name="out"><eqn>1</eqn></aux></variables></model><model name="m"><variables><aux name="in" access="input"><eqn>1</eqn></aux></variables></model>`,
			[]string{`m.xmile:7:36: error: m: the connection names "m.inn", which does not exist (did you mean "m.in"?)`}},
		"connection to no input": {`<model><variables><module name="m"><connect to="m.in" from="out"/></module><aux name="out"><eqn>1</eqn></aux></variables></model><model name="m"><variables><aux name="in"><eqn>1</eqn></aux></variables></model>`,
			[]string{`m.xmile:7:36: error: m.in: the connection gives a value to "m.in", which is no input (mark it with access="input")`}},
		"connected twice": {`<model><variables><module name="m"><connect to="m.in" from="a"/><connect to="in" from="b"/></module><aux name="a"><eqn>1</eqn></aux><aux name="b"><eqn>1</eqn></aux></variables></model><model name="m"><variables><aux name="in" access="input"/></variables></model>`,
			[]string{`m.xmile:7:65: error: in: the input is connected to "b" and, at m.xmile:7:36, to "a"`}},
		"connected in a circle": {`<model><variables><module name="m"><connect to="m.a" from="m.b"/><connect to="m.b" from="m.a"/></module></variables></model><model name="m"><variables><aux name="a" access="input"/><aux name="b" access="input"/></variables></model>`,
			[]string{`m.xmile:7:36: error: m.a: inputs of modules are connected in a circle`}},
		"input not connected": {`<model><variables><module name="m"/></variables></model><model name="m"><variables><aux name="in" access="input"><eqn>{none}</eqn></aux></variables></model>`,
			[]string{`m.xmile:7:119: error: in: the variable has no equation (connect it to an output of another module, or give it an equation)`}},
		"name of the main model": {`<model><variables><module name="m"/><aux name="rate"><eqn>1</eqn></aux></variables></model><model name="m"><variables><aux name="a"><eqn>2 * rate</eqn></aux></variables></model>`,
			[]string{`m.xmile:7:142: error: m.a: "rate" is a variable of the main model and not of the module m (connect an input of the module to it, or write .rate)`}},
		"name in a module": {`<model><variables><module name="m"/></variables></model><model name="m"><variables><aux name="rate"><eqn>1</eqn></aux><aux name="a"><eqn>2 * rat</eqn></aux></variables></model>`,
			[]string{`m.xmile:7:142: error: m.a: "rat" is not a variable of the module m (did you mean "rate"?)`}},
		"still to be written": {`<model><variables><aux name="a"><eqn> ??? </eqn></aux><aux name="b"><eqn>NAN(a)</eqn></aux><aux name="c"/></variables></model>`,
			[]string{`m.xmile:7:39: error: a: the equation is ???: it is still to be written`,
				`m.xmile:7:74: error: b: the equation NAN(a) only lists what it will depend on; it is still to be written`,
				`m.xmile:7:92: error: c: the variable has no equation`}},
		"recursive macro": {`<macro name="A"><parm>x</parm><eqn>1 + B(x)</eqn></macro><macro name="B"><parm>x</parm><eqn>A(x - 1)</eqn></macro><model/>`,
			[]string{`m.xmile:7:1: error: A: macros call each other in a circle: A -> B -> A; recursive macros are not supported`}},
		"macro that runs": {`<macro name="A"><sim_specs><start>1</start><stop>2</stop></sim_specs><eqn>1</eqn></macro><model/>`,
			[]string{`m.xmile:7:17: error: A: the macro has simulation settings of its own, so that each call is a run of its own; this is not supported`}},
		"filter": {`<macro name="non_negative" filter="flow"><eqn>1</eqn></macro><model/>`,
			[]string{`m.xmile:7:1: error: non_negative: the macro is a filter of the option of every flow; filters are not supported`}},
		"macro's arguments": {`<macro name="AREA"><parm>x</parm><parm default="x">y</parm><eqn>x*y</eqn></macro><model><variables><aux name="a"><eqn>1 + AREA(1, 2, 3)</eqn></aux></variables></model>`,
			[]string{`m.xmile:7:123: error: a: the macro AREA has 3 arguments; expected AREA(x, y = x)`}},
		"name in a macro": {`<macro name="AREA"><parm>width</parm><eqn>widt + rate</eqn></macro><model><variables><aux name="rate"><eqn>AREA(1)</eqn></aux></variables></model>`,
			[]string{`m.xmile:7:43: error: AREA: "widt" is not a parameter or variable of the macro AREA (did you mean "width"?)`,
				`m.xmile:7:50: error: AREA: "rate" is not a parameter or variable of the macro AREA`}},
		"misspelt macro": {`<macro name="AREA"><parm>x</parm><eqn>x</eqn></macro><model><variables><aux name="a"><eqn>ARAE(1)</eqn></aux></variables></model>`,
			[]string{`m.xmile:7:91: error: a: the function "arae" is not known (did you mean "area"?)`}},
		"macro of a standard name": {`<macro name="SQRT"><parm>x</parm><eqn>x</eqn></macro><model/>`,
			[]string{`m.xmile:7:1: error: SQRT: the name is that of a standard function, which a macro may not redefine (choose another name, or give the macro a namespace)`}},
		"macro twice": {`<macro name="A"><eqn>1</eqn></macro><macro name="a"><eqn>2</eqn></macro><model/>`,
			[]string{`m.xmile:7:37: error: a: the macro is defined twice, first at m.xmile:7:1`}},
		"macro over arrays": {`<macro name="A"><parm>x</parm><eqn>s</eqn><variables><stock name="s"><eqn>x</eqn></stock></variables></macro><model><variables><aux name="a"><eqn>SUM(A(b[*]))</eqn></aux><aux name="b"><dimensions><dim name="Place"/></dimensions><eqn>1</eqn></aux></variables></model>`,
			[]string{`m.xmile:7:151: error: a: the macro A has variables and is called inside an array function (give the call a variable of its own)`}},
		"list": {`<model><variables><aux name="a"><dimensions><dim name="Place"/></dimensions><eqn>1, 2, 3</eqn></aux></variables></model>`,
			[]string{`m.xmile:7:82: error: a: the equation lists 3 values and the variable has 2 elements`}},
		"shared graph": {`<model><variables><aux name="a"><eqn>1</eqn><gf name="curve"/></aux></variables></model>`,
			[]string{`m.xmile:7:45: error: a: no graphical function named "curve" has points`}},
		"run by module": {`<model><sim_specs><start>0</start><stop>1</stop><run by="module"/></sim_specs></model>`,
			[]string{`m.xmile:7:49: error: run: the model is set to run by module; only whole models are run`}},
		"fallback": {`<model><sim_specs method="Gear, RK4"><start>0</start><stop>1</stop></sim_specs></model>`,
			[]string{`m.xmile:7:8: warning: method: the integration method "gear" is not there; RK4 is used, as XMILE provides`}},
		"other vendors": {`<model><variables><aux name="a"><eqn>1</eqn><other:kink xmlns:other="urn:other"/></aux><isee:dependencies/><isee:oven name="o"/></variables></model>`,
			[]string{`m.xmile:7:45: warning: a: <kink> of another vendor is not read`,
				`m.xmile:7:108: warning: oven: <oven> of another vendor among the variables is not read`}},
		"stock with a second equation": {`<model><variables><stock name="a"><eqn>1</eqn><init_eqn>2</init_eqn></stock></variables></model>`,
			[]string{`m.xmile:7:47: error: a: a stock's initial value is its <eqn>; <init_eqn> is for auxiliaries and flows`}},
	} {
		t.Run(name, func(t *testing.T) {
			_, found := Read("m.xmile", []byte(head+c.document+"</xmile>"))
			if got := found.Error(); got != strings.Join(c.want, "\n") {
				t.Errorf("found\n%s\nexpected\n%s", got, strings.Join(c.want, "\n"))
			}
		})
	}
}

// TestCheckedMistakes holds mistakes that model.Check finds inside modules: each
// once, however many instances there are, at its place in the file.
func TestCheckedMistakes(t *testing.T) {
	m, found := Read("m.xmile", []byte(head+`<model><variables><module name="a" model_name="sub"/><module name="b" model_name="sub"/></variables></model>
<model name="sub"><variables><aux name="x"><eqn>1 + MAXX(2, 3)</eqn></aux><aux name="y"><eqn>SQRT(1, 2)</eqn></aux><aux name="z"><eqn>z2</eqn></aux><aux name="z2"><eqn>z</eqn></aux></variables></model></xmile>`))
	got := append(found, model.Check(m)...).Error()
	want := `m.xmile:8:53: error: a.x: the function "maxx" is not known (did you mean "max"?)
m.xmile:8:94: error: a.y: SQRT has 2 arguments; expected SQRT(x)`
	if !strings.HasPrefix(got, want) || strings.Contains(got, "b.x") || strings.Contains(got, "b.y") {
		t.Errorf("found\n%s\nexpected\n%s", got, want)
	}
}

// TestBombs reads documents that would grow beyond all bounds, here low ones.
func TestBombs(t *testing.T) {
	var modules, macros strings.Builder
	for i := range 31 {
		fmt.Fprintf(&modules, `<model name="m%d"><variables><module name="a" model_name="m%d"/><module name="b" model_name="m%d"/><aux name="x"><eqn>1</eqn></aux></variables></model>`, i, i+1, i+1)
		fmt.Fprintf(&macros, `<macro name="M%d"><parm>x</parm><eqn>M%d(x) + M%d(x)</eqn></macro>`, i, i+1, i+1)
	}
	for name, c := range map[string]struct{ document, want string }{
		"modules": {`<model><variables><module name="m0"/></variables></model>` + modules.String() + `<model name="m31"/>`,
			"modules and macros make more than 3000 variables"},
		"macros": {macros.String() + `<macro name="M31"><parm>x</parm><eqn>x</eqn></macro><model><variables><aux name="a"><eqn>M0(1)</eqn></aux></variables></model>`,
			"macros make equations of more than 20000 parts"},
		"macros with stocks": {strings.ReplaceAll(strings.ReplaceAll(macros.String(), "<eqn>", "<eqn>s</eqn><variables><stock name='s'><eqn>"), "</eqn></macro>", "</eqn></stock></variables></macro>") +
			`<macro name="M31"><parm>x</parm><eqn>x</eqn></macro><model><variables><aux name="a"><eqn>M0(1)</eqn></aux></variables></model>`,
			"macros make"},
		"elements": {`<dimensions><dim name="D" size="3000"/></dimensions><model><variables><aux name="a"><dimensions><dim name="D"/><dim name="D"/></dimensions><eqn>1</eqn></aux></variables></model>`,
			"the variables have more than 50000 elements in all"},
		"lists": {`<dimensions><dim name="D" size="200"/><dim name="E" size="150"/></dimensions><model><variables>` + strings.Repeat(
			`<aux name="a"><dimensions><dim name="D"/><dim name="E"/></dimensions><eqn>1`+strings.Repeat(",1", 200*150-1)+`</eqn></aux>`, 2) + `</variables></model>`,
			"equations list more than 50000 values in all"},
		"long equation": {`<model><variables><aux name="a"><eqn>` + strings.Repeat("1+", 1<<17) + `1</eqn></aux></variables></model>`,
			"the equation has 262145 bytes; at most 262144 are read"},
		"many comments": {`<model><variables><aux name="a"><eqn>` + strings.Repeat("{}", 1<<20) + `1</eqn></aux></variables></model>`,
			"the equation has 2097153 bytes"},
		"nested arguments": {`<macro name="D"><parm>x</parm><eqn>x + x</eqn></macro><model><variables><aux name="a"><eqn>` +
			strings.Repeat("D(", 300) + "TIME + 1" + strings.Repeat(")", 300) + `</eqn></aux></variables></model>`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			m, found := read("m.xmile", []byte(head+c.document+"</xmile>"), bounds{3_000, 20_000, 50_000})
			if c.want == "" {
				if len(found) > 0 || len(m.Variables) != 301 {
					t.Errorf("found %v and %d variables", found, len(m.Variables))
				}
				return
			}
			if !strings.Contains(found.Error(), c.want) {
				t.Errorf("found %.300q, expected it to contain %q", found.Error(), c.want)
			}
		})
	}
}

// BenchmarkRead reads and checks a model of 10,000 variables.
func BenchmarkRead(b *testing.B) {
	for _, n := range []int{1_000, 10_000} {
		data := []byte(head + "<model><variables>" + chain(n) + "</variables></model></xmile>")
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for range b.N {
				m, found := Read("m.xmile", data)
				if err := found.Err(); err != nil {
					b.Fatal(err)
				}
				if err := model.Check(m).Err(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// chain writes n variables: stocks with a flow each and what these depend on.
func chain(n int) string {
	var s strings.Builder
	for i := 0; i < n; i += 4 {
		fmt.Fprintf(&s, `<stock name="Stock number %d"><doc>The %d-th stock.</doc><eqn>100</eqn><inflow>flow_%d</inflow><units>person</units></stock>
<flow name="flow %d"><eqn>Stock_number_%d * rate_%d - MAX(0, other_%d)</eqn><units>person/month</units></flow>
<aux name="rate %d"><eqn>0.01</eqn><units>1/month</units></aux>
<aux name="other %d"><eqn>IF TIME &gt; 5 THEN Stock_number_%d/10 ELSE Stock_number_%d/20</eqn></aux>
`, i, i, i, i, i, i, i, i, i, (i*7)%n/4*4, i)
	}
	return s.String()
}
