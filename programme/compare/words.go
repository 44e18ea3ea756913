package compare

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Number writes an amount for readers: whole numbers with commas, small ones with
// two digits.
func Number(x float64) string {
	if math.IsNaN(x) {
		return ""
	}
	if math.Abs(x) < 20 && x != math.Trunc(x) {
		return strings.TrimSuffix(strings.TrimRight(strconv.FormatFloat(x, 'f', 2, 64), "0"), ".")
	}
	s := strconv.FormatFloat(math.Abs(math.Round(x)), 'f', 0, 64)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	if math.Round(x) < 0 {
		s = "\u2212" + s
	}
	return s
}

// span writes the bounds of a figure, where they differ.
func span(low, high float64, number func(float64) string) string {
	if a, b := number(low), number(high); a != b {
		return " (" + a + " to " + b + ")"
	}
	return ""
}

// Figure writes the actual amount with its bounds, and how old it is.
func (s Standing) Figure() string {
	if !s.Known {
		return "nothing reported"
	}
	text := Number(s.Actual.Amount) + span(s.Actual.Low, s.Actual.High, Number)
	if s.Age > 0 {
		text += ", of " + s.Actual.Since.Words()
	}
	if s.Party {
		text += "; reported by a party alone"
	}
	return text
}

// Statement says how the line stands in one sentence without a full stop.
func (s Standing) Statement() string {
	months := func(x float64) string { return strconv.FormatFloat(x, 'f', 0, 64) }
	sure := ""
	if !s.Sure {
		sure = "; within the bounds of the figure it may be otherwise"
		if s.Actual.Low == s.Actual.High {
			sure = ""
		}
	}
	switch s.Verdict {
	case Late, Short:
		least := ""
		if s.AtLeast {
			least = "more than "
		}
		n := months(s.Months.Middle)
		if n == "0" {
			return fmt.Sprintf("%s: due now, %s %s", s.Verdict, Number(s.Behind.Middle), s.missing())
		}
		word := " months"
		if n == "1" {
			word = " month"
		}
		text := fmt.Sprintf("%s: %s%s%s behind%s, %s%s %s", s.Verdict, least, n, word, span(s.Months.Low, s.Months.High, months),
			Number(s.Behind.Middle), span(s.Behind.Low, s.Behind.High, Number), s.missing())
		if s.Verdict == Late && s.Month >= s.Plan.Due {
			text += "; it was due in " + s.Plan.Due.Words() + ", and no newer figure is known"
		}
		return text + s.outlook() + sure
	case Ahead:
		return fmt.Sprintf("ahead of the plan by %s%s%s", Number(-s.Behind.Middle), span(-s.Behind.High, -s.Behind.Low, Number), sure)
	case OnTrack:
		if s.Overdue > 0 {
			if s.Overdue == 1 {
				return "reached a month after it was due"
			}
			return "reached " + months(float64(s.Overdue)) + " months after it was due"
		}
		return "on track" + sure
	case NoNews:
		return "no figure since the plan began in " + s.Plan.From.Words()
	case NoPlan:
		if s.Why != "" {
			return "no plan: " + s.Why
		}
		return "no plan to compare with"
	}
	if s.Plan != nil && s.Planned == 0 {
		return "nothing is due yet"
	}
	if s.Plan != nil {
		return fmt.Sprintf("nothing reported; the plan was %s", Number(s.Planned))
	}
	return "nothing reported"
}

// missing says what the amount behind is of.
func (s Standing) missing() string {
	if s.Line.Better == "lower" {
		return "more than planned"
	}
	return "missing"
}

// outlook says when the target comes at the pace so far.
func (s Standing) outlook() string {
	switch {
	case !s.Paced:
		return ""
	case s.Reached == 0:
		return "; at the pace of the last figures the target is never reached"
	}
	return "; at the pace of the last figures the target is reached in " + s.Reached.Words()
}

// Words says what the model expects, and whether the figure is within it.
func (e *Expected) Words(known bool) string {
	if e == nil {
		return ""
	}
	text := fmt.Sprintf("%s to %s", Number(e.Quantiles[1]), Number(e.Quantiles[len(e.Quantiles)-2]))
	switch {
	case !known:
	case e.High <= 0.1:
		text += "; the figure is below"
	case e.Low >= 0.9:
		text += "; the figure is above"
	default:
		text += "; the figure is within"
	}
	return text
}
