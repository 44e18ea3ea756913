package vensim_test

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"handover/engine"
	"handover/model"
	"handover/model/vensim"
)

// control is the part of a model that says when it runs: 0, 1, ... 4.
const control = `
INITIAL TIME = 0 ~ Month ~ |
FINAL TIME = 4 ~ Month ~ |
TIME STEP = 1 ~ Month ~ |
SAVEPER = TIME STEP ~ Month ~ |
`

// files is a folder in memory.
type files map[string][]byte

func (f files) open(name string) ([]byte, error) {
	if data, ok := f[name]; ok {
		return data, nil
	}
	return nil, errors.New("no such file")
}

// read reads equations and the control part, and expects no mistake.
func read(t *testing.T, equations string, folder files) *model.Model {
	t.Helper()
	m, found := vensim.Read("m.mdl", []byte("{UTF-8}\n"+equations+control), folder.open)
	if len(found) > 0 {
		t.Fatal(found)
	}
	return m
}

// series runs the model and returns each saved column by name.
func series(t *testing.T, m *model.Model) map[string][]float64 {
	t.Helper()
	if found := model.Check(m); found.Errors() > 0 {
		t.Fatal(found)
	}
	var saved []string
	for _, v := range m.Variables {
		if v.Kind != model.Lookup {
			saved = append(saved, v.Name)
		}
	}
	p, err := engine.Compile(m, engine.Options{Saved: saved})
	if err != nil {
		t.Fatal(err)
	}
	times := len(p.SaveTimes())
	b := &engine.Block{Seed: 1, Runs: 1, Series: make([]float64, len(p.Columns())*times), Bad: make([]int, 1), BadVariable: make([]string, 1)}
	if err := p.NewWorker(1).Run(b); err != nil {
		t.Fatal(err)
	}
	byName := map[string][]float64{}
	for i, name := range p.Columns() {
		byName[name] = b.Series[i*times : (i+1)*times]
	}
	return byName
}

// expect compares columns at times 0, 1, ...
func expect(t *testing.T, got map[string][]float64, want map[string][]float64) {
	t.Helper()
	for name, values := range want {
		column, ok := got[name]
		if !ok {
			t.Errorf("there is no %s", name)
			continue
		}
		for i, v := range values {
			if !(math.Abs(column[i]-v) <= 1e-9*math.Max(1, math.Abs(v))) {
				t.Errorf("%s at time %d: got %v, want %v", name, i, column[i], v)
			}
		}
	}
}

func TestOperators(t *testing.T) {
	for equation, want := range map[string][]float64{
		"-Time^2":                               {0, -1, -4},
		"4^3^2":                                 {262144},
		"2^-2^-3":                               {math.Pow(2, -math.Pow(2, -3))},
		"7 - 2 - 1 + 8/4/2*3":                   {7},
		"IF THEN ELSE(Time>=2, 1, -1)":          {-1, -1, 1},
		"IF THEN ELSE(:NOT: Time=1, 1, 0)":      {1, 0, 1},
		"IF THEN ELSE(Time=1:OR:Time>2,1,0)":    {0, 1, 0, 1},
		"IF THEN ELSE(Time<>1 :AND: 1<2, 1, 0)": {1, 0, 1},
		":NA:":                                  {-649037107316853453566312041152512},
		"1e6+.5+3e-05":                          {1000000.50003},
		"MODULO(-5+Time, 3)":                    {-2, -1, 0, -2, -1},
		"INTEGER(-2.5)":                         {-2},
		"QUANTUM(7.5, 2)":                       {6},
		"LOG(8, 2)":                             {3},
		"ZIDZ(3, Time)":                         {0, 3, 1.5},
		"XIDZ(3, Time, 9)":                      {9, 3},
		"power (2 , 5)":                         {32},
		"GAME(4)+initial(Time+7)":               {11, 11},
		"Pulse(1, 2)":                           {0, 1, 1, 0},
		"STEP(5, 2)":                            {0, 0, 5, 5},
		"RAMP(2, 1, 3)":                         {0, 0, 2, 4, 4},
		"WITH LOOKUP(Time, ((0,0),(2,4)))*2":    {0, 4, 8, 8},
		"GET TIME VALUE(0, 3, 0)":               {3, 4},
		"{a comment} 1 + \\\n\t\t 2":            {3},
	} {
		t.Run(equation, func(t *testing.T) {
			m := read(t, "x = "+equation+" ~~|", nil)
			expect(t, series(t, m), map[string][]float64{"x": want})
		})
	}
}

