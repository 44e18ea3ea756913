package trajectory

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"

	"handover/model"
)

// Tags and types of the classic NetCDF format with 64-bit offsets ("CDF-2", NetCDF
// classic format specification, Unidata).
const (
	cdfDimension = 0x0a
	cdfVariable  = 0x0b
	cdfAttribute = 0x0c
	cdfChar      = 2
	cdfDouble    = 6
	// cdfMostBytes is the most that one variable can hold.
	cdfMostBytes = 1<<32 - 4
)

// cdfWriter gathers the header of a file.
type cdfWriter struct {
	header []byte
	names  map[string]bool
	// dimension numbers by name, with their lengths.
	dimensions []cdfDim
	variables  []cdfVar
}

type cdfDim struct {
	name   string
	length int
}

type cdfVar struct {
	name       string
	dimensions []int
	attributes [][2]string
	kind       uint32
	bytes      int64
	write      func(w io.Writer) error
}

// WriteNetCDF writes the trajectory as NetCDF in the classic format with 64-bit
// offsets: a variable for each of the model's, over time and its own dimensions,
// with the elements' names as coordinates. Names are in canonical form (lower case,
// underscores), the author's own in the attribute long_name. It is an error if one
// variable is larger than 4 GiB.
func (t *Trajectory) WriteNetCDF(w io.Writer) error {
	f := &cdfWriter{names: map[string]bool{}}
	time := f.dimension("time", len(t.Times))
	f.add(cdfVar{name: f.name("time"), dimensions: []int{time}, kind: cdfDouble, bytes: 8 * int64(len(t.Times)), write: doubles(t.Times),
		attributes: [][2]string{{"units", t.TimeUnit}}})
	seen := map[string]int{}
	for _, v := range t.Variables {
		for _, d := range v.Dimensions {
			if _, done := seen[d.Name]; !done {
				seen[d.Name] = f.labels(d)
			}
		}
	}
	for _, v := range t.Variables {
		if len(v.Values) == 0 {
			continue // over a dimension without elements
		}
		dimensions := []int{time}
		for _, d := range v.Dimensions {
			dimensions = append(dimensions, seen[d.Name])
		}
		bytes := 8 * int64(len(t.Times)) * int64(len(v.Values))
		if bytes > cdfMostBytes {
			return fmt.Errorf("%s has %d bytes, and a NetCDF variable at most %d; save fewer variables or fewer times, or write Parquet", v.Name, bytes, int64(cdfMostBytes))
		}
		f.add(cdfVar{name: f.name(model.Canonical(v.Name)), dimensions: dimensions, kind: cdfDouble, bytes: bytes, write: interleaved(v.Values),
			attributes: [][2]string{{"long_name", v.Name}, {"units", v.Unit}, {"description", v.Documentation}}})
	}
	return f.write(w, [][2]string{{"title", t.Model}, {"method", t.Method}, {"dt", number(t.DT)}, {"source", "handover"}})
}

// name makes a name that no variable of the file has yet.
func (f *cdfWriter) name(want string) string {
	name := want
	for i := 2; f.names[name]; i++ {
		name = fmt.Sprintf("%s_%d", want, i)
	}
	f.names[name] = true
	return name
}

func (f *cdfWriter) dimension(name string, length int) int {
	f.dimensions = append(f.dimensions, cdfDim{name, length})
	return len(f.dimensions) - 1
}

func (f *cdfWriter) add(v cdfVar) { f.variables = append(f.variables, v) }

// labels adds a dimension with its elements' names as a coordinate variable.
func (f *cdfWriter) labels(d Dimension) int {
	name := f.name(model.Canonical(d.Name))
	width := 1
	for _, e := range d.Elements {
		width = max(width, len(e))
	}
	along := f.dimension(name, len(d.Elements))
	across := f.dimension(name+"_length", width)
	f.add(cdfVar{name: name, dimensions: []int{along, across}, kind: cdfChar, bytes: int64(width) * int64(len(d.Elements)),
		attributes: [][2]string{{"long_name", d.Name}, {"_Encoding", "utf-8"}},
		write: func(w io.Writer) error {
			for _, e := range d.Elements {
				if _, err := w.Write(append([]byte(e), make([]byte, width-len(e))...)); err != nil {
					return err
				}
			}
			return nil
		}})
	return along
}

func doubles(values []float64) func(io.Writer) error {
	return func(w io.Writer) error {
		var b [8]byte
		for _, x := range values {
			binary.BigEndian.PutUint64(b[:], math.Float64bits(x))
			if _, err := w.Write(b[:]); err != nil {
				return err
			}
		}
		return nil
	}
}

// interleaved writes element-by-time values with time as the slowest index.
func interleaved(values [][]float64) func(io.Writer) error {
	return func(w io.Writer) error {
		row := make([]float64, len(values))
		for k := range values[0] {
			for e := range values {
				row[e] = values[e][k]
			}
			if err := doubles(row)(w); err != nil {
				return err
			}
		}
		return nil
	}
}

func (f *cdfWriter) word(x uint32) { f.header = binary.BigEndian.AppendUint32(f.header, x) }

func (f *cdfWriter) text(s string) {
	f.word(uint32(len(s)))
	f.header = append(f.header, s...)
	f.header = append(f.header, make([]byte, padding(int64(len(s))))...)
}

// padding is how many bytes are missing to a multiple of four.
func padding(n int64) int64 { return (4 - n%4) % 4 }

// list begins a list of the header.
func (f *cdfWriter) list(tag uint32, n int) {
	if n == 0 {
		tag = 0
	}
	f.word(tag)
	f.word(uint32(n))
}

func (f *cdfWriter) attributes(pairs [][2]string) {
	n := 0
	for _, p := range pairs {
		if p[1] != "" {
			n++
		}
	}
	f.list(cdfAttribute, n)
	for _, p := range pairs {
		if p[1] != "" {
			f.text(p[0])
			f.word(cdfChar)
			f.text(p[1])
		}
	}
}

func (f *cdfWriter) write(w io.Writer, global [][2]string) error {
	// The offsets in the header depend on its length, which they do not change.
	for begin := int64(0); ; begin = int64(len(f.header)) {
		done := begin == int64(len(f.header)) && begin > 0
		f.header = append(f.header[:0], "CDF\x02"...)
		f.word(0) // no records
		f.list(cdfDimension, len(f.dimensions))
		for _, d := range f.dimensions {
			f.text(d.name)
			f.word(uint32(d.length))
		}
		f.attributes(global)
		f.list(cdfVariable, len(f.variables))
		at := begin
		for _, v := range f.variables {
			f.text(v.name)
			f.word(uint32(len(v.dimensions)))
			for _, d := range v.dimensions {
				f.word(uint32(d))
			}
			f.attributes(v.attributes)
			f.word(v.kind)
			size := v.bytes + padding(v.bytes)
			f.word(uint32(min(size, math.MaxUint32)))
			f.header = binary.BigEndian.AppendUint64(f.header, uint64(at))
			at += size
		}
		if done {
			break
		}
	}
	buffer := bufio.NewWriterSize(w, 1<<16)
	if _, err := buffer.Write(f.header); err != nil {
		return err
	}
	for _, v := range f.variables {
		if err := v.write(buffer); err != nil {
			return err
		}
		if _, err := buffer.Write(make([]byte, padding(v.bytes))); err != nil {
			return err
		}
	}
	return buffer.Flush()
}
