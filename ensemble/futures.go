package ensemble

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
)

// Futures are the futures of a finished run with every outcome.
type Futures struct {
	Manifest Manifest
	// Uncertainties name the columns of Inputs, which is indexed by uncertainty,
	// then by future: the draws, those that multiply as factors.
	Uncertainties []string
	Inputs        [][]float64
	// Outcomes name the columns of Values, which is indexed by strategy (as in
	// Manifest.Strategies), outcome, future; NaN where there is none.
	Outcomes []string
	Values   [][][]float64
	// Left marks futures with a value that is not finite under any strategy. They
	// are left out of all figures.
	Left []bool
}

// ReadFutures reads the tables of a finished run. The error says what is missing.
func ReadFutures(dir string) (*Futures, error) {
	s, err := Read(dir)
	if err != nil {
		return nil, err
	}
	f := &Futures{Manifest: s.Manifest, Left: make([]bool, s.Manifest.Futures)}
	inputs, err := readColumns(filepath.Join(dir, inputsName))
	if err != nil {
		return nil, err
	}
	n := s.Manifest.Futures
	for _, c := range inputs {
		if c.name == "future" {
			continue
		}
		if len(c.numbers) != n {
			return nil, fmt.Errorf("%s: column %s has %d values; the run has %d futures", filepath.Join(dir, inputsName), c.name, len(c.numbers), n)
		}
		f.Uncertainties = append(f.Uncertainties, c.name)
		f.Inputs = append(f.Inputs, c.numbers)
	}
	outcomes, err := readColumns(filepath.Join(dir, outcomesName))
	if err != nil {
		return nil, err
	}
	strategies := len(s.Manifest.Strategies)
	f.Values = make([][][]float64, strategies)
	for _, c := range outcomes {
		if c.name == "strategy" || c.name == "future" {
			continue
		}
		if len(c.numbers) != n*strategies {
			return nil, fmt.Errorf("%s: column %s has %d values; expected %d", filepath.Join(dir, outcomesName), c.name, len(c.numbers), n*strategies)
		}
		if c.name == "bad" {
			for i, bad := range c.numbers {
				f.Left[i%n] = f.Left[i%n] || bad != 0
			}
			continue
		}
		f.Outcomes = append(f.Outcomes, c.name)
		for k := range strategies {
			f.Values[k] = append(f.Values[k], c.numbers[k*n:(k+1)*n])
		}
	}
	return f, nil
}

// Outcome returns the values of an outcome by strategy and future, or nil when the
// run has no such outcome.
func (f *Futures) Outcome(id string) [][]float64 {
	at := slices.Index(f.Outcomes, id)
	if at < 0 {
		return nil
	}
	values := make([][]float64, len(f.Values))
	for k := range values {
		values[k] = f.Values[k][at]
	}
	return values
}

type numberColumn struct {
	name    string
	numbers []float64
}

// readColumns reads the numeric and boolean columns of a Parquet file; a null is
// NaN. Text columns have no numbers.
func readColumns(path string) ([]numberColumn, error) {
	r, err := file.OpenParquetFile(path, false)
	if err != nil {
		return nil, explain("read", path, err)
	}
	defer func() { _ = r.Close() }()
	reader, err := pqarrow.NewFileReader(r, pqarrow.ArrowReadProperties{}, memory.DefaultAllocator)
	if err != nil {
		return nil, explain("read", path, err)
	}
	t, err := reader.ReadTable(context.Background())
	if err != nil {
		return nil, explain("read", path, err)
	}
	defer t.Release()
	var columns []numberColumn
	for i := range int(t.NumCols()) {
		c := numberColumn{name: t.Column(i).Name()}
		for _, chunk := range t.Column(i).Data().Chunks() {
			c.numbers = appendNumbers(c.numbers, chunk)
		}
		columns = append(columns, c)
	}
	return columns, nil
}

func appendNumbers(dst []float64, chunk arrow.Array) []float64 {
	var value func(i int) float64
	switch a := chunk.(type) {
	case *array.Float64:
		value = a.Value
	case *array.Int64:
		value = func(i int) float64 { return float64(a.Value(i)) }
	case *array.Boolean:
		value = func(i int) float64 {
			if a.Value(i) {
				return 1
			}
			return 0
		}
	default:
		return dst
	}
	for i := range chunk.Len() {
		if chunk.IsNull(i) {
			dst = append(dst, math.NaN())
		} else {
			dst = append(dst, value(i))
		}
	}
	return dst
}