func TestNamesAndDocumentation(t *testing.T) {
	m := read(t, `
********************************************************
	.Sector One
********************************************************~
		What the sector is for.
	|
Länge  des	Weges = "a \"b\" | c~d" + 1
	~	Meter/Month [0,10,1]
	~	First line \
		continued.
		Second line.
	~	:SUPPLEMENTARY
	|
"a \"b\" | c~d" = Jack's 2.5 share_of it ~ ~ | jack's 2.5
	SHARE of  IT == 3 ~ [0,?] ~ | `, nil)
	v := m.Variable("länge des weges")
	if v == nil {
		t.Fatal(m.Names())
	}
	if v.Units != "Meter/Month" || v.Sector != "Sector One" || v.Documentation != "First line continued.\nSecond line." {
		t.Errorf("got %q, %q, %q", v.Units, v.Sector, v.Documentation)
	}
	if p := v.Provenance; !p.Ranged || p.Low != 0 || p.High != 10 {
		t.Errorf("got %+v", p)
	}
	if c := m.Variable("Jack's 2.5 share of it"); c == nil || c.Kind != model.Constant || c.Provenance.Ranged {
		t.Errorf("got %+v", c)
	}
	expect(t, series(t, m), map[string][]float64{"Länge des Weges": {4}, `a "b" | c~d`: {3}})
	if m.Time.Unit != "Month" || m.Time.Stop != 4 {
		t.Errorf("got %+v", m.Time)
	}
}

func TestWindowsCodePageAndLineEnds(t *testing.T) {
	m, found := vensim.Read("m.mdl", []byte(strings.ReplaceAll("\xe4 \x80 = 2 ~~|"+control, "\n", "\r")), nil)
	if len(found) > 0 || m.Variable("ä €") == nil {
		t.Fatal(found, m.Names())
	}
}

func TestSubscripts(t *testing.T) {
	m := read(t, `
Place: North, (P2-P3), Rest ~~|
Rest: East, West ~~|
Copy <-> Place ~~|
Side: Left, Right -> (Place: Rest, North) ~~|
Shuffled: West, North ~~|
x[Place] = 1,2,3,4,5 ~~|
m[Side, Rest] = 10, 20; 30, -40; ~~|
tabbed[Side, Rest] = TABBED ARRAY(
	1	-2
	3	4) ~~|
y[Place] = x[Place]*2 ~~|
y2[Rest] = y[Rest] + Rest ~~|
part[North] = 7 ~~|
part[Rest] = x[Rest] ~~|
all = SUM(x[Place!]) ~~|
some = SUM(x[Rest!]) + VMAX(m[Left, Rest!]) + VMIN(m[Side!, Rest!]) + PROD(x[Place!]) ~~|
cross[Side] = SUM(m[Side, Rest!]*x[Rest!]) ~~|
other[Copy] = x[Copy] + ELMCOUNT(Rest) ~~|
number[Shuffled] = Shuffled ~~|
e[Place, Side] :EXCEPT: [Rest, Right], [North, Side] = 1 ~~|
e[Rest, Right] = 2 ~~|
e[North, Side] = 3 ~~|
mapped[Rest] = m[Side, West] ~~|
fixed = x[P3] + West ~~|`, nil)
	expect(t, series(t, m), map[string][]float64{
		"y[P2]": {4}, "y2[East]": {12}, "y2[West]": {15}, "part[North]": {7}, "part[West]": {5},
		"all": {15}, "some": {9 + 20 - 40 + 120}, "cross[Left]": {140}, "cross[Right]": {-80},
		"other[East]": {6}, "number[West]": {5}, "number[North]": {1}, "tabbed[Left,West]": {-2},
		"e[P2,Left]": {1}, "e[West,Right]": {2}, "e[West,Left]": {1}, "e[North,Right]": {3},
		"mapped[East]": {20}, "fixed": {8},
	})
	if d := m.Variable("part").Dimensions; len(d) != 1 || len(m.Dimension(d[0]).Elements) != 3 {
		t.Errorf("part runs over %v", d)
	}
	if d := m.Variable("x").Dimensions; len(d) != 1 || d[0] != "Place" {
		t.Errorf("x runs over %v", d)
	}
}

