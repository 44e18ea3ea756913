package cases

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io/fs"
	"math"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"handover/calibrate"
	"handover/casefile"
	"handover/explore/finding"
	"handover/hindcast"
	"handover/holdout"
)

// The pages that people read quote what the results of the Iraq case hold. These tests
// compare the two, so that a result made anew cannot leave an old figure standing.

// page is a text in Markdown.
type page struct {
	name string
	text string
}

func readPage(t *testing.T, path string) page {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return page{path, string(data)}
}

// table is the cells of the rows below the header that begins with the cells given.
func (p page) table(t *testing.T, cells ...string) [][]string {
	t.Helper()
	lines := strings.Split(p.text, "\n")
	at := slices.IndexFunc(lines, func(line string) bool {
		found := cellsOf(line)
		return len(found) >= len(cells) && slices.Equal(found[:len(cells)], cells)
	})
	if at < 0 || at+2 >= len(lines) {
		t.Fatalf("%s has no table that begins with %q", p.name, cells)
	}
	var rows [][]string
	for _, line := range lines[at+2:] {
		if !strings.HasPrefix(line, "|") {
			break
		}
		rows = append(rows, cellsOf(line))
	}
	return rows
}

// cellsOf is the cells of a line of a table.
func cellsOf(line string) []string {
	var cells []string
	for cell := range strings.SplitSeq(strings.TrimSuffix(strings.TrimPrefix(line, "|"), "|"), "|") {
		cells = append(cells, strings.TrimSpace(cell))
	}
	return cells
}

// says fails where the page does not hold the sentence, line ends and emphasis apart.
func (p page) says(t *testing.T, format string, args ...any) {
	t.Helper()
	want := plain(fmt.Sprintf(format, args...))
	if !strings.Contains(plain(p.text), want) {
		t.Errorf("%s does not say, as the results do: %s", p.name, want)
	}
}

func plain(text string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(text, "*", "")), " ")
}

var figure = regexp.MustCompile(`-?[0-9][0-9,]*(\.[0-9]+)?`)

// shows fails where the numbers of a cell are not the values given, rounded to the
// places that the cell shows: three significant figures at least before the point.
func shows(t *testing.T, where, cell string, values ...float64) {
	t.Helper()
	found := figure.FindAllString(strings.ReplaceAll(cell, "+", ""), -1)
	if len(found) != len(values) {
		t.Errorf("%s: %q holds %d numbers; expected %d: %v", where, cell, len(found), len(values), values)
		return
	}
	for i, text := range found {
		digits := strings.ReplaceAll(text, ",", "")
		x, err := strconv.ParseFloat(digits, 64)
		if err != nil {
			t.Fatal(err)
		}
		place := 0
		if _, after, ok := strings.Cut(digits, "."); ok {
			place = -len(after)
		} else {
			zeros := len(digits) - len(strings.TrimRight(digits, "0"))
			place = max(0, min(zeros, len(digits)-3))
		}
		if math.Abs(x-values[i]) > 0.5001*math.Pow10(place) {
			t.Errorf("%s: %q says %s; the result is %.5g", where, cell, text, values[i])
		}
	}
}

func said(happened bool) string {
	if happened {
		return "yes"
	}
	return "no"
}

func percent(x float64) float64 { return 100 * x }

func result[T any](t *testing.T, name string) *T {
	t.Helper()
	folder, _ := Open("iraq")
	data, err := fs.ReadFile(folder, name)
	if err != nil {
		t.Fatal(err)
	}
	x := new(T)
	if err := json.Unmarshal(data, x); err != nil {
		t.Fatal(err)
	}
	return x
}

