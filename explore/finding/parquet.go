package finding

import (
	"bytes"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
)

// parquet writes the table; NaN is null, and a column's unit and title are
// metadata.
func (t *Table) parquet() ([]byte, error) {
	var fields []arrow.Field
	for _, c := range t.Columns {
		f := arrow.Field{Name: c.Name, Type: arrow.PrimitiveTypes.Float64, Nullable: true,
			Metadata: arrow.NewMetadata([]string{"unit", "title"}, []string{c.Unit, c.Title})}
		if c.Text {
			f.Type = arrow.BinaryTypes.String
		}
		fields = append(fields, f)
	}
	schema := arrow.NewSchema(fields, nil)
	builder := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer builder.Release()
	for _, r := range t.Rows {
		for i, v := range r {
			switch b := builder.Field(i).(type) {
			case *array.StringBuilder:
				text, _ := v.(string)
				b.Append(text)
			case *array.Float64Builder:
				if x, ok := v.(float64); ok && x == x {
					b.Append(x)
				} else {
					b.AppendNull()
				}
			}
		}
	}
	record := builder.NewRecordBatch()
	defer record.Release()
	var out bytes.Buffer
	w, err := pqarrow.NewFileWriter(schema, &out,
		parquet.NewWriterProperties(parquet.WithCompression(compress.Codecs.Zstd), parquet.WithVersion(parquet.V2_6), parquet.WithCreatedBy("handover")),
		pqarrow.NewArrowWriterProperties(pqarrow.WithStoreSchema()))
	if err != nil {
		return nil, err
	}
	if err := w.Write(record); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