func TestStocks(t *testing.T) {
	m := read(t, `
A: a1, a2 ~~|
s[A] = INTEG(in[A] - out[A], 10) ~ person ~ |
in[A] = Time ~ person/Month ~ |
out[A] = s[A]*0.1 ~~|
sink[A] = INTEG(+out[A], 0) ~~|
net = INTEG(2*rate - 1, rate) ~ person ~ |
rate = 3 ~~|
still = INTEG(0, 5) ~~|
part[a1] = INTEG(1, 0) ~~|
part[a2] = INTEG(-1, 0) ~~|`, nil)
	for name, want := range map[string]string{
		"s": "[in] [out]", "sink": "[out] []", "net": "[net net flow] []", "still": "[] []", "part": "[part net flow] []"} {
		v := m.Variable(name)
		if got := fmt.Sprint(v.Inflows, v.Outflows); v.Kind != model.Stock || got != want {
			t.Errorf("%s is a %s with flows %s, want %s", name, v.Kind, got, want)
		}
	}
	if f := m.Variable("net net flow"); f.Kind != model.Flow || f.Units != "person/Month" {
		t.Errorf("got %+v", f)
	}
	if k := m.Variable("rate").Kind; k != model.Constant {
		t.Errorf("rate is a %s", k)
	}
	expect(t, series(t, m), map[string][]float64{"s[a2]": {10, 9, 9.1, 10.19}, "sink[a1]": {0, 1, 1.9},
		"net": {3, 8, 13}, "still": {5, 5}, "part[a1]": {0, 1, 2}, "part[a2]": {0, -1, -2}})
}

func TestLookups(t *testing.T) {
	m := read(t, `
plain( [(0,0)-(10,10)],(0,0),(2,- 4),(3,-4) ) ~~|
old(0,2,3,10,30,30) ~~|
unsorted((2,1),(0,3)) ~~|
y = plain(Time) ~~|
z = old(Time)+unsorted(Time*2) ~~|
w = WITH LOOKUP(Time, ([(0,0)-(4,1)],(1,5),(3,7))) ~~|`, nil)
	if k := m.Variable("plain").Kind; k != model.Lookup {
		t.Errorf("plain is a %s", k)
	}
	expect(t, series(t, m), map[string][]float64{"y": {0, -2, -4, -4, -4}, "z": {13, 21, 31, 31}, "w": {5, 5, 6, 7, 7}})
}

func TestMacros(t *testing.T) {
	m := read(t, `
:MACRO: OUTER(x, f : further)
OUTER = inner + INNER(x, 2) ~~|
inner = f(x) ~~|
further = Time$ + base$ ~~|
:END OF MACRO:
base = 100 ~~|
D: d1, d2 ~~|
v[D] = 1, 2 ~~|
table((0,0),(10,100)) ~~|
r[D] = OUTER(v[D]*Time, table : second) ~~|
use[D] = second[D] + 0.5 ~~|
total = SUM(INNER(v[D!], 1)) ~~|
later = LEVEL(2, 5) ~~|
:MACRO: INNER(x, k)
INNER = x*k + hidden ~~|
hidden = 1 ~~|
:END OF MACRO:
:MACRO: LEVEL(x, start)
LEVEL = INTEG(x, start) ~~|
:END OF MACRO:
total again = INNER(1,1) + INNER(2,1) ~~|`, nil)
	expect(t, series(t, m), map[string][]float64{"r[d1]": {1, 13, 25}, "r[d2]": {1, 25, 49}, "use[d2]": {100.5, 101.5},
		"second[d1]": {100, 101}, "total": {5}, "later": {5, 7, 9}, "total again": {5}})
}

