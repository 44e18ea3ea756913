package metaculus

import (
	"encoding/csv"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"handover/casefile"
	"handover/forecast/book"
	"handover/forecast/question"
)

// places is at how many places Metaculus gives a distribution.
const places = 201

const timeLayout = "2006-01-02 15:04:05.999999+00:00"

// WriteQuestions writes question_data.csv. Resolutions are those of the
// questions, by case and id. A count is written as numeric, for which Metaculus
// has no other type.
func WriteQuestions(w io.Writer, questions []book.Asked, resolutions map[[2]string]book.Resolution) error {
	out := csv.NewWriter(w)
	if err := out.Write([]string{"Question ID", "Question URL", "Question Title", "Question Type", "MC Options (Current)", "MC Options (All)",
		"Lower Bound", "Open Lower Bound", "Upper Bound", "Open Upper Bound", "Continuous Range",
		"Open Time", "Scheduled Close Time", "Actual Close Time", "Resolution", "Resolution Known Time"}); err != nil {
		return err
	}
	for _, q := range questions {
		row := []string{q.ID, "", q.Title, word(q.Kind), "", "", "", "", "", "", "", clock(q.Opens), clock(q.Closes), "", "", ""}
		if q.Options != nil {
			row[4] = textList(q.Options)
			row[5] = row[4]
		}
		if q.Continuous() {
			row[6], row[7] = q.Show(q.Low), python(q.OpenLow)
			row[8], row[9] = q.Show(q.High), python(q.OpenHigh)
			var shown []string
			for _, x := range grid(q.Question) {
				shown = append(shown, q.Show(x))
			}
			row[10] = "[" + strings.Join(shown, ", ") + "]"
			if q.Kind == casefile.Date {
				row[10] = textList(shown)
			}
		}
		if r, ok := resolutions[[2]string{q.Case, q.ID}]; ok {
			row[14], row[15] = outcome(q.Question, r.Outcome), clock(r.Entered)
			if r.Entered.Before(q.Closes) {
				row[13] = row[15]
			}
		}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// WriteForecasts writes forecast_data.csv. A forecaster stands under the
// pseudonym, a model or baseline as a bot. Distributions are read at the places
// of the question's range; reasons and confidence have no column.
func WriteForecasts(w io.Writer, questions []book.Asked, people []book.Person, forecasts []book.Forecast) error {
	out := csv.NewWriter(w)
	if err := out.Write([]string{"Question ID", "Forecaster ID", "Forecaster Username", "Is Bot", "Start Time", "End Time", "Forecaster Count",
		"Probability Yes", "Probability Yes Per Category", "Continuous CDF", "Probability Below Lower Bound", "Probability Above Upper Bound",
		"5th Percentile", "25th Percentile", "Median", "75th Percentile", "95th Percentile"}); err != nil {
		return err
	}
	asked := map[[2]string]*question.Question{}
	for _, q := range questions {
		asked[[2]string{q.Case, q.ID}] = q.Question
	}
	kinds := map[string]book.Kind{}
	for _, p := range people {
		kinds[p.Name] = p.Kind
	}
	for _, f := range forecasts {
		q := asked[[2]string{f.Case, f.Question}]
		if q == nil {
			continue
		}
		kind := kinds[f.Person]
		row := make([]string, 17)
		copy(row, []string{f.Question, f.Person, f.Person, python(kind == book.Model || kind == book.Baseline), clock(f.Made), clock(f.Ends)})
		if kind == book.Crowd {
			row[1], row[2] = "", strings.ReplaceAll(strings.TrimPrefix(f.Person, "metaculus-"), "-", "_")
		}
		answerCells(q, f.Answer, row[7:])
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// answerCells fills the cells from "Probability Yes" on.
func answerCells(q *question.Question, d question.Distribution, row []string) {
	switch q.Kind {
	case casefile.Binary:
		row[0] = numeral(*d.Yes)
		return
	case casefile.Choice:
		row[1] = numberList(d.Options)
		return
	}
	var cdf []float64
	xs := grid(q)
	for i, x := range xs {
		p := q.CDF(d, x)
		if i == len(xs)-1 && !q.OpenHigh {
			p = 1
		}
		cdf = append(cdf, p)
	}
	row[2] = numberList(cdf)
	row[3], row[4] = numeral(cdf[0]), numeral(1-cdf[len(cdf)-1])
	for i, p := range []float64{0.05, 0.25, 0.5, 0.75, 0.95} {
		switch x := q.Quantile(d, p); {
		case math.IsInf(x, -1):
			row[5+i] = q.Show(q.Low)
		case math.IsInf(x, 1):
			row[5+i] = q.Show(q.High)
		default:
			row[5+i] = q.Show(x)
		}
	}
}

// grid is the places at which the distributions of a question are written: even
// steps, on whole days and numbers for a date and a count.
func grid(q *question.Question) []float64 {
	var out []float64
	for i := range places {
		x := q.Low + float64((q.High-q.Low)*(float64(i)/(places-1)))
		if q.Kind == casefile.Date || q.Kind == casefile.Counted {
			x = math.Round(x)
		}
		if len(out) == 0 || x > out[len(out)-1] {
			out = append(out, x)
		}
	}
	return out
}

func word(kind casefile.QuestionKind) string {
	switch kind {
	case casefile.Choice:
		return "multiple_choice"
	case casefile.Counted:
		return "numeric"
	}
	return string(kind)
}

func outcome(q *question.Question, o question.Outcome) string {
	if _, beyond, ok := q.Value(o); ok && beyond > 0 {
		return "above_upper_bound"
	} else if ok && beyond < 0 {
		return "below_lower_bound"
	}
	return o.String()
}

func clock(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(timeLayout)
}

func python(b bool) string {
	if b {
		return "True"
	}
	return "False"
}

func numeral(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }

func numberList(list []float64) string {
	parts := make([]string, len(list))
	for i, x := range list {
		parts[i] = numeral(x)
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

// textList writes a list as Python prints it.
func textList(list []string) string {
	parts := make([]string, len(list))
	for i, s := range list {
		parts[i] = "'" + strings.ReplaceAll(strings.ReplaceAll(s, `\`, `\\`), "'", `\'`) + "'"
	}
	return "[" + strings.Join(parts, ", ") + "]"
}
