package native

import (
	"encoding/binary"
	"math"
	"strconv"
	"strings"
)

// pool holds what code reads and never writes: constants and tables.
type pool struct {
	// width is the number of copies of a constant: 4 for AVX2, whose
	// instructions cannot repeat a number read from memory, else 1.
	width     int
	bytes     []byte
	constants map[uint64]int32
	tables    []poolTable
	named     map[string]int
}

type poolTable struct {
	offset int32
	words  []uint64
}

func newPool(width int) *pool {
	return &pool{width: width, constants: map[uint64]int32{}, named: map[string]int{}}
}

// constant is the offset of a number.
func (p *pool) constant(bits uint64) int32 {
	at, ok := p.constants[bits]
	if !ok {
		at = int32(len(p.bytes))
		p.constants[bits] = at
		for range p.width {
			p.bytes = binary.LittleEndian.AppendUint64(p.bytes, bits)
		}
	}
	return at
}

// table is the number of a table of words, put in when first asked for.
func (p *pool) table(name string, words []uint64) int {
	n, ok := p.named[name]
	if !ok {
		n = len(p.tables)
		p.named[name] = n
		for len(p.bytes)%64 != 0 {
			p.bytes = append(p.bytes, 0)
		}
		p.tables = append(p.tables, poolTable{int32(len(p.bytes)), words})
		for _, w := range words {
			p.bytes = binary.LittleEndian.AppendUint64(p.bytes, w)
		}
	}
	return n
}

// numbers is a table of numbers, known by its content.
func (p *pool) numbers(x []float64) int {
	words := make([]uint64, len(x))
	var name strings.Builder
	for i, v := range x {
		words[i] = math.Float64bits(v)
		name.WriteString(strconv.FormatUint(words[i], 36))
		name.WriteByte(' ')
	}
	return p.table(name.String(), words)
}