// sheet makes a workbook: rows of sheet "Tab", and named ranges.
func sheet(t *testing.T, rows [][]any, names map[string]string) []byte {
	t.Helper()
	f := excelize.NewFile()
	if err := f.SetSheetName("Sheet1", "Tab"); err != nil {
		t.Fatal(err)
	}
	for i, row := range rows {
		if err := f.SetSheetRow("Tab", fmt.Sprintf("A%d", i+1), &row); err != nil {
			t.Fatal(err)
		}
	}
	for name, refers := range names {
		if err := f.SetDefinedName(&excelize.DefinedName{Name: name, RefersTo: refers}); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestExternalData(t *testing.T) {
	const na = -649037107316853453566312041152512
	folder := files{
		"d.xlsx": sheet(t, [][]any{
			{"time", 0, 2, 4},
			{"first", 10, nil, 30},
			{"second", 1, 2, 3},
			{"el", "x1", "x2"},
			{"k", 5, 6},
			{"k", 7, 8},
		}, map[string]string{"years": "Tab!$B$1:$D$1", "values": "Tab!$B$3:$D$3", "down_all": "Tab!$B$5:$B$6"}),
		"c.csv":    []byte("t;v\n0;5\n3;8\n"),
		"data.tab": []byte("Time\twaves[a,B]\tplain\twaves[B, B]\n0\t1\t2\t0\n2\t3\t\t9\n4\t7\t6\t1\n"),
	}
	m := read(t, `
E: GET DIRECT SUBSCRIPT('d.xls', 'Tab', 'B4', 'C', 'is ') ~~|
R: r1, r2 ~~|
up[R] := GET XLS DATA('d.xls', 'Tab', '1', 'B2') ~~|
next :LOOK FORWARD: := GET DIRECT DATA('d.xlsx', 'Tab', 'years', 'values') ~~|
last :HOLD BACKWARD::= GET DIRECT DATA('d.xlsx', 'Tab', 'years', 'values') ~~|
raw :RAW::= GET DIRECT DATA('d.xlsx', 'Tab', '1', 'B3') ~~|
csv := GET DIRECT DATA('c.csv', ';', 'A', 'B2') ~~|
look(GET DIRECT LOOKUPS('d.xlsx', 'Tab', '1', 'B3')) ~~|
read look = look(Time/2) ~~|
k[E, R] = GET DIRECT CONSTANTS('d.xlsx', 'Tab', 'B5') ~~|
turned[E, R] = GET DIRECT CONSTANTS('d.xlsx', 'Tab', 'B5*') ~~|
down[R] = GET XLS CONSTANTS('d.xlsx', 'Tab', 'down_all*') ~~|
Q: A, B ~~|
waves[Q, B]:INTERPOLATE: ~~|
plain ~~|`, folder)
	expect(t, series(t, m), map[string][]float64{
		"up[r1]": {10, 15, 20, 25, 30}, "up[r2]": {1, 1.5, 2, 2.5, 3},
		"next": {1, 2, 2, 3, 3}, "last": {1, 1, 2, 2, 3}, "raw": {1, na, 2, na, 3}, "csv": {5, 6, 7, 8, 8},
		"read look": {1, 1.25, 1.5}, "k[is x1,r2]": {6}, "k[is x2,r1]": {7}, "turned[is x1,r2]": {7}, "down[r2]": {7},
		"waves[A,B]": {1, 2, 3}, "waves[B,B]": {0, 4.5, 9}, "plain": {2, 3, 4, 5, 6},
	})
	if v := m.Variable("up"); !v.Provenance.Input || v.Kind != model.Auxiliary {
		t.Errorf("got %+v", v)
	}
}

func TestTimeFollowed(t *testing.T) {
	m, found := vensim.Read("m.mdl", []byte(`clock = Time*2 ~~|
INITIAL TIME = start ~~| start = 1 ~~| TIME STEP = 1/2 ~~|
FINAL TIME = IF THEN ELSE(clock > 5, Time, 100) ~~|`), nil)
	if len(found) > 0 || m.Time.Start != 1 || m.Time.Stop != 3 || m.Time.DT != 0.5 || m.Time.Save != 0.5 {
		t.Fatal(m.Time, found)
	}
}

func TestSettings(t *testing.T) {
	m, found := vensim.Read("m.mdl", []byte("x = 1 ~~|"+control+`
\\\---/// Sketch information - do not modify anything except names
V300  Do not put anything below this section - it will be ignored
*View 1
10,1,x = nonsense ~ |,1,2
///---\\\
`+"\x7f"+`:L<%^E!@
15:0,0,0,1,0,0
22:$,Dollar,Dollars,$s
22:Month,Months
`), nil)
	if len(found) != 0 || m.Time.Method != model.RK45 || len(m.Variables) != 5 {
		t.Fatal(m, found)
	}
	if len(m.Units) != 2 || m.Units[0].Name != "$" || len(m.Units[0].Aliases) != 3 {
		t.Errorf("got %+v", m.Units)
	}
}

func TestMistakes(t *testing.T) {
	for text, want := range map[string]string{
		"x = 1 + ~~|":                             `m.mdl:1:9: error: x: found the end of the equation, expected a value`,
		"x =\n\ty + 1 ~~|":                        `m.mdl:2:2: error: x: "y" is not a variable of the model`,
		"rate = 1 ~~| x = rat ~~|":                `m.mdl:1:18: error: x: "rat" is not a variable of the model (did you mean "rate"?)`,
		"x = SMOTH(1, 2) ~~|":                     `m.mdl:1:5: error: x: the function "SMOTH" is not known (did you mean "SMOOTH"?)`,
		"x = SMOOTH(1) ~~|":                       `m.mdl:1:5: error: x: SMOOTH has 1 arguments; expected SMOOTH(x, time)`,
		"x = DELAY CONVEYOR(1) ~~|":               `m.mdl:1:5: error: x: the function DELAY CONVEYOR is not supported`,
		"x = 2*INTEG(1, 2) ~~|":                   `m.mdl:1:7: error: x: INTEG inside another expression is not supported (give the stock a variable of its own)`,
		"x = A FUNCTION OF(x) ~~|":                `m.mdl:1:5: error: x: the equation is not finished: A FUNCTION OF says only on what it depends`,
		"x[Pl] = 1 ~~| Plc: a, b ~~|":             `m.mdl:1:3: error: x: "Pl" is not a subscript range or an element of one (did you mean "Plc"?)`,
		"P: a, b ~~| x[P] = 1,2,3 ~~|":            `m.mdl:1:20: error: x: found 3 numbers, expected 2 for [P]`,
		"P: a, b ~~| x[P] = 1 ~~| y = x ~~|":      `m.mdl:1:30: error: y: "x" has 1 dimensions and is used with 0 subscripts`,
		"x = 1 ~~| x = 2 ~~|":                     `m.mdl:1:11: error: x: the variable is already defined at m.mdl:1:1`,
		"x = 1 @@ 2 ~~|":                          `m.mdl:1:7: error: x: found "@@ 2", expected an operator or "~"`,
		"x = \"y ~~|":                             `m.mdl:1:5: error: the quoted name has no closing quote`,
		"x = l ~~| l((0,0),(1,1)) ~~|":            `m.mdl:1:5: error: x: the lookup "l" is used without an argument`,
		"x = y(1) ~~| y = 1 ~~|":                  `m.mdl:1:5: error: x: "y" is called as a function and is not a lookup`,
		"l((0,0),(0,1)) ~~|":                      `m.mdl:1:2: error: l: two different values stand at 0: 0 and 1`,
		"x := GET XLS DATA('f','t','A','B2') ~~|": `m.mdl:1:6: error: x: "f" cannot be used: no such file`,
		"x ~~|":                     `m.mdl:1:1: error: x: the variable has no equation, and no data file can be used: no such file (put the data beside the model in data.tab, with the times in its first column)`,
		"P: (a3-a1) ~~| ":           `m.mdl:1:5: error: found (a3-a1), expected a rising range such as (A1-A10)`,
		"P: Q ~~| Q: P ~~|":         `m.mdl:1:10: error: Q: the subscript range contains itself`,
		"P: a, b -> Q ~~| Q: c ~~|": `m.mdl:1:12: error: P: "P" has 2 elements and "Q" has 1; a mapping by order needs as many (name the elements, as in -> (Range: a, b, c))`,
		":MACRO: M(a)\nM = M(a) ~~|\n:END OF MACRO:\nx = M(1) ~~|":                                          `m.mdl:2:5: error: #M 1#M: "M" is called as a function and is not a lookup`,
		":MACRO: M(a)\nM = N(a) ~~|\n:END OF MACRO: :MACRO: N(a) N = M(a) ~~| :END OF MACRO:\nx = M(1) ~~|": `macros call each other deeper than 64 levels`,
		"x = IF THEN ELSE(1, 2) ~~|":          `m.mdl:1:5: error: x: IF THEN ELSE has 2 arguments; expected IF THEN ELSE(condition, x, y)`,
		"x = SUM('a') ~~|":                    `m.mdl:1:9: error: x: found the text 'a', expected a number`,
		"t:TEST INPUT: x = RC STEP(x, 0) ~~|": `m.mdl:1:1: warning: t: reality checks and test inputs are not read`,
	} {
		_, found := vensim.Read("m.mdl", []byte(text+control), files{}.open)
		lines := make([]string, len(found))
		ok := false
		for i, d := range found {
			lines[i] = d.Error()
			ok = ok || strings.Contains(lines[i], want)
		}
		if !ok {
			t.Errorf("%q: got\n\t%s\nwant\n\t%s", text, strings.Join(lines, "\n\t"), want)
		}
	}
	for text, want := range map[string]string{
		"x = 1 ~~|": `the model has no equation for "initial_time"`,
		"":          "the file holds no equation",
	} {
		if _, found := vensim.Read("m.mdl", []byte(text), nil); !strings.Contains(found.Error(), want) {
			t.Errorf("%q: got %v", text, found)
		}
	}
}

// TestHostile feeds text that grows when read carelessly.
func TestHostile(t *testing.T) {
	deep := strings.Repeat("(", 100000)
	doubling := ""
	for i := 1; i < 40; i++ {
		doubling += fmt.Sprintf(":MACRO: M%d(a)\nM%d = M%d(a)+M%d(a) ~~|\n:END OF MACRO:\n", i, i, i-1, i-1)
	}
	for name, text := range map[string]string{
		"nesting":  "x = " + deep + "1 ~~|",
		"signs":    "x = " + strings.Repeat("-", 100000) + "1 ~~|",
		"sum":      "x = 1" + strings.Repeat("+1", 2_000_000) + " ~~|",
		"range":    "P: (a1-a999999999) ~~| x[P] = 1 ~~|",
		"array":    "P: (a1-a99999) ~~| x[P,P,P] = 1 ~~|",
		"doubling": ":MACRO: M0(a)\nM0 = a ~~|\n:END OF MACRO:\n" + doubling + "x = M39(1) ~~|",
	} {
		t.Run(name, func(t *testing.T) {
			if _, found := vensim.Read("m.mdl", []byte(text+control), nil); found.Errors() == 0 {
				t.Error("no mistake reported")
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	f.Add("x = INTEG(a-b, 1) ~ u [0,1] ~ doc | a = MAX(x, .5e3) ~~| b == 3 ~~|" + control)
	f.Add("P: (a1-a3), b -> (Q: c, Q) ~~| Q <-> P ~~| x[P, b]:EXCEPT: [b, b] = 1,2;3; ~~| y = SUM(x[P!, b]) ~~|" + control)
	f.Add(":MACRO: M(a : o)\nM = a ~~| o = M ~~| :END OF MACRO:\nx = M(1 : z) + \"q\\\"\" ~~| l([(0,0)-(1,1)],(0,1),(2,3)) ~~| y = l(Time) ~~|" + control)
	f.Add("{UTF-8}\n*****\n.g\n****~ d | d[A]:RAW::= GET XLS DATA('f.csv', ',', 'A', 'B2') ~~| A: k ~~| w = VECTOR ELM MAP(v[k], 1) ~~| v[A] = A ~~|\\\\\\---///\n:L<%^E!@\n22:a,b\n15:0,0,0,1" + control)
	folder := files{"f.csv": []byte("t,v\n0,1\n1,2\n"), "data.tab": []byte("Time\tx\n0\t1\n")}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 10000 {
			return
		}
		m, found := vensim.Read("m.mdl", []byte(text), folder.open)
		if m == nil && found.Errors() == 0 {
			t.Fatal("no model and no mistake")
		}
		// A model read without mistakes must be one that the checks can walk.
		if found.Errors() == 0 {
			model.Check(m)
		}
	})
}

func BenchmarkRead(b *testing.B) {
	var text strings.Builder
	for i := range 10000 {
		fmt.Fprintf(&text, "variable number %d[Place] = variable number %d[Place]*0.5 + SUM(x[Place!]) ~ person ~ What it is. |\n", i+1, i)
	}
	text.WriteString("Place: a, b, c ~~| x[Place] = 1,2,3 ~~| variable number 0[Place] = 1 ~~|" + control)
	data := []byte(text.String())
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, found := vensim.Read("m.mdl", data, nil); len(found) > 0 {
			b.Fatal(found)
		}
	}
}
