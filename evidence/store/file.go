package store

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"handover/evidence"
)

// Columns of the event files, in order.
const (
	columnSource = iota
	columnID
	columnVersion
	columnStart
	columnEnd
	columnReported
	columnDatePrecision
	columnPlacePrecision
	columnActorA
	columnActorB
	columnDyad
	columnPlace
	columnKind
	columnLow
	columnBest
	columnHigh
	columnProvisional
	columnDuplicate
)

// fields are the columns with what they mean.
var fields = []arrow.Field{
	columnSource:         text("source", false, "where the event comes from"),
	columnID:             text("id", false, "the source's own id"),
	columnVersion:        text("version", true, "release of the data set"),
	columnStart:          field("date_start", arrow.FixedWidthTypes.Date32, false, "first day on which it may have happened"),
	columnEnd:            field("date_end", arrow.FixedWidthTypes.Date32, false, "last such day; the event counts in its month"),
	columnReported:       field("reported", arrow.FixedWidthTypes.Date32, true, "day of the source's last change"),
	columnDatePrecision:  field("date_precision", arrow.PrimitiveTypes.Int8, false, "1 day, 2 a few days, 3 week, 4 month, 5 more"),
	columnPlacePrecision: field("place_precision", arrow.PrimitiveTypes.Int8, false, "1 place, 2 within 25 km, 3 district, 4 governorate, 5 region, 6 country, 7 less"),
	columnActorA:         text("actor_a", true, "id of the case's actor; null when not known"),
	columnActorB:         text("actor_b", true, "id of the case's actor; null when not known"),
	columnDyad:           text("dyad", true, "the source's number of the pair"),
	columnPlace:          text("place", true, "governorate; null when not known"),
	columnKind:           text("kind", false, "kind of violence in the words of the source"),
	columnLow:            field("low", arrow.PrimitiveTypes.Int32, true, "deaths, low estimate"),
	columnBest:           field("best", arrow.PrimitiveTypes.Int32, true, "deaths, best estimate"),
	columnHigh:           field("high", arrow.PrimitiveTypes.Int32, true, "deaths, high estimate"),
	columnProvisional:    field("provisional", arrow.FixedWidthTypes.Boolean, false, "the source may still change the row"),
	columnDuplicate:      text("duplicate_of", true, "the event that counts in place of this one; null for one that counts"),
}

// coded are the columns of text that repeats, kept as a dictionary.
var coded = []int{columnSource, columnVersion, columnActorA, columnActorB, columnDyad, columnPlace, columnKind}

func field(name string, t arrow.DataType, nullable bool, title string) arrow.Field {
	return arrow.Field{Name: name, Type: t, Nullable: nullable, Metadata: arrow.NewMetadata([]string{"title"}, []string{title})}
}

func text(name string, nullable bool, title string) arrow.Field {
	return field(name, arrow.BinaryTypes.String, nullable, title)
}

// groupRows is how many rows stand in a row group, which bounds the memory of
// reading and writing.
const groupRows = 1 << 17

// writeEvents writes events as a Parquet file. The bytes depend on the events
// alone.
func writeEvents(w io.Writer, caseName string, events []evidence.Event) error {
	metadata := arrow.NewMetadata([]string{"handover.case", "handover.format"}, []string{caseName, fmt.Sprint(Format)})
	schema := arrow.NewSchema(fields, &metadata)
	options := []parquet.WriterProperty{
		parquet.WithCompression(compress.Codecs.Zstd), parquet.WithCompressionLevel(1), parquet.WithVersion(parquet.V2_6),
		parquet.WithCreatedBy("handover"), parquet.WithMaxRowGroupLength(groupRows), parquet.WithDataPageSize(1 << 18),
		parquet.WithDictionaryDefault(false),
	}
	for _, c := range coded {
		options = append(options, parquet.WithDictionaryPath(parquet.ColumnPath{fields[c].Name}, true))
	}
	// The writer would close w with the file; that is its owner's to do.
	out, err := pqarrow.NewFileWriter(schema, struct{ io.Writer }{w}, parquet.NewWriterProperties(options...), pqarrow.NewArrowWriterProperties(pqarrow.WithStoreSchema()))
	if err != nil {
		return err
	}
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	for from := 0; from < len(events); from += groupRows {
		for i := from; i < min(from+groupRows, len(events)); i++ {
			appendEvent(b, &events[i])
		}
		record := b.NewRecordBatch()
		err := out.Write(record)
		record.Release()
		if err != nil {
			return err
		}
	}
	return out.Close()
}

