package trajectory

import (
	"io"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
)

// groupRows is the most rows of a row group.
const groupRows = 1 << 16

// WriteParquet writes the table of WriteCSV as Parquet. Units and documentation are
// in the metadata of the columns.
func (t *Trajectory) WriteParquet(w io.Writer) error {
	field := func(name, unit, description string) arrow.Field {
		f := arrow.Field{Name: name, Type: arrow.PrimitiveTypes.Float64}
		var keys, values []string
		for _, kv := range [][2]string{{"unit", unit}, {"description", description}} {
			if kv[1] != "" {
				keys, values = append(keys, kv[0]), append(values, kv[1])
			}
		}
		f.Metadata = arrow.NewMetadata(keys, values)
		return f
	}
	fields := []arrow.Field{field("time", t.TimeUnit, "")}
	columns := [][]float64{t.Times}
	for _, v := range t.Variables {
		for e, name := range v.Columns {
			fields = append(fields, field(name, v.Unit, v.Documentation))
			columns = append(columns, v.Values[e])
		}
	}
	metadata := arrow.NewMetadata([]string{"handover.model", "handover.method", "handover.dt"}, []string{t.Model, t.Method, number(t.DT)})
	schema := arrow.NewSchema(fields, &metadata)
	properties := parquet.NewWriterProperties(parquet.WithCompression(compress.Codecs.Zstd), parquet.WithVersion(parquet.V2_6),
		parquet.WithCreatedBy("handover"), parquet.WithDictionaryDefault(false), parquet.WithMaxRowGroupLength(groupRows))
	// The writer would close w with the file; that is its owner's to do.
	file, err := pqarrow.NewFileWriter(schema, struct{ io.Writer }{w}, properties, pqarrow.NewArrowWriterProperties(pqarrow.WithStoreSchema()))
	if err != nil {
		return err
	}
	builder := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer builder.Release()
	for first := 0; first < len(t.Times); first += groupRows {
		last := min(first+groupRows, len(t.Times))
		for c, values := range columns {
			builder.Field(c).(*array.Float64Builder).AppendValues(values[first:last], nil)
		}
		record := builder.NewRecordBatch()
		err := file.Write(record)
		record.Release()
		if err != nil {
			return err
		}
	}
	return file.Close()
}