func TestFiguresOfTheCalibration(t *testing.T) {
	p := readPage(t, "iraq/MODEL.md")
	c := result[calibrate.Result](t, calibrate.ResultName)

	rows, listed := p.table(t, "parameter"), 0
	for _, row := range rows {
		i := slices.IndexFunc(c.Parameters, func(x calibrate.ParameterResult) bool { return x.Name == row[0] })
		if i < 0 {
			t.Errorf("%s is no parameter of the calibration", row[0])
			continue
		}
		x := c.Parameters[i]
		shows(t, x.Name, row[1], x.Prior[1], x.Prior[0], x.Prior[2])
		shows(t, x.Name, row[2], x.Posterior[1], x.Posterior[0], x.Posterior[2])
		shows(t, x.Name, strings.Join(row[3:], " "), x.Spread, x.Learned, x.Disagreement)
		if x.Informed {
			listed++
		}
	}
	var informed, apart int
	var disagreements []float64
	for _, x := range c.Parameters {
		if x.Informed {
			informed++
		}
		if x.Disagreement > 0.1 {
			apart++
		}
		disagreements = append(disagreements, x.Disagreement)
	}
	slices.Sort(disagreements)
	if listed != informed || listed != len(rows) {
		t.Errorf("the table lists %d parameters, %d of which the data informed; expected the %d that they informed", len(rows), listed, informed)
	}
	p.says(t, "something about %d of %d parameters", informed, len(c.Parameters))
	p.says(t, "two populations of %d chains", c.Chains)
	p.says(t, "%s runs of the model", finding.Grouped(strconv.Itoa(c.Runs)))
	p.says(t, "Acceptance %.0f%% and %.0f%%", percent(c.Acceptance[0]), percent(c.Acceptance[1]))
	p.says(t, "differ by at most %.2f posterior standard deviations (%s), by %.2f in the median, and %d of %d by more than 0.1",
		c.Disagreement, c.DisagreementOf, disagreements[len(disagreements)/2], apart, len(c.Parameters))
	p.says(t, "scale reduction up to %.1f within a chain; %.0f effective draws at least", c.Reduction, c.Effective)

	rows = p.table(t, "observation")
	if len(rows) != len(c.Observations) {
		t.Fatalf("%d observations in the table; expected %d", len(rows), len(c.Observations))
	}
	for i, x := range c.Observations {
		name := x.ID
		if x.Part != "" {
			name += ", " + x.Part
		}
		if rows[i][0] != name {
			t.Errorf("row %d is of %q; expected %q", i+1, rows[i][0], name)
		}
		shows(t, name, strings.Join(rows[i][1:], " "), float64(x.N), x.Bias, x.Deviation, x.Autocorrelation, percent(x.Coverage))
	}

	readme := readPage(t, "../README.md")
	readme.says(t, "Data said something about %d of %d parameters", informed, len(c.Parameters))
	readme.says(t, "its two populations of chains differ by at most %.2f posterior standard deviations", c.Disagreement)
}

func TestFiguresOfTheModes(t *testing.T) {
	p := readPage(t, "iraq/MODEL.md")
	m := result[calibrate.Modes](t, calibrate.ModesName)
	rows := p.table(t, "test")
	next := func() []string {
		if len(rows) == 0 {
			t.Fatal("the table of reference modes has too few rows")
		}
		row := rows[0]
		rows = rows[1:]
		return row
	}
	for i, mode := range m.Modes {
		var row []string
		for _, test := range mode.Tests {
			row = next()
			if !strings.HasPrefix(plain(row[0]), mode.ID+": ") {
				t.Errorf("%q stands where a test of %s was expected", row[0], mode.ID)
			}
			shows(t, row[0], row[1], test.Ratio[1], test.Ratio[0], test.Ratio[2])
			shows(t, row[0], row[3], percent(test.Share))
		}
		if len(mode.Tests) > 1 {
			row = next()
			if !strings.HasPrefix(row[0], "**"+mode.ID+"**") {
				t.Errorf("%q stands where all of %s was expected", row[0], mode.ID)
			}
		}
		shows(t, row[0], row[3], percent(mode.Share))
		if i == 1 {
			row = next()
			shows(t, row[0], row[3], percent(m.Past))
		}
	}
	for i, within := range []string{"Of %d months of deaths %.0f%% lie inside the 90%% band of draws without noise, %.0f%% with noise.",
		"Of %d months of deaths %.0f%% lie inside without noise, %.0f%% with it"} {
		deaths := m.Modes[i].Charts[slices.IndexFunc(m.Modes[i].Charts, func(c calibrate.ModeChartResult) bool { return c.ID == "deaths" })]
		p.says(t, within, deaths.Recorded, percent(*deaths.Inside), percent(*deaths.WithNoise))
	}
	row := next()
	shows(t, row[0], row[3], percent(m.All))
	if len(rows) > 0 {
		t.Errorf("%d rows too many in the table of reference modes", len(rows))
	}
}

