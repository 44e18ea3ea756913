package trajectory_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"handover/model"
	"handover/model/xmile"
	"handover/trajectory"
)

const source = `<xmile version="1.0" xmlns="http://docs.oasis-open.org/xmile/ns/XMILE/v1.0"><header><name>tanks</name></header>
<sim_specs time_units="Month"><start>0</start><stop>2</stop><dt>0.5</dt></sim_specs>
<dimensions><dim name="Site"><elem name="North"/><elem name="South"/></dim></dimensions>
<model><variables>
<stock name="Water Level"><doc>What is in</doc><eqn>10</eqn><dimensions><dim name="Site"/></dimensions><outflow>leak</outflow><units>m</units></stock>
<flow name="leak"><eqn>share*Water_Level</eqn><dimensions><dim name="Site"/></dimensions></flow>
<aux name="share"><eqn>0.5</eqn></aux>
<aux name="rain, daily"><eqn>TIME</eqn></aux>
</variables></model></xmile>`

func tanks(t *testing.T) *model.Model {
	t.Helper()
	m, found := xmile.Read("tanks.xmile", []byte(source))
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	if err := model.Check(m).Err(); err != nil {
		t.Fatal(err)
	}
	return m
}

func run(t *testing.T, m *model.Model, o trajectory.Options) *trajectory.Trajectory {
	t.Helper()
	r, err := trajectory.Run(m, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestCSV(t *testing.T) {
	var b bytes.Buffer
	if err := run(t, tanks(t), trajectory.Options{}).WriteCSV(&b); err != nil {
		t.Fatal(err)
	}
	want := `time,Water Level[North],Water Level[South],leak[North],leak[South],share,"rain, daily"
0,10,10,5,5,0.5,0
0.5,7.5,7.5,3.75,3.75,0.5,0.5
1,5.625,5.625,2.8125,2.8125,0.5,1
1.5,4.21875,4.21875,2.109375,2.109375,0.5,1.5
2,3.1640625,3.1640625,1.58203125,1.58203125,0.5,2
`
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

func TestSet(t *testing.T) {
	m := tanks(t)
	for name, value := range map[string]float64{"SHARE": 0, "water_level[ south ]": 3} {
		if err := trajectory.Set(m, name, value); err != nil {
			t.Fatal(err)
		}
	}
	level := run(t, m, trajectory.Options{Saved: []string{"water level"}}).Variables[0]
	if level.Values[0][4] != 10 || level.Values[1][4] != 3 {
		t.Errorf("levels %v", level.Values)
	}
	var variable *trajectory.UnknownError
	var element *trajectory.UnknownElementError
	if err := trajectory.Set(m, "shore", 1); !errors.As(err, &variable) || variable.Name != "shore" {
		t.Error(err)
	}
	if err := trajectory.Set(m, "leak[East]", 1); !errors.As(err, &element) || element.Dimension != "Site" {
		t.Error(err)
	}
	for _, name := range []string{"leak[North,South]", "leak[North"} {
		if trajectory.Set(m, name, 1) == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

func TestSeries(t *testing.T) {
	m := tanks(t)
	table := "month, share ,\"rain, daily\"\n0,0,1\n1,,\n2,1,3\n"
	if err := trajectory.Series(m, strings.NewReader(table), ','); err != nil {
		t.Fatal(err)
	}
	r := run(t, m, trajectory.Options{Saved: []string{"share", "rain, daily"}})
	for k, want := range []float64{0, 0.25, 0.5, 0.75, 1} {
		if got := r.Variables[0].Values[0][k]; got != want {
			t.Errorf("share at %v is %v, want %v", r.Times[k], got, want)
		}
		if got := r.Variables[1].Values[0][k]; got != 1+2*want {
			t.Errorf("rain at %v is %v, want %v", r.Times[k], got, 1+2*want)
		}
	}
	before := len(m.Variable("leak").Equations)
	for table, want := range map[string]string{
		"":                                "empty",
		"time\n1\n":                       "one column",
		"time,shore\n1,2\n":               `"shore" is not a variable`,
		"time,water level\n1,2\n":         "stock",
		"time,leak\n0,1\n0,2\n":           "line 3: the time 0 is not after",
		"time,leak\n0,1\n1,x\n":           `line 3: leak is "x"`,
		"time,leak\n0,\n":                 "no value",
		"time,leak\n0,1,2\n":              "wrong number of fields",
		"time,leak,shore\n0,1,1\n1,2,1\n": "shore",
	} {
		if err := trajectory.Series(m, strings.NewReader(table), ','); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", table, err, want)
		}
	}
	if len(m.Variable("leak").Equations) != before || m.Variable("leak").Equations[0].Graph != nil {
		t.Error("a table that was refused changed the model")
	}
}

func TestBadIsReported(t *testing.T) {
	m := tanks(t)
	if err := trajectory.Set(m, "share", math.Inf(1)); err != nil {
		t.Fatal(err)
	}
	r := run(t, m, trajectory.Options{})
	if r.Bad == nil || r.Bad.Time != 0.5 || !strings.HasPrefix(r.Bad.Name, "Water Level") {
		t.Errorf("%+v", r.Bad)
	}
}

func TestParquet(t *testing.T) {
	r := run(t, tanks(t), trajectory.Options{})
	var b bytes.Buffer
	if err := r.WriteParquet(&b); err != nil {
		t.Fatal(err)
	}
	f, err := file.NewParquetReader(bytes.NewReader(b.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	reader, err := pqarrow.NewFileReader(f, pqarrow.ArrowReadProperties{}, memory.DefaultAllocator)
	if err != nil {
		t.Fatal(err)
	}
	table, err := reader.ReadTable(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer table.Release()
	c := table.Schema().FieldIndices("Water Level[South]")
	if len(c) != 1 || table.NumRows() != 5 {
		t.Fatalf("columns %v, rows %d", table.Schema(), table.NumRows())
	}
	field := table.Schema().Field(c[0])
	if unit, _ := field.Metadata.GetValue("unit"); unit != "m" {
		t.Errorf("unit %q", unit)
	}
	if got := table.Column(c[0]).Data().Chunk(0).(*array.Float64).Value(4); got != 3.1640625 {
		t.Errorf("last value %v", got)
	}
}

// cdf reads back what the header of a classic NetCDF file says, the plain way.
type cdf struct {
	t    *testing.T
	data []byte
	at   int
}

func (c *cdf) word() int {
	c.at += 4
	return int(binary.BigEndian.Uint32(c.data[c.at-4:]))
}

func (c *cdf) text() string {
	n := c.word()
	s := string(c.data[c.at : c.at+n])
	c.at += (n + 3) / 4 * 4
	return s
}

func (c *cdf) attributes() map[string]string {
	a := map[string]string{}
	c.word()
	for range c.word() {
		name := c.text()
		if kind := c.word(); kind != 2 {
			c.t.Fatalf("attribute %s has type %d", name, kind)
		}
		a[name] = c.text()
	}
	return a
}

func TestNetCDF(t *testing.T) {
	r := run(t, tanks(t), trajectory.Options{})
	var b bytes.Buffer
	if err := r.WriteNetCDF(&b); err != nil {
		t.Fatal(err)
	}
	c := &cdf{t: t, data: b.Bytes(), at: 8}
	if string(c.data[:4]) != "CDF\x02" || c.word() != 0x0a {
		t.Fatalf("header %q", c.data[:8])
	}
	var names []string
	var lengths []int
	for range c.word() {
		names, lengths = append(names, c.text()), append(lengths, c.word())
	}
	if strings.Join(names, " ") != "time site site_length" || lengths[0] != 5 || lengths[1] != 2 || lengths[2] != 5 {
		t.Errorf("dimensions %v of %v", names, lengths)
	}
	if a := c.attributes(); a["title"] != "tanks" || a["dt"] != "0.5" {
		t.Errorf("attributes %v", a)
	}
	c.word()
	end := 0
	found := map[string]bool{}
	for range c.word() {
		name := c.text()
		size := 1
		for range c.word() {
			size *= lengths[c.word()]
		}
		a := c.attributes()
		kind, bytes := c.word(), c.word()
		if begin := c.word()<<32 + c.word(); end > 0 && begin != end {
			t.Errorf("%s begins at %d, the one before ends at %d", name, begin, end)
		} else {
			end = begin
		}
		from := end
		if kind == 6 && bytes != 8*size || kind == 2 && bytes != (size+3)/4*4 {
			t.Errorf("%s of type %d has %d bytes for %d values", name, kind, bytes, size)
		}
		end += bytes
		found[name] = true
		switch name {
		case "site":
			if got := string(c.data[from : from+10]); got != "NorthSouth" {
				t.Errorf("labels %q", got)
			}
		case "water_level":
			last := math.Float64frombits(binary.BigEndian.Uint64(c.data[from+8*9:]))
			if a["long_name"] != "Water Level" || a["units"] != "m" || a["description"] != "What is in" || last != 3.1640625 {
				t.Errorf("%v, last value %v", a, last)
			}
		}
	}
	if end != len(c.data) || !found["rain,_daily"] || !found["water_level"] || !found["site"] {
		t.Errorf("the file has %d bytes, its variables end at %d; %v", len(c.data), end, found)
	}
}

func TestRefusals(t *testing.T) {
	m := tanks(t)
	var unknown *trajectory.UnknownError
	if _, err := trajectory.Run(m, trajectory.Options{Saved: []string{"lake"}}); !errors.As(err, &unknown) {
		t.Error(err)
	}
	m.Time.Stop, m.Time.DT = 1e8, 0.5
	if _, err := trajectory.Run(m, trajectory.Options{}); err == nil || !strings.Contains(err.Error(), "more than") {
		t.Error(err)
	}
}
