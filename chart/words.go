package chart

import (
	"fmt"
	"math"
	"strings"
)

// likelihoods are the words of Intelligence Community Directive 203 (2015),
// section D.6.e, with the upper end of each class in percent. A figure on an end
// belongs to the class above it.
var likelihoods = []struct {
	word  string
	below int
}{
	{"almost no chance", 5}, {"very unlikely", 20}, {"unlikely", 45}, {"roughly even", 55},
	{"likely", 80}, {"very likely", 95}, {"almost certain", 101},
}

// Cuts are the ends of the classes of ICD 203 between 0 and 1.
var Cuts = []float64{0.05, 0.20, 0.45, 0.55, 0.80, 0.95}

// rounded is a probability in percent as it is printed: to the nearest 5, and 0
// or 100 beyond 5 and 95.
func rounded(p float64) int {
	switch {
	case p < 0.05:
		return 0
	case p > 0.95:
		return 100
	}
	return 5 * int(math.Round(p*20))
}

// Likelihood puts a probability between 0 and 1 into a word of ICD 203. The
// word is that of the figure as Percent prints it, so that the two always agree.
// NaN is "not known".
func Likelihood(p float64) string {
	if math.IsNaN(p) {
		return "not known"
	}
	r := rounded(p)
	for _, l := range likelihoods {
		if r < l.below {
			return l.word
		}
	}
	return likelihoods[len(likelihoods)-1].word
}

// Predicate is what joins an event and its Likelihood in a sentence: a resurgence has
// almost no chance, or is unlikely.
func Predicate(p float64) string {
	if rounded(p) < likelihoods[0].below && !math.IsNaN(p) {
		return "has"
	}
	return "is"
}

// Percent prints a probability to the nearest 5 points: "25%", "below 5%",
// "above 95%". Finer figures would promise what no model of this kind knows.
func Percent(p float64) string {
	switch r := rounded(p); {
	case math.IsNaN(p):
		return "not known"
	case r == 0:
		return "below 5%"
	case r == 100:
		return "above 95%"
	default:
		return fmt.Sprintf("%d%%", r)
	}
}

// Span prints an interval of probabilities without percent signs: "15 to 45",
// "below 5 to 10", "up to 5", "below 5".
func Span(low, high float64) string {
	if math.IsNaN(low) || math.IsNaN(high) {
		return "not known"
	}
	part := func(p float64) string { return strings.TrimSuffix(Percent(p), "%") }
	switch a, b := part(low), part(high); {
	case a == b:
		return a
	case a == "below 5" && b == "5":
		return "up to 5"
	default:
		return a + " to " + b
	}
}

// Points prints a difference of probabilities in points, to the nearest 5, with
// its sign: "+10", "−5", "0".
func Points(d float64) string {
	switch r := 5 * int(math.Round(d*20)); {
	case math.IsNaN(d):
		return "not known"
	case r > 0:
		return fmt.Sprintf("+%d", r)
	case r < 0:
		return fmt.Sprintf("\u2212%d", -r)
	default:
		return "0"
	}
}

// Scale prints the words with their ranges in percent, for the foot of a page.
func Scale() string {
	var parts []string
	for _, s := range Words() {
		parts = append(parts, s[0]+" "+s[1])
	}
	return strings.Join(parts, "; ")
}

// Words lists the words of the scale with their ranges in percent.
func Words() [][2]string {
	var words [][2]string
	from := 1
	for _, l := range likelihoods {
		words = append(words, [2]string{l.word, fmt.Sprintf("%d to %d%%", from, min(l.below, 99))})
		from = l.below
	}
	return words
}