// methods are those of a row of the tables of hindcasts, in order.
var methods = append([]string{calibrate.DriversKnown, calibrate.DriversUnknown, calibrate.PriorAlone, calibrate.Combination}, hindcast.Baselines()...)

func TestFiguresOfTheHindcasts(t *testing.T) {
	p := readPage(t, "iraq/MODEL.md")
	h := result[casefile.Hindcast](t, casefile.HindcastName)
	p.says(t, "Verdict. %s", h.Verdict)
	p.says(t, "refitted (%s runs each", finding.Grouped(strconv.Itoa(h.Runs)))
	p.says(t, "%d draws with forecast error", h.Draws)

	rows := p.table(t, "origin", "months", "known", "unknown", "prior alone", "combination")
	totals := map[string]float64{}
	asGood := map[string]int{}
	courses := map[string][]string{}
	var windows, changes, n int
	var covered float64
	var tenths [10]int
	for _, origin := range h.Origins {
		type window struct{ from, to int }
		scores := map[window]map[string]casefile.HindcastScore{}
		var order []window
		for _, s := range origin.Scores {
			w := window{s.From, s.To}
			if scores[w] == nil {
				scores[w] = map[string]casefile.HindcastScore{}
				order = append(order, w)
			}
			scores[w][s.Method] = s
		}
		for _, w := range order {
			if windows >= len(rows) {
				t.Fatalf("the table of hindcasts has %d windows; expected more", len(rows))
			}
			row, by := rows[windows], scores[w]
			windows++
			where := fmt.Sprintf("%s, months %d to %d", origin.Origin, w.from, w.to)
			if row[0] != origin.Origin || row[1] != fmt.Sprintf("%d-%d", w.from, w.to) {
				t.Errorf("%q stands where %s was expected", row[:2], where)
			}
			best := slices.MinFunc(hindcast.Baselines(), func(a, b string) int { return cmp.Compare(by[a].CRPS, by[b].CRPS) })
			logBest := math.Inf(-1)
			for _, method := range hindcast.Baselines() {
				logBest = max(logBest, by[method].LogScore)
			}
			bold := best
			if by[calibrate.DriversUnknown].CRPS < by[best].CRPS {
				bold = calibrate.DriversUnknown
			}
			for k, method := range methods {
				cell := row[2+k]
				shows(t, where+", "+method, cell, by[method].CRPS)
				if strings.HasPrefix(cell, "**") != (method == bold) {
					t.Errorf("%s: %q of %s; expected %s alone in bold", where, cell, method, bold)
				}
				totals[method] += by[method].CRPS
				courses[origin.Origin+" "+method] = append(courses[origin.Origin+" "+method], fmt.Sprintf("%.3f", by[method].CRPS))
				if by[method].CRPS <= by[best].CRPS {
					asGood[method]++
				}
			}
			if by[calibrate.Combination].CRPS < by[best].CRPS && slices.Contains([]string{"2011-12", "2014-12", "2017-12"}, origin.Origin) {
				changes++
			}
			unknown := by[calibrate.DriversUnknown]
			shows(t, where, row[11], percent(unknown.Coverage))
			shows(t, where, row[12], unknown.LogScore, logBest)
			covered += unknown.Coverage * float64(unknown.N)
			n += unknown.N
			for k, x := range unknown.PIT {
				tenths[k] += x
			}
		}
	}
	if windows != len(rows) {
		t.Errorf("%d windows in the table; expected %d", len(rows), windows)
	}
	mean := func(method string) float64 { return totals[method] / float64(windows) }
	best := slices.MinFunc(hindcast.Baselines(), func(a, b string) int { return cmp.Compare(totals[a], totals[b]) })
	p.says(t, "Mean over the %d windows: %.3f, against %.3f of the model and %.3f of the best single baseline (%s); at least as good as the best baseline in %d windows of %d",
		windows, mean(calibrate.Combination), mean(calibrate.DriversUnknown), mean(best), best, asGood[calibrate.Combination], windows)
	p.says(t, "is as good as the best baseline in %d of %d windows", asGood[calibrate.Combination], windows)
	p.says(t, "Places of what came in the honest forecast, by tenth: %s.", strings.Trim(strings.ReplaceAll(fmt.Sprint(tenths), " ", ", "), "[]"))

	p.says(t, "better than every baseline in %d of 12 windows", changes)
	course := func(origin, method string) string { return strings.Join(courses[origin+" "+method], ", ") }
	p.says(t, "end of 2011 .378, .329, .790, .425 there and %s here", course("2011-12", calibrate.DriversUnknown))
	p.says(t, "end of 2018 .467, .393, .424, .825 there and %s here", course("2018-12", calibrate.DriversUnknown))
	p.says(t, "with drivers known it has %s, there", course("2011-12", calibrate.DriversKnown))
	p.says(t, "(mean log CRPS %.3f after 0.590; from the end of 2011 %s after", mean(calibrate.DriversUnknown), course("2011-12", calibrate.DriversUnknown))

	readme := readPage(t, "../README.md")
	readme.says(t, "its 90%% intervals held %.0f%% of what came in refits to five earlier dates", percent(covered/float64(n)))
	forecasts := readPage(t, "../docs/forecasts.md")
	for _, row := range forecasts.table(t, "", "mean", "at least as good as the best of five baselines") {
		method := row[0]
		if strings.HasPrefix(method, "best single baseline") {
			method = best
		}
		if method == "the combination before" {
			continue
		}
		if _, ok := totals[method]; !ok {
			t.Errorf("%s: %s is no method of the hindcast", forecasts.name, method)
			continue
		}
		shows(t, method, row[1], mean(method))
		shows(t, method, row[2], float64(asGood[method]), float64(windows))
	}

	at := 0
	rows = p.table(t, "origin", "months", "known", "unknown", "prior alone", "last value")
	for _, origin := range h.Origins {
		if len(origin.Areas) == 0 {
			continue
		}
		if at == len(rows) {
			t.Fatalf("the table of areas has %d origins; expected more", at)
		}
		row := rows[at]
		at++
		if row[0] != origin.Origin || row[1] != fmt.Sprintf("%d-%d", origin.Areas[0].From, origin.Areas[0].To) {
			t.Errorf("%q stands where areas from %s were expected", row[:2], origin.Origin)
		}
		by := map[string]float64{}
		for _, s := range origin.Areas {
			by[s.Method] = s.CRPS
		}
		for k, method := range slices.DeleteFunc(slices.Clone(methods), func(m string) bool { return m == calibrate.Combination }) {
			shows(t, "areas from "+origin.Origin+", "+method, row[2+k], by[method])
		}
	}
}

