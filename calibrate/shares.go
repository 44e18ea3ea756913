package calibrate

import (
	"handover/casefile"
	"handover/hindcast"
)

// Shares are the weights of Pooled in a forecast so many months ahead that is made
// after all origins of a hindcast: from the scores of those origins alone. The window
// is that of the hindcast which holds the months; what looks farther takes the last.
// Without scores they are the weights before anything is known.
func Shares(h *casefile.Hindcast, ahead int) []float64 {
	if h == nil {
		return hindcast.Weights(Pooled(), firstWeights(), nil, nil)
	}
	window := 0
	for _, o := range h.Origins {
		for _, s := range o.Scores {
			if s.From <= ahead && s.From > window {
				window = s.From
			}
		}
	}
	own, others := hindcast.Record{}, hindcast.Record{}
	for _, o := range h.Origins {
		for _, s := range o.Scores {
			r := others
			if s.From == window {
				r = own
			}
			old := r[s.Method]
			n := float64(old.N + s.N)
			old.CRPS = (float64(old.CRPS*float64(old.N)) + float64(s.CRPS*float64(s.N))) / n
			old.N += s.N
			r[s.Method] = old
		}
	}
	return hindcast.Weights(Pooled(), firstWeights(), own, others)
}
