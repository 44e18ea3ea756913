// Package engine compiles a model once into a flat program and runs it in
// blocks of runs: one instruction does the same work for every run (lane) of a
// block. The same inputs and seed give the same bits at any block size, on any
// number of workers and on any machine.
package engine

import (
	"handover/model"
)

// Options says what a program takes from outside and what it reports.
type Options struct {
	// Varied lists the constants whose values are given for each run: a scalar
	// by name, an element of an array as "name[element]".
	Varied []string
	// Saved lists the variables whose values at each save time are reported. An
	// arrayed variable gives one column an element.
	Saved []string
	// Reductions are computed while a run goes on, without storing it.
	Reductions []Reduction
	// Horizon, when above 0, is how long a run is, in the model's unit of time; it
	// takes the place of the model's stop time.
	Horizon float64
	// Backend is what executes the program; the fastest there is when left out.
	Backend Backend
}

// WorkerBytes estimates the memory of a worker for blocks of some lanes: the
// registers, and what delays, conveyors and queues hold is not counted.
func (p *Program) WorkerBytes(lanes int) int64 {
	if p.machine != nil {
		lanes = machineLanes
	}
	return 8 * int64(lanes) * int64(p.registers+4*len(p.stocks))
}

// Reduce is how a trajectory becomes one number.
type Reduce int

// The reductions. All look at every step, from the start to the stop time.
const (
	Final    Reduce = iota // value at the stop time
	Minimum                // smallest value
	Maximum                // largest value
	Mean                   // integral divided by the length of the run
	Integral               // sum of value times dt over all steps but the last
	First                  // first time from which the value was non-zero without a break for Hold; NaN if never
)

// Reduction asks for one number per run.
type Reduction struct {
	Reduce Reduce
	// Variable is a scalar variable of the model.
	Variable string
	// Hold is how long a First must last, in the model's time unit.
	Hold float64
}

// Block is a set of runs to execute and the place for their results. Run
// numbers are global: run First+i takes its random draws from (Seed, First+i)
// whatever block it is in.
type Block struct {
	Seed  uint64
	First int
	// Runs is how many runs there are, at most the worker's lanes.
	Runs int
	// Numbers, when not nil, gives each run its number in place of First+i.
	Numbers []uint32
	// Inputs holds the value of varied constant v in run First+i at
	// Inputs[v*Runs+i].
	Inputs []float64
	// Reductions receives reduction r of run First+i at Reductions[r*Runs+i].
	Reductions []float64
	// Series, when not nil, receives column c at save time t of run First+i at
	// Series[(c*len(SaveTimes)+t)*Runs+i].
	Series []float64
	// Columns, when not nil, takes the place of Series: it says where each column
	// goes.
	Columns []Column
	// Bad receives, for each run, the index of the first step at which a stock
	// was NaN or infinite; where all stocks were finite, that at which a saved
	// value was not, or the last where a reduction is not; else -1.
	Bad []int
	// BadVariable receives, for each run that went bad, the name of the first
	// such stock, column or variable, with its element.
	BadVariable []string
}

// Column is the place of one reported variable: the value at save time t of the
// block's i-th run goes to Values[t*Stride+i]. Stride is at least the number of
// runs.
type Column struct {
	Values []float64
	Stride int
}

// Compile turns a checked model into a program. The error is a
// diagnostic.List when the model is at fault.
func Compile(m *model.Model, o Options) (*Program, error) { return compile(m, o) }