func TestFiguresOfTheRises(t *testing.T) {
	p := readPage(t, "iraq/MODEL.md")
	h := result[casefile.Hindcast](t, casefile.HindcastName)
	rises := map[string]casefile.HindcastRise{}
	sum, n := map[string]float64{}, map[string]int{}
	for _, origin := range h.Origins {
		for _, r := range origin.Rises {
			rises[fmt.Sprint(origin.Origin, " ", r.Times, " ", r.To)] = r
			for method, x := range r.Brier {
				sum[method] += x
				n[method]++
			}
		}
	}
	for _, row := range p.table(t, "origin", "rise", "within months") {
		where := strings.Join(row[:3], " ")
		r, ok := rises[where]
		if !ok {
			t.Errorf("no rise %s in the hindcast", where)
			continue
		}
		if row[3] != said(*r.Happened) {
			t.Errorf("%s: %q; expected %s", where, row[3], said(*r.Happened))
		}
		for k, method := range []string{calibrate.DriversKnown, calibrate.DriversUnknown, calibrate.PriorAlone, calibrate.PastFrequency} {
			if x, ok := r.Probability[method]; ok {
				shows(t, where+", "+method, row[4+k], x)
			} else if row[4+k] != "" {
				t.Errorf("%s, %s: %q; expected nothing", where, method, row[4+k])
			}
		}
	}
	var of []string
	for _, method := range []string{calibrate.DriversKnown, calibrate.DriversUnknown, calibrate.PastFrequency, calibrate.PriorAlone} {
		of = append(of, fmt.Sprintf("%s %.3f (n %d)", method, sum[method]/float64(n[method]), n[method]))
	}
	p.says(t, "Mean Brier score over all rises whose outcome is known: %s.", strings.Join(of, ", "))
	share := func(where, method string) float64 { return rises[where].Probability[method] }
	p.says(t, "From the end of 2011 the prior alone gave a doubling within five years %.2f, the honest forecast %.2f, with drivers known %.2f; from the end of 2009 it was %.2f, %.2f and %.2f.",
		share("2011-12 2 60", calibrate.PriorAlone), share("2011-12 2 60", calibrate.DriversUnknown), share("2011-12 2 60", calibrate.DriversKnown),
		share("2009-12 2 60", calibrate.PriorAlone), share("2009-12 2 60", calibrate.DriversUnknown), share("2009-12 2 60", calibrate.DriversKnown))
}

