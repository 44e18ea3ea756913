package ensemble

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

// groupRows is the most rows of a row group, and so what bounds the memory of
// writing a table. It is a whole number of rounds.
const groupRows = 64 * roundSize

// tableWriter writes one Parquet file.
type tableWriter struct {
	file    *pqarrow.FileWriter
	builder *array.RecordBuilder
}

// newTable begins a table. The file's metadata hold the case, the run and the
// format of the files; nothing in it depends on the time or the place.
func newTable(w io.Writer, m Manifest, fields []arrow.Field) (*tableWriter, error) {
	metadata := arrow.NewMetadata(
		[]string{"handover.case", "handover.case_hash", "handover.run", "handover.format"},
		[]string{m.Case, m.CaseHash, m.Run, strconv.Itoa(m.Format)})
	schema := arrow.NewSchema(fields, &metadata)
	options := []parquet.WriterProperty{
		parquet.WithCompression(compress.Codecs.Zstd),
		parquet.WithCompressionLevel(3),
		parquet.WithVersion(parquet.V2_6),
		parquet.WithCreatedBy("handover"),
		parquet.WithMaxRowGroupLength(groupRows),
		// A page within one block of the compressor spares it a window of 8 MB.
		parquet.WithDataPageSize(1 << 16),
		// Numbers of a run are almost all different; only names repeat.
		parquet.WithDictionaryDefault(false),
	}
	for _, f := range fields {
		if f.Type.ID() == arrow.STRING {
			options = append(options, parquet.WithDictionaryPath(parquet.ColumnPath{f.Name}, true))
		}
	}
	// The writer would close w with the file; that is its owner's to do.
	file, err := pqarrow.NewFileWriter(schema, struct{ io.Writer }{w},
		parquet.NewWriterProperties(options...), pqarrow.NewArrowWriterProperties(pqarrow.WithStoreSchema()))
	if err != nil {
		return nil, err
	}
	return &tableWriter{file, array.NewRecordBuilder(memory.DefaultAllocator, schema)}, nil
}

// flush writes the rows that were appended to the builder as a row group.
func (t *tableWriter) flush() error {
	record := t.builder.NewRecordBatch()
	defer record.Release()
	return t.file.Write(record)
}

// close ends the file.
func (t *tableWriter) close() error {
	t.builder.Release()
	return t.file.Close()
}

func (t *tableWriter) text(column int) *array.StringBuilder {
	return t.builder.Field(column).(*array.StringBuilder)
}

func (t *tableWriter) number(column int) *array.Float64Builder {
	return t.builder.Field(column).(*array.Float64Builder)
}

func (t *tableWriter) whole(column int) *array.Int64Builder {
	return t.builder.Field(column).(*array.Int64Builder)
}

// appendValue appends a value, or a null for what is not a finite number.
func appendValue(b *array.Float64Builder, v float64) {
	if finite(v) {
		b.Append(v)
	} else {
		b.AppendNull()
	}
}

func textField(name string) arrow.Field {
	return arrow.Field{Name: name, Type: arrow.BinaryTypes.String}
}

func wholeField(name string) arrow.Field {
	return arrow.Field{Name: name, Type: arrow.PrimitiveTypes.Int64}
}

// numberField is a column of numbers with its unit and meaning as metadata.
func numberField(name, unit, title string, nullable bool) arrow.Field {
	f := arrow.Field{Name: name, Type: arrow.PrimitiveTypes.Float64, Nullable: nullable}
	var keys, values []string
	for _, kv := range [][2]string{{"unit", unit}, {"title", title}} {
		if kv[1] != "" {
			keys, values = append(keys, kv[0]), append(values, kv[1])
		}
	}
	if keys != nil {
		f.Metadata = arrow.NewMetadata(keys, values)
	}
	return f
}

// writeInputs writes one row a future: its number from 0 and the draw of each
// uncertainty. The draw of one that multiplies is the factor. A case with a
// posterior has the number of its draw, from 0, as a last column.
func (j *job) writeInputs(w io.Writer) error {
	fields := []arrow.Field{wholeField("future")}
	for _, u := range j.c.Uncertainties {
		variable, _ := splitReference(u.Variable)
		unit := ""
		if v := j.c.Model.Variable(variable); v != nil && !u.Multiply {
			unit = v.Units
		}
		fields = append(fields, numberField(u.Variable, unit, u.Title, false))
	}
	if j.c.Posterior != nil {
		fields = append(fields, numberField(drawName, "", "The draw of posterior.csv, from 0", false))
	}
	t, err := newTable(w, j.manifest, fields)
	if err != nil {
		return err
	}
	// The next rows are drawn while some are written.
	parts, stop := make(chan *inputRows), make(chan struct{})
	defer close(stop)
	go func() {
		defer close(parts)
		for first := 0; first < j.manifest.Futures; first += partRows {
			select {
			case parts <- j.drawInputs(first):
			case <-stop:
				return
			}
		}
	}()
	for g := range parts {
		for i := range g.draws {
			t.whole(0).Append(int64(g.first + i))
		}
		for v, column := range g.columns {
			t.number(1+v).AppendValues(column, nil)
		}
		if j.c.Posterior != nil {
			t.number(1+len(g.columns)).AppendValues(g.draws, nil)
		}
		if end := g.first + len(g.draws); end%groupRows == 0 || end == j.manifest.Futures {
			if err := t.flush(); err != nil {
				return err
			}
		}
	}
	return t.close()
}

