package store

import (
	"context"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"handover/evidence"
)

// Rows is a batch of events by column, for counting. Texts are numbers into the
// table of their column; what the source does not say is 0, the empty text.
type Rows struct {
	End                    []evidence.Day
	Source, ActorA, ActorB []uint16
	Place, Kind            []uint16
	Low, Best, High        []int32
	Provisional            []bool
	// Duplicate marks events that another source reports too, Superseded those
	// that a final release left out.
	Duplicate, Superseded []bool
}

// Texts are the texts of the columns of Rows, each in its table; entry 0 is
// empty. Tables grow while a file is scanned.
type Texts struct {
	Sources, Actors, Places, Kinds Vocabulary
}

// Vocabulary numbers the texts of a column.
type Vocabulary struct {
	Words   []string
	numbers map[string]uint16
}

// NewTexts makes empty tables.
func NewTexts() *Texts {
	empty := func() Vocabulary { return Vocabulary{[]string{""}, map[string]uint16{"": 0}} }
	return &Texts{empty(), empty(), empty(), empty()}
}

// Number is the number of a text; it is entered when it is new. 0 for empty
// text.
func (v *Vocabulary) Number(text string) (uint16, error) {
	if n, ok := v.numbers[text]; ok {
		return n, nil
	}
	if len(v.Words) > 1<<16-1 {
		return 0, fmt.Errorf("a column of the store holds more than %d different texts", 1<<16)
	}
	n := uint16(len(v.Words))
	v.numbers[text] = n
	v.Words = append(v.Words, text)
	return n, nil
}

var scanned = []int{columnSource, columnEnd, columnActorA, columnActorB, columnPlace, columnKind, columnLow, columnBest, columnHigh, columnProvisional, columnDuplicate}

// Scan hands on the events of file number i of the manifest, batch by batch.
// Slices of rows are valid until use returns.
func (s *Store) Scan(ctx context.Context, i int, t *Texts, use func(*Rows) error) error {
	name, err := s.path(s.Files[i].Name)
	if err != nil {
		return err
	}
	r := &Rows{}
	return readColumns(ctx, name, scanned, func(b arrow.RecordBatch) error {
		n := int(b.NumRows())
		r.resize(n)
		for k, v := range []struct {
			column int
			words  *Vocabulary
			to     []uint16
		}{{0, &t.Sources, r.Source}, {2, &t.Actors, r.ActorA}, {3, &t.Actors, r.ActorB}, {4, &t.Places, r.Place}, {5, &t.Kinds, r.Kind}} {
			if err := numbers(b.Column(v.column), v.words, v.to); err != nil {
				return fmt.Errorf("%s: column %d: %w", name, k, err)
			}
		}
		end := b.Column(1).(*array.Date32)
		for i := range n {
			r.End[i] = evidence.Day(end.Value(i))
		}
		for _, v := range []struct {
			column int
			to     []int32
		}{{6, r.Low}, {7, r.Best}, {8, r.High}} {
			c := b.Column(v.column).(*array.Int32)
			copy(v.to, c.Int32Values())
			if c.NullN() > 0 {
				for i := range n {
					if c.IsNull(i) {
						v.to[i] = evidence.Unknown
					}
				}
			}
		}
		provisional := b.Column(9).(*array.Boolean)
		marks, err := newWords(b.Column(10))
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		for i := range n {
			mark := marks.at(i)
			r.Provisional[i], r.Duplicate[i], r.Superseded[i] = provisional.Value(i), mark != "", mark == evidence.Superseded
		}
		return use(r)
	})
}

func (r *Rows) resize(n int) {
	if cap(r.End) < n {
		*r = Rows{make([]evidence.Day, n), make([]uint16, n), make([]uint16, n), make([]uint16, n), make([]uint16, n), make([]uint16, n),
			make([]int32, n), make([]int32, n), make([]int32, n), make([]bool, n), make([]bool, n), make([]bool, n)}
	}
	r.End, r.Source, r.ActorA, r.ActorB, r.Place, r.Kind = r.End[:n], r.Source[:n], r.ActorA[:n], r.ActorB[:n], r.Place[:n], r.Kind[:n]
	r.Low, r.Best, r.High, r.Provisional = r.Low[:n], r.Best[:n], r.High[:n], r.Provisional[:n]
	r.Duplicate, r.Superseded = r.Duplicate[:n], r.Superseded[:n]
}

// numbers writes the numbers of a column's texts. Each text of a dictionary is
// looked up once a batch, not once a row.
func numbers(a arrow.Array, v *Vocabulary, to []uint16) error {
	w, err := newWords(a)
	if err != nil {
		return err
	}
	if w.codes == nil {
		for i := range to {
			if to[i], err = v.Number(w.at(i)); err != nil {
				return err
			}
		}
		return nil
	}
	translated := make([]uint16, w.dict.Len())
	for i := range translated {
		if translated[i], err = v.Number(w.dict.Value(i)); err != nil {
			return err
		}
	}
	for i := range to {
		to[i] = 0
		if w.codes.IsValid(i) {
			to[i] = translated[w.codes.GetValueIndex(i)]
		}
	}
	return nil
}