func TestFiguresOfTheHoldout(t *testing.T) {
	p := readPage(t, "iraq/MODEL.md")
	h := result[holdout.Result](t, holdout.Name)
	rows := p.table(t, "value", "came")
	if len(rows) != len(h.Values) {
		t.Fatalf("%d values in the table; expected %d", len(rows), len(h.Values))
	}
	for i, x := range h.Values {
		where, row := x.ID+" "+x.From, rows[i]
		if !strings.Contains(row[0], cmp.Or(x.To, x.From)) {
			t.Errorf("%q stands where %s was expected", row[0], where)
		}
		shows(t, where, strings.Join(row[1:5], " "), x.Came, x.Quantiles[2], x.Quantiles[0], x.Quantiles[4], x.CRPS)
		if x.NoChange != nil {
			shows(t, where, row[5], *x.NoChange)
		}
	}
	rows = p.table(t, "event", "happened")
	if len(rows) != len(h.Events) {
		t.Fatalf("%d events in the table; expected %d", len(rows), len(h.Events))
	}
	for i, x := range h.Events {
		row := rows[i]
		if row[1] != said(x.Happened) {
			t.Errorf("%s: %q; expected %s", x.ID, row[1], said(x.Happened))
		}
		shows(t, x.ID, row[2], percent(x.Probability), percent(x.Low), percent(x.High))
		shows(t, x.ID, row[3], x.Brier)
		if x.Frequency != nil {
			shows(t, x.ID, strings.Join(row[4:], " "), percent(*x.Frequency), *x.FrequencyBrier)
		}
	}
}

// TestFiguresOfTheDecline: why incidents fell is told apart by the draws, and the page
// says by how many.
func TestFiguresOfTheDecline(t *testing.T) {
	folder, _ := Open("iraq")
	c, list := casefile.Load(folder)
	if c == nil {
		t.Fatal(list)
	}
	k := c.Posterior.Column("incident decline structure")
	if k < 0 {
		t.Fatal("no draw of the posterior holds how incidents declined")
	}
	count := map[float64]int{}
	for _, draw := range c.Posterior.Draws {
		count[draw[k]]++
	}
	readPage(t, "iraq/MODEL.md").says(t, "Of %d draws %d hold under-reporting, %d activity that falls under pressure, %d activity and movement.",
		len(c.Posterior.Draws), count[4], count[3], count[5])
}