// partRows is how many inputs are drawn at a time; a row group is some of these.
const partRows = groupRows / 8

// inputRows holds the inputs of futures from first on: a column for each
// uncertainty, and the numbers of the posterior's draws.
type inputRows struct {
	first   int
	columns [][]float64
	draws   []float64
}

// drawInputs draws inputs on all threads but the one that writes.
func (j *job) drawInputs(first int) *inputRows {
	n := min(partRows, j.manifest.Futures-first)
	g := &inputRows{first, make([][]float64, len(j.c.Uncertainties)), make([]float64, n)}
	for v := range g.columns {
		g.columns[v] = make([]float64, n)
	}
	var tasks []func() error
	for at := 0; at < n; at += roundSize {
		tasks = append(tasks, func() error {
			point := j.room()
			for i := at; i < min(at+roundSize, n); i++ {
				draw, _ := j.draw(j.design, first+i, point)
				g.draws[i] = float64(draw)
				for v, x := range point[:len(g.columns)] {
					g.columns[v][i] = x
				}
			}
			return nil
		})
	}
	_ = atOnce(j.threads-1, tasks) // none fails
	return g
}

// writeOutcomes writes one row an experiment: strategy, future, the outcomes
// (null where missing) and whether the experiment went bad.
func (j *job) writeOutcomes(w io.Writer) error {
	fields := []arrow.Field{textField("strategy"), wholeField("future")}
	for _, o := range j.c.Outcomes {
		unit := o.Unit
		fields = append(fields, numberField(o.ID, unit, o.Name, true))
	}
	fields = append(fields, arrow.Field{Name: "bad", Type: arrow.FixedWidthTypes.Boolean})
	t, err := newTable(w, j.manifest, fields)
	if err != nil {
		return err
	}
	values, flags := make([]float64, groupRows), make([]bool, groupRows)
	for strategy, id := range j.manifest.Strategies {
		for first := 0; first < j.manifest.Futures; first += groupRows {
			n := min(groupRows, j.manifest.Futures-first)
			for i := range n {
				t.text(0).Append(id)
				t.whole(1).Append(int64(first + i))
			}
			for o := range j.c.Outcomes {
				if err := j.partial.column(strategy, o, first, values[:n]); err != nil {
					return err
				}
				for _, v := range values[:n] {
					appendValue(t.number(2+o), v)
				}
			}
			if err := j.partial.flags(strategy, first, flags[:n]); err != nil {
				return err
			}
			t.builder.Field(2+len(j.c.Outcomes)).(*array.BooleanBuilder).AppendValues(flags[:n], nil)
			if err := t.flush(); err != nil {
				return err
			}
		}
	}
	return t.close()
}

// levelName is the column of a quantile level in thousandths: q025 to q975.
func levelName(level float64) string {
	return fmt.Sprintf("q%03.0f", math.Round(level*1000))
}

// writeSeries writes the fans: one row for each strategy, series and save time,
// with the month from the base date and one column a quantile level.
func (j *job) writeSeries(w io.Writer, s *Summary) error {
	fields := []arrow.Field{textField("strategy"), textField("series"), numberField("time", "month", "", false)}
	for _, level := range Levels {
		fields = append(fields, numberField(levelName(level), "", "", false))
	}
	return j.writeRows(w, fields, func(t *tableWriter, row func() error) error {
		for _, strategy := range s.Strategies {
			for _, fan := range strategy.Series {
				for at, month := range s.Times {
					t.text(0).Append(strategy.ID)
					t.text(1).Append(fan.ID)
					t.number(2).Append(month)
					for level := range Levels {
						t.number(3 + level).Append(fan.Quantiles[level][at])
					}
					if err := row(); err != nil {
						return err
					}
				}
			}
		}
		return nil
	})
}

// writeMaps writes the probabilities of maps: one row for each strategy, map,
// place and save time.
func (j *job) writeMaps(w io.Writer, s *Summary) error {
	fields := []arrow.Field{textField("strategy"), textField("map"), textField("place"),
		numberField("month", "month", "", false), numberField("probability", "", "", false)}
	return j.writeRows(w, fields, func(t *tableWriter, row func() error) error {
		for _, strategy := range s.Strategies {
			for _, m := range strategy.Maps {
				for p, place := range m.Places {
					for at, month := range s.Times {
						t.text(0).Append(strategy.ID)
						t.text(1).Append(m.ID)
						t.text(2).Append(place)
						t.number(3).Append(month)
						t.number(4).Append(m.Probability[p][at])
						if err := row(); err != nil {
							return err
						}
					}
				}
			}
		}
		return nil
	})
}

// writeRows writes a table row by row: fill calls row after each.
func (j *job) writeRows(w io.Writer, fields []arrow.Field, fill func(t *tableWriter, row func() error) error) error {
	t, err := newTable(w, j.manifest, fields)
	if err != nil {
		return err
	}
	rows := 0
	err = fill(t, func() error {
		if rows++; rows%groupRows == 0 {
			return t.flush()
		}
		return nil
	})
	if err != nil {
		return err
	}
	if rows%groupRows != 0 || rows == 0 {
		if err := t.flush(); err != nil {
			return err
		}
	}
	return t.close()
}
