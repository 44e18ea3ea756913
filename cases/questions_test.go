package cases

import (
	"testing"

	"handover/casefile"
)

// TestQuestions: the Iraq case asks questions of every kind, of which some are
// resolved by data, some by a person, and some are answered by the model.
func TestQuestions(t *testing.T) {
	folder, _ := Open("iraq")
	c, found := casefile.Load(folder)
	if c == nil {
		t.Fatal(found)
	}
	kinds := map[casefile.QuestionKind]int{}
	data, judged, modelled := 0, 0, 0
	for _, q := range c.Questions {
		kinds[q.Kind]++
		if q.Data != nil {
			data++
		}
		if q.Judge != nil {
			judged++
		}
		if q.Model != nil {
			modelled++
		}
		if q.Source == "" {
			t.Errorf("%s does not say where it comes from", q.ID)
		}
	}
	if len(kinds) != 5 || data < 5 || judged < 5 || modelled < 5 {
		t.Errorf("kinds %v, %d resolved by data, %d by a person, %d answered by the model", kinds, data, judged, modelled)
	}
}
