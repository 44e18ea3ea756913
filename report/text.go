package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// calendar turns months of a run into dates.
type calendar struct{ base time.Time }

func newCalendar(base string) (calendar, error) {
	t, err := time.Parse(time.DateOnly, base)
	if err != nil {
		return calendar{}, fmt.Errorf("the case's base date %q is not a date like 2025-11-03", base)
	}
	return calendar{t}, nil
}

func (c calendar) month(m int) time.Time {
	return time.Date(c.base.Year(), c.base.Month()+time.Month(m), 1, 0, 0, 0, 0, time.UTC)
}

func (c calendar) day() string { return c.base.Format("2 January 2006") }

func (c calendar) long(m int) string { return c.month(m).Format("January 2006") }

func (c calendar) short(m int) string { return c.month(m).Format("Jan 2006") }

// number prints a value with a fixed number of decimals and thin thousands.
func number(x float64, decimals int) string {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return "not known"
	}
	s := strconv.FormatFloat(x, 'f', decimals, 64)
	if zero, err := strconv.ParseFloat(s, 64); err == nil && zero == 0 {
		s = strings.TrimPrefix(s, "-")
	}
	return strings.Replace(thousands(s), "-", "\u2212", 1)
}

// thousands puts narrow spaces between groups of three digits.
func thousands(s string) string {
	whole, rest, found := strings.Cut(s, ".")
	sign := ""
	if strings.HasPrefix(whole, "-") {
		sign, whole = "-", whole[1:]
	}
	var b strings.Builder
	for i, r := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 && len(whole) > 4 {
			b.WriteRune('\u202f')
		}
		b.WriteRune(r)
	}
	if found {
		rest = "." + rest
	}
	return sign + b.String() + rest
}

// signed prints a difference with its sign.
func signed(x float64, decimals int) string {
	s := number(x, decimals)
	if x > 0 && strings.ContainsAny(s, "123456789") {
		return "+" + s
	}
	return s
}

// fraction prints a step such as 0.25 as 1/4.
func fraction(x float64) string {
	if n := 1 / x; x < 1 && math.Abs(n-math.Round(n)) < 1e-9 {
		return "1/" + strconv.Itoa(int(math.Round(n)))
	}
	return strconv.FormatFloat(x, 'g', -1, 64)
}

// sentence begins with a capital letter.
func sentence(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:]
}

// inside begins with a small letter, unless the first word is a name.
func inside(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if next, _ := utf8.DecodeRuneInString(s[n:]); unicode.IsUpper(next) {
		return s
	}
	return string(unicode.ToLower(r)) + s[n:]
}

// list joins words as in a sentence.
func list(words []string) string {
	switch len(words) {
	case 0:
		return ""
	case 1:
		return words[0]
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}
