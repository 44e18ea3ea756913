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

// Values returns an outcome under a strategy from the finished run in a folder,
// one value a future in their order, in the outcome's unit; NaN where it is
// missing, as a first that never came. Futures that went bad under any strategy
// are left out, as in the summary. The error says what the run lacks.
func Values(ctx context.Context, dir, strategy, outcome string) ([]float64, error) {
	name := filepath.Join(dir, outcomesName)
	f, err := file.OpenParquetFile(name, false)
	if err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", name, err)
	}
	defer f.Close()
	reader, err := pqarrow.NewFileReader(f, pqarrow.ArrowReadProperties{}, memory.DefaultAllocator)
	if err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", name, err)
	}
	schema, err := reader.Schema()
	if err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", name, err)
	}
	var columns []int
	for _, want := range []string{"strategy", "future", outcome, "bad"} {
		at := schema.FieldIndices(want)
		if len(at) != 1 {
			return nil, fmt.Errorf("%s has no column %q", name, want)
		}
		columns = append(columns, at[0])
	}
	records, err := reader.GetRecordReader(ctx, columns, nil)
	if err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", name, err)
	}
	defer records.Release()
	var futures []int64
	var values []float64
	bad := map[int64]bool{}
	for records.Next() {
		r := records.RecordBatch()
		place := func(column string) int { return r.Schema().FieldIndices(column)[0] }
		names, ok1 := r.Column(place("strategy")).(*array.String)
		numbers, ok2 := r.Column(place("future")).(*array.Int64)
		column, ok3 := r.Column(place(outcome)).(*array.Float64)
		flags, ok4 := r.Column(place("bad")).(*array.Boolean)
		if !ok1 || !ok2 || !ok3 || !ok4 {
			return nil, fmt.Errorf("%s has columns of other types than a run writes", name)
		}
		for i := range int(r.NumRows()) {
			if flags.Value(i) {
				bad[numbers.Value(i)] = true
			}
			if names.Value(i) != strategy {
				continue
			}
			v := math.NaN()
			if !column.IsNull(i) {
				v = column.Value(i)
			}
			futures, values = append(futures, numbers.Value(i)), append(values, v)
		}
	}
	if err := records.Err(); err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", name, err)
	}
	if len(values) == 0 {
		return nil, fmt.Errorf("%s has no strategy %q", name, strategy)
	}
	good := values[:0]
	for i, v := range values {
		if !bad[futures[i]] {
			good = append(good, v)
		}
	}
	return good, nil
}
