package ensemble

import (
	"context"
	"fmt"
	"math"
	"path/filepath"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
)

// Tables are the futures of a finished run and what came of them.
type Tables struct {
	Manifest Manifest
	// Uncertainties are variables, in the order of the case; Draws is by
	// uncertainty, then future.
	Uncertainties []string
	Draws         [][]float64
	// PosteriorDraws says which draw of the case's posterior each future took; nil
	// when the case had none.
	PosteriorDraws []float64
	// OutcomeIDs are the outcomes of the case; Outcomes is by strategy of the
	// manifest, outcome and future; NaN where a first never happened or a value is
	// missing.
	OutcomeIDs []string
	Outcomes   [][][]float64
	// Bad marks, by strategy and future, experiments with a value that is not
	// finite.
	Bad [][]bool
}

// ReadTables reads inputs.parquet and outcomes.parquet of a finished run. The
// error says when the folder is no run, or its tables do not fit its manifest.
func ReadTables(dir string) (*Tables, error) {
	s, err := Read(dir)
	if err != nil {
		return nil, err
	}
	t := &Tables{Manifest: s.Manifest}
	names, columns, _, err := readColumns(filepath.Join(dir, inputsName))
	if err != nil {
		return nil, err
	}
	for i, name := range names {
		if name == "future" {
			continue
		}
		if len(columns[i]) != s.Manifest.Futures {
			return nil, fmt.Errorf("%s: column %s has %d rows; the run has %d futures", filepath.Join(dir, inputsName), name, len(columns[i]), s.Manifest.Futures)
		}
		if name == drawName {
			t.PosteriorDraws = columns[i]
			continue
		}
		t.Uncertainties, t.Draws = append(t.Uncertainties, name), append(t.Draws, columns[i])
	}
	names, columns, bad, err := readColumns(filepath.Join(dir, outcomesName))
	if err != nil {
		return nil, err
	}
	futures, strategies := s.Manifest.Futures, len(s.Manifest.Strategies)
	if len(bad) != futures*strategies {
		return nil, fmt.Errorf("%s has %d rows; %d strategies and %d futures make %d", filepath.Join(dir, outcomesName), len(bad), strategies, futures, strategies*futures)
	}
	// Rows go strategy by strategy, in the order of the manifest.
	for k := range strategies {
		t.Bad = append(t.Bad, bad[k*futures:][:futures])
		var outcomes [][]float64
		for i, name := range names {
			if name == "strategy" || name == "future" || name == "bad" {
				continue
			}
			if k == 0 {
				t.OutcomeIDs = append(t.OutcomeIDs, name)
			}
			outcomes = append(outcomes, columns[i][k*futures:][:futures])
		}
		t.Outcomes = append(t.Outcomes, outcomes)
	}
	return t, nil
}

// PosteriorDraw is the draw of the case's posterior that a future took, or -1.
func (t *Tables) PosteriorDraw(future int) int {
	if t.PosteriorDraws == nil {
		return -1
	}
	return int(t.PosteriorDraws[future])
}

// Point is the draws of a future.
func (t *Tables) Point(future int) []float64 {
	p := make([]float64, len(t.Draws))
	for v := range p {
		p[v] = t.Draws[v][future]
	}
	return p
}

// readColumns reads the numbers and the flags of a Parquet file; a column of text
// has no values.
func readColumns(path string) (names []string, columns [][]float64, flags []bool, err error) {
	fail := func(err error) ([]string, [][]float64, []bool, error) {
		return nil, nil, nil, fmt.Errorf("%s cannot be read: %w", path, err)
	}
	f, err := file.OpenParquetFile(path, false)
	if err != nil {
		return fail(err)
	}
	defer func() { _ = f.Close() }()
	reader, err := pqarrow.NewFileReader(f, pqarrow.ArrowReadProperties{}, memory.DefaultAllocator)
	if err != nil {
		return fail(err)
	}
	table, err := reader.ReadTable(context.Background())
	if err != nil {
		return fail(err)
	}
	defer table.Release()
	for i := range int(table.NumCols()) {
		column := table.Column(i)
		values := make([]float64, 0, table.NumRows())
		for _, chunk := range column.Data().Chunks() {
			switch a := chunk.(type) {
			case *array.Float64:
				for k := range a.Len() {
					v := math.NaN()
					if a.IsValid(k) {
						v = a.Value(k)
					}
					values = append(values, v)
				}
			case *array.Boolean:
				for k := range a.Len() {
					flags = append(flags, a.Value(k))
				}
			}
		}
		names, columns = append(names, column.Name()), append(columns, values)
	}
	return names, columns, flags, nil
}
