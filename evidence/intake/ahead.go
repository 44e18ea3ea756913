package intake

// ahead reads rows in a goroutine of its own, some batches ahead of who uses
// them: taking a file apart into cells costs as much as making events of them.
type ahead struct {
	batches chan *batch
	free    chan *batch
	stop    chan struct{}
	now     *batch
	at      int
}

// batch is a number of rows; their cells stand in one list.
type batch struct {
	cells []string
	rows  []aheadRow
}

type aheadRow struct {
	end  int // of its cells in the list
	line int
	err  error
}

// Sizes of the read-ahead: two batches are under way while a third is used.
const (
	batchRows  = 512
	batchCount = 4
)

func newAhead(from rows) *ahead {
	a := &ahead{batches: make(chan *batch, batchCount), free: make(chan *batch, batchCount), stop: make(chan struct{})}
	for range batchCount {
		a.free <- &batch{}
	}
	go func() {
		defer close(a.batches)
		for {
			var b *batch
			select {
			case b = <-a.free:
			case <-a.stop:
				return
			}
			b.cells, b.rows = b.cells[:0], b.rows[:0]
			last := false
			for len(b.rows) < batchRows && !last {
				cells, line, err := from.next()
				b.cells = append(b.cells, cells...)
				b.rows = append(b.rows, aheadRow{len(b.cells), line, err})
				last = err != nil && !ragged(err)
			}
			// There is room for every batch, so that this never waits.
			a.batches <- b
			if last {
				return
			}
		}
	}()
	return a
}

func (a *ahead) next() ([]string, int, error) {
	for a.now == nil || a.at == len(a.now.rows) {
		if a.now != nil {
			a.free <- a.now
		}
		a.now, a.at = <-a.batches, 0
		if a.now == nil {
			return nil, 0, errEnded
		}
	}
	from := 0
	if a.at > 0 {
		from = a.now.rows[a.at-1].end
	}
	row := a.now.rows[a.at]
	a.at++
	return a.now.cells[from:row.end], row.line, row.err
}

// close ends the reading and waits for it, so that the file may be closed.
func (a *ahead) close() {
	close(a.stop)
	for range a.batches {
	}
}
