package panel

import (
	"fmt"
	"io"
	"math"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
)

// groupRows is how many rows are held in memory while writing.
const groupRows = 1 << 20

// WriteDraws writes forecasts as Parquet in the form of the ViEWS challenge, which
// ReadDraws reads: the columns month_id, a unit column, draw (from 0) and outcome,
// in the order given. Units are written as numbers when all are whole numbers.
func WriteDraws(w io.Writer, unitColumn string, drawn []Drawn) error {
	numbers := true
	for _, d := range drawn {
		_, err := strconv.ParseInt(d.Unit, 10, 64)
		numbers = numbers && err == nil
	}
	var unit arrow.DataType = arrow.BinaryTypes.String
	if numbers {
		unit = arrow.PrimitiveTypes.Int64
	}
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "month_id", Type: arrow.PrimitiveTypes.Int64}, {Name: unitColumn, Type: unit},
		{Name: "draw", Type: arrow.PrimitiveTypes.Int64}, {Name: "outcome", Type: arrow.PrimitiveTypes.Float64},
	}, nil)
	properties := parquet.NewWriterProperties(parquet.WithCompression(compress.Codecs.Zstd), parquet.WithVersion(parquet.V2_6),
		parquet.WithCreatedBy("handover"), parquet.WithMaxRowGroupLength(groupRows))
	file, err := pqarrow.NewFileWriter(schema, struct{ io.Writer }{w}, properties, pqarrow.NewArrowWriterProperties(pqarrow.WithStoreSchema()))
	if err != nil {
		return err
	}
	rows := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer rows.Release()
	held := 0
	flush := func() error {
		batch := rows.NewRecordBatch()
		defer batch.Release()
		held = 0
		return file.Write(batch)
	}
	for _, d := range drawn {
		number, _ := strconv.ParseInt(d.Unit, 10, 64)
		for i, x := range d.Sample {
			if math.IsNaN(x) {
				return fmt.Errorf("draw %d of %s in %s is not a number", i, d.Unit, d.Month)
			}
			rows.Field(0).(*array.Int64Builder).Append(int64(Numbered(d.Month)))
			if numbers {
				rows.Field(1).(*array.Int64Builder).Append(number)
			} else {
				rows.Field(1).(*array.StringBuilder).Append(d.Unit)
			}
			rows.Field(2).(*array.Int64Builder).Append(int64(i))
			rows.Field(3).(*array.Float64Builder).Append(x)
		}
		if held += len(d.Sample); held >= groupRows {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	if held > 0 {
		if err := flush(); err != nil {
			return err
		}
	}
	return file.Close()
}
