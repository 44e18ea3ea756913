package panel

import (
	"context"
	"fmt"
	"math"
	"os"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"handover/diagnostic"
	"handover/evidence"
)

// readParquet reads the needed columns of a Parquet file. A damaged file makes
// the library panic in places; that is an error here.
func (r *rows) readParquet(f *os.File, columns Columns, draws bool) (err error) {
	defer func() {
		if damage := recover(); damage != nil {
			err = fmt.Errorf("the Parquet file is damaged: %v", damage)
		}
	}()
	parquet, err := file.NewParquetReader(f)
	if err != nil {
		return fmt.Errorf("the Parquet file is cut short or damaged: %w", err)
	}
	reader, err := pqarrow.NewFileReader(parquet, pqarrow.ArrowReadProperties{BatchSize: 1 << 16}, memory.DefaultAllocator)
	if err != nil {
		return err
	}
	schema, err := reader.Schema()
	if err != nil {
		return err
	}
	names := make([]string, schema.NumFields())
	for i, f := range schema.Fields() {
		names[i] = f.Name
	}
	var list diagnostic.List
	if r.layout, list = columns.find(r.file, names, draws); list.Err() != nil {
		return list
	}
	if parquet.MetaData().Schema.NumColumns() != len(names) {
		return fmt.Errorf("its columns are nested; expected plain ones")
	}
	records, err := reader.GetRecordReader(context.Background(), r.layout.needed(), nil)
	if err != nil {
		return err
	}
	defer records.Release()
	for records.Next() {
		record := records.RecordBatch()
		column := func(i int) arrow.Array {
			if i < 0 {
				return nil
			}
			at := record.Schema().FieldIndices(names[i])
			return record.Column(at[0])
		}
		if err := r.add(int(record.NumRows()), column); err != nil {
			return err
		}
	}
	if err := records.Err(); err != nil {
		return fmt.Errorf("the Parquet file is cut short or damaged: %w", err)
	}
	return nil
}

// add adds the rows of a batch.
func (r *rows) add(n int, column func(int) arrow.Array) error {
	l := r.layout
	type reader struct {
		at     int
		number func(int) float64
		text   func(int) string
	}
	open := func(at int) (reader, error) {
		if at < 0 {
			return reader{at: -1}, nil
		}
		number, text, ok := cells(column(at))
		if !ok {
			return reader{}, diagnostic.List{{Position: diagnostic.Position{File: r.file}, Code: "column-type", Subject: l.names[at],
				Message: fmt.Sprintf("the column holds %s; expected numbers or text", column(at).DataType())}}
		}
		return reader{at, number, text}, nil
	}
	var readers [5]reader
	for k, at := range []int{l.unit, l.month, l.year, l.value, l.draw} {
		var err error
		if readers[k], err = open(at); err != nil {
			return err
		}
	}
	unit, month, year, value, draw := readers[0], readers[1], readers[2], readers[3], readers[4]
	last, number := math.NaN(), int32(-1)
	for k := range n {
		i := len(r.value)
		switch {
		case unit.at < 0:
			r.unit = append(r.unit, r.intern(series))
		case unit.number != nil:
			x := unit.number(k)
			if math.IsNaN(x) {
				r.wrong(i, "unit", l.names[l.unit], "", "the row has no unit")
			}
			// Rows of a unit stand together in most files.
			if x != last || number < 0 {
				last, number = x, r.intern(strconv.FormatFloat(x, 'f', -1, 64))
			}
			r.unit = append(r.unit, number)
		default:
			word := unit.text(k)
			if word == "" {
				r.wrong(i, "unit", l.names[l.unit], "", "the row has no unit")
			}
			r.unit = append(r.unit, r.intern(word))
		}
		var m evidence.Month
		ok, found := false, ""
		switch {
		case l.form == parted && month.number != nil && year.number != nil:
			m, ok = partedMonth(year.number(k), month.number(k))
			found = fmt.Sprint(year.number(k), " ", month.number(k))
		case l.form == numbered && month.number != nil:
			m, ok = numberedMonth(month.number(k))
			found = fmt.Sprint(month.number(k))
		case l.form != parted && month.text != nil:
			found = month.text(k)
			m, ok = parseMonth(l.form, found, "")
		default:
			found = "a value of " + column(l.month).DataType().String()
		}
		if !ok {
			r.wrongMonth(i, found)
		}
		r.month = append(r.month, m)
		x := math.NaN()
		if value.number != nil {
			x = value.number(k)
		} else {
			r.wrong(i, "count", l.names[l.value], "", "%q is no number", value.text(k))
		}
		r.value = append(r.value, x)
		if draw.at >= 0 {
			d := math.NaN()
			if draw.number != nil {
				d = draw.number(k)
			}
			if d != math.Trunc(d) || math.Abs(d) > math.MaxInt32 {
				r.wrong(i, "draw", l.names[l.draw], "", "%v is no number of a draw", d)
				d = 0
			}
			r.draw = append(r.draw, int32(d))
		}
	}
	return nil
}

// cells reads a column as numbers, where a null is NaN, or as text, where it is
// empty. Dates are text.
func cells(column arrow.Array) (number func(int) float64, text func(int) string, ok bool) {
	null := func(f func(int) float64) func(int) float64 {
		return func(i int) float64 {
			if column.IsNull(i) {
				return math.NaN()
			}
			return f(i)
		}
	}
	switch c := column.(type) {
	case *array.Int8:
		return null(func(i int) float64 { return float64(c.Value(i)) }), nil, true
	case *array.Int16:
		return null(func(i int) float64 { return float64(c.Value(i)) }), nil, true
	case *array.Int32:
		return null(func(i int) float64 { return float64(c.Value(i)) }), nil, true
	case *array.Int64:
		return null(func(i int) float64 { return float64(c.Value(i)) }), nil, true
	case *array.Uint8:
		return null(func(i int) float64 { return float64(c.Value(i)) }), nil, true
	case *array.Uint16:
		return null(func(i int) float64 { return float64(c.Value(i)) }), nil, true
	case *array.Uint32:
		return null(func(i int) float64 { return float64(c.Value(i)) }), nil, true
	case *array.Uint64:
		return null(func(i int) float64 { return float64(c.Value(i)) }), nil, true
	case *array.Float32:
		return null(func(i int) float64 { return float64(c.Value(i)) }), nil, true
	case *array.Float64:
		return null(c.Value), nil, true
	case *array.String, *array.LargeString, *array.Dictionary, *array.Date32, *array.Timestamp:
		return nil, func(i int) string {
			if column.IsNull(i) {
				return ""
			}
			return column.ValueStr(i)
		}, true
	}
	return nil, nil, false
}
