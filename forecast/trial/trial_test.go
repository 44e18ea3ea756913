package trial_test

import (
	"math"
	"testing"

	"handover/evidence"
	"handover/forecast/panel"
	"handover/forecast/score"
	"handover/forecast/trial"
)

// TestTrials works scores of a few draws out by hand.
func TestTrials(t *testing.T) {
	may := evidence.NewMonth(2020, 5)
	actuals, err := panel.New([]panel.Cell{{Unit: "a", Month: may, Count: 0}, {Unit: "b", Month: may, Count: 12}})
	if err != nil {
		t.Fatal(err)
	}
	drawn := []panel.Drawn{{Unit: "a", Month: may, Sample: score.Sample{0, 0, 0, 4}}, {Unit: "b", Month: may, Sample: score.Sample{10, 10, 10, 10}}}
	own, err := trial.Score("own", may-1, drawn, actuals)
	if err != nil {
		t.Fatal(err)
	}
	near := func(what string, got, want float64) {
		t.Helper()
		if math.Abs(got-want) > 1e-12 {
			t.Errorf("%s is %v, expected %v", what, got, want)
		}
	}
	// a: the mean distance to 0 is 1; half of that between two draws is 4·6/(2·16).
	near("CRPS of a", own.Cells[0].CRPS, 1-0.75)
	near("CRPS of b", own.Cells[1].CRPS, 2)
	near("ignorance of b", own.Cells[1].Ignorance, -math.Log2(1.0/15))
	near("interval score of b", own.Cells[1].Interval, 20*2)
	s := own.Summary()
	near("mean CRPS", s.CRPS, (0.25+2)/2)
	near("inside", s.Inside, 0.5)
	if s.Cells != 2 || !(s.Uneven > 0 && s.Uneven <= 1) {
		t.Errorf("%+v", s)
	}
	better, err := trial.Score("better", may-1, []panel.Drawn{{Unit: "a", Month: may, Sample: score.Sample{0}}, {Unit: "b", Month: may, Sample: score.Sample{12}}}, actuals)
	if err != nil {
		t.Fatal(err)
	}
	d, err := trial.Compare([]trial.Trial{better}, []trial.Trial{own}, trial.Measures[0])
	if err != nil {
		t.Fatal(err)
	}
	near("difference", d.Mean, -1.125)
	near("share of units", d.Better, 1)
	if !(d.Low >= -2 && d.High <= -0.25 && d.Low < d.High) {
		t.Errorf("interval from %v to %v", d.Low, d.High)
	}
	if _, err := trial.Compare([]trial.Trial{better}, nil, trial.Measures[0]); err == nil {
		t.Error("windows of one forecaster alone were compared")
	}
	for _, wrong := range [][]panel.Drawn{nil, {{Unit: "a", Month: may + 1, Sample: score.Sample{1}}}, {{Unit: "c", Month: may, Sample: score.Sample{1}}}} {
		if _, err := trial.Score("own", may-1, wrong, actuals); err == nil {
			t.Errorf("%v was scored", wrong)
		}
	}
}
