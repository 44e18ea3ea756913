package engine

import (
	"handover/model"
)

// vector lowers the functions that work on whole arrays.
func (l *lowering) vector(p place, x *model.Call) (int32, error) {
	return 0, l.errorAt(p, x.Offset(), "not yet")
}
