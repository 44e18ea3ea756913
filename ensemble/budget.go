package ensemble

import "fmt"

// MemoryError says that a run needs more memory than it may have.
type MemoryError struct {
	// Needed and Budget are bytes; Needed is an estimate from above.
	Needed, Budget int64
	// Most says what takes most of it.
	Most string
}

// Error implements error.
func (e *MemoryError) Error() string {
	return fmt.Sprintf("the run needs about %d MiB of memory and may have %d MiB; most of it is %s",
		(e.Needed+1<<20-1)>>20, e.Budget>>20, e.Most)
}

// programBytes is what the program itself, a loaded case and the tables being
// written take, as measured on the built-in case with one future.
const programBytes = 96 << 20

// afford refuses a run that would need more memory than its budget, before it
// starts; a budget of 0 refuses nothing.
func (e *experiments) afford(r Request) error {
	if r.Memory <= 0 {
		return nil
	}
	strategies, futures := int64(len(e.programs)), int64(e.manifest.Futures)
	lanes, threads := int64(min(r.Lanes, e.manifest.Futures)), int64(r.Threads)
	times := int64(len(e.times))
	fans := strategies * int64(len(e.c.Series)) * times
	cells := strategies * int64(e.cells)
	outcomes := strategies * int64(len(e.c.Outcomes))
	var registers int64
	for _, p := range e.programs {
		registers += p.WorkerBytes(int(lanes))
	}
	columns := int64(len(e.programs[0].Columns()))
	parts := []struct {
		what  string
		bytes int64
	}{
		{"the program itself", programBytes},
		{"the state of runs: fewer threads, strategies or a smaller block would help", threads * (registers + 8*lanes*(columns*times+int64(len(e.c.Outcomes))))},
		{"results under way: fewer strategies, a shorter horizon or fewer series would help", roundsAhead * roundSize * (8*fans + cells + 9*outcomes + 8*int64(len(e.c.Uncertainties)))},
		{"the fans of series: fewer strategies, a shorter horizon or fewer series would help", fans * (5*mostWindow + 256) * 3 / 2},
		{"one column of outcomes at a time: fewer futures would help", futures * (3*8*threads + 3*8 + strategies + 1)},
	}
	needed, most := int64(0), parts[0]
	for _, p := range parts {
		needed += p.bytes
		if p.bytes > most.bytes {
			most = p
		}
	}
	if needed > r.Memory {
		return &MemoryError{needed, r.Memory, most.what}
	}
	return nil
}