func appendEvent(b *array.RecordBuilder, e *evidence.Event) {
	words := func(column int, s string) {
		c := b.Field(column).(*array.StringBuilder)
		if s == "" && fields[column].Nullable {
			c.AppendNull()
		} else {
			c.Append(s)
		}
	}
	day := func(column int, d evidence.Day) {
		c := b.Field(column).(*array.Date32Builder)
		if d == evidence.NoDay {
			c.AppendNull()
		} else {
			c.Append(arrow.Date32(d))
		}
	}
	number := func(column int, n int32) {
		c := b.Field(column).(*array.Int32Builder)
		if n == evidence.Unknown {
			c.AppendNull()
		} else {
			c.Append(n)
		}
	}
	words(columnSource, e.Source.String())
	words(columnID, e.ID)
	words(columnVersion, e.Version)
	day(columnStart, e.Start)
	day(columnEnd, e.End)
	day(columnReported, e.Reported)
	b.Field(columnDatePrecision).(*array.Int8Builder).Append(e.DatePrecision)
	b.Field(columnPlacePrecision).(*array.Int8Builder).Append(e.PlacePrecision)
	words(columnActorA, e.ActorA)
	words(columnActorB, e.ActorB)
	words(columnDyad, e.Dyad)
	words(columnPlace, e.Place)
	words(columnKind, string(e.Kind))
	number(columnLow, e.Low)
	number(columnBest, e.Best)
	number(columnHigh, e.High)
	b.Field(columnProvisional).(*array.BooleanBuilder).Append(e.Provisional)
	words(columnDuplicate, e.Duplicate)
}

// readColumns reads some columns of an event file and hands on batch by batch,
// text that repeats as dictionaries.
func readColumns(ctx context.Context, name string, columns []int, use func(arrow.RecordBatch) error) (err error) {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	r, err := file.NewParquetReader(f)
	if err != nil {
		return fmt.Errorf("%s is no event file: %w", name, err)
	}
	defer r.Close()
	if n := r.MetaData().Schema.NumColumns(); n != len(fields) {
		return fmt.Errorf("%s has %d columns, not %d: it was not written by this version", name, n, len(fields))
	}
	properties := pqarrow.ArrowReadProperties{BatchSize: 1 << 16}
	for _, c := range coded {
		properties.SetReadDict(c, true)
	}
	reader, err := pqarrow.NewFileReader(r, properties, memory.DefaultAllocator)
	if err != nil {
		return fmt.Errorf("%s cannot be read: %w", name, err)
	}
	records, err := reader.GetRecordReader(ctx, columns, nil)
	if err != nil {
		return fmt.Errorf("%s cannot be read: %w", name, err)
	}
	defer records.Release()
	for records.Next() {
		if err := use(records.RecordBatch()); err != nil {
			return err
		}
	}
	if err := records.Err(); err != nil && err != io.EOF {
		return fmt.Errorf("%s cannot be read: %w", name, err)
	}
	return nil
}

// words reads a column of text, as dictionary or not.
type words struct {
	plain *array.String
	codes *array.Dictionary
	dict  *array.String
}

func newWords(a arrow.Array) (words, error) {
	switch a := a.(type) {
	case *array.String:
		return words{plain: a}, nil
	case *array.Dictionary:
		if d, ok := a.Dictionary().(*array.String); ok {
			return words{codes: a, dict: d}, nil
		}
	}
	return words{}, fmt.Errorf("a column of text holds %s", a.DataType())
}

func (w words) at(i int) string {
	switch {
	case w.plain != nil && w.plain.IsValid(i):
		return w.plain.Value(i)
	case w.codes != nil && w.codes.IsValid(i):
		return w.dict.Value(w.codes.GetValueIndex(i))
	}
	return ""
}

// readEvents reads whole events of a file.
func readEvents(ctx context.Context, name string, use func(*evidence.Event) error) error {
	all := make([]int, len(fields))
	for i := range all {
		all[i] = i
	}
	return readColumns(ctx, name, all, func(b arrow.RecordBatch) error {
		texts := map[int]words{}
		for _, c := range append([]int{columnID, columnDuplicate}, coded...) {
			w, err := newWords(b.Column(c))
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			texts[c] = w
		}
		day := func(column, i int) evidence.Day {
			if c := b.Column(column).(*array.Date32); c.IsValid(i) {
				return evidence.Day(c.Value(i))
			}
			return evidence.NoDay
		}
		number := func(column, i int) int32 {
			if c := b.Column(column).(*array.Int32); c.IsValid(i) {
				return c.Value(i)
			}
			return evidence.Unknown
		}
		for i := range int(b.NumRows()) {
			source, ok := evidence.ParseSource(texts[columnSource].at(i))
			if !ok {
				return fmt.Errorf("%s has events of %q, a source this version does not know", name, texts[columnSource].at(i))
			}
			e := evidence.Event{Source: source, ID: texts[columnID].at(i), Version: texts[columnVersion].at(i),
				Start: day(columnStart, i), End: day(columnEnd, i), Reported: day(columnReported, i),
				DatePrecision: b.Column(columnDatePrecision).(*array.Int8).Value(i), PlacePrecision: b.Column(columnPlacePrecision).(*array.Int8).Value(i),
				ActorA: texts[columnActorA].at(i), ActorB: texts[columnActorB].at(i), Dyad: texts[columnDyad].at(i), Place: texts[columnPlace].at(i),
				Kind: evidence.Kind(texts[columnKind].at(i)), Low: number(columnLow, i), Best: number(columnBest, i), High: number(columnHigh, i),
				Provisional: b.Column(columnProvisional).(*array.Boolean).Value(i), Duplicate: texts[columnDuplicate].at(i)}
			if err := use(&e); err != nil {
				return err
			}
		}
		return nil
	})
}
