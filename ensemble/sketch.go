package ensemble

import (
	"cmp"
	"encoding/binary"
	"errors"
	"math"
	"slices"
)

// sketchBits is how many bits of the mantissa choose a bucket. A bucket that
// starts at v is v/512 wide, so that any point of it lies within 0.2% of any
// value counted in it.
const sketchBits = 9

const (
	sketchShift = 52 - sketchBits
	pageBits    = 6
	pageSize    = 1 << pageBits
)

// sketch estimates quantiles of any number of finite values in bounded memory,
// with a relative error below 0.2%. It keeps counts in buckets of fixed bounds,
// as DDSketch does (Masson, Rim and Lee, "DDSketch: a fast and fully-mergeable
// quantile sketch with relative-error guarantees", PVLDB 12(12), 2019), but with
// the log-linear buckets of HdrHistogram: a bucket is the sign, the exponent and
// the leading bits of the mantissa of the value itself, so that no logarithm is
// taken and the same values give the same counts on every machine. Counts are
// integers: neither the order of additions nor that of merges can be seen in the
// result.
type sketch struct {
	count    uint64
	min, max float64
	// pages holds runs of neighbouring buckets, in the order in which they were
	// first needed.
	pages []page
	// index finds pages: an open-addressed table, a power of two long and at most
	// half full, of places in pages, counted from 1. Neighbouring numbers have
	// neighbouring places, so that there is little to probe.
	index []int32
}

// page is a run of pageSize neighbouring buckets that holds at least one value.
type page struct {
	number uint32
	counts *[pageSize]uint32
}

// bucketOf numbers the bucket of v so that numbers rise with values.
func bucketOf(v float64) uint32 {
	u := math.Float64bits(v)
	if u>>63 == 1 {
		if v == 0 {
			u = 1 << 63
		} else {
			u = ^u
		}
	} else {
		u |= 1 << 63
	}
	return uint32(u >> sketchShift)
}

// bucketBounds returns the smallest and the largest value of a bucket. The
// bucket that holds zero stands for zero alone: what else falls into it is
// below 1e-308.
func bucketBounds(bucket uint32) (low, high float64) {
	const zero = 1 << (63 - sketchShift)
	if bucket == zero || bucket == zero-1 {
		return 0, 0
	}
	u := uint64(bucket) << sketchShift
	v := u | (1<<sketchShift - 1)
	if bucket >= zero {
		return math.Float64frombits(u &^ (1 << 63)), math.Float64frombits(v &^ (1 << 63))
	}
	return math.Float64frombits(^u), math.Float64frombits(^v)
}

// add counts one finite value.
func (s *sketch) add(v float64) {
	v += 0 // no negative zero
	if s.count == 0 {
		s.min, s.max = v, v
	} else if v < s.min {
		s.min = v
	} else if v > s.max {
		s.max = v
	}
	s.count++
	b := bucketOf(v)
	s.page(b >> pageBits)[b&(pageSize-1)]++
}

// page finds or makes the counts of a page.
func (s *sketch) page(number uint32) *[pageSize]uint32 {
	if mask := uint32(len(s.index) - 1); len(s.index) > 0 {
		for i := number & mask; s.index[i] > 0; i = (i + 1) & mask {
			if p := &s.pages[s.index[i]-1]; p.number == number {
				return p.counts
			}
		}
	}
	return s.newPage(number)
}

// newPage makes the counts of a page that is not there.
func (s *sketch) newPage(number uint32) *[pageSize]uint32 {
	s.pages = append(s.pages, page{number, new([pageSize]uint32)})
	if 2*len(s.pages) > len(s.index) {
		s.index = make([]int32, max(8, 2*len(s.index)))
		for k := range s.pages {
			s.place(k)
		}
	} else {
		s.place(len(s.pages) - 1)
	}
	return s.pages[len(s.pages)-1].counts
}

// place enters a page into the index.
func (s *sketch) place(k int) {
	mask := uint32(len(s.index) - 1)
	i := s.pages[k].number & mask
	for s.index[i] > 0 {
		i = (i + 1) & mask
	}
	s.index[i] = int32(k + 1)
}

// sorted lists the pages in the order of their numbers.
func (s *sketch) sorted() []page {
	return slices.SortedFunc(slices.Values(s.pages), func(a, b page) int { return cmp.Compare(a.number, b.number) })
}

// merge adds all that was counted in o.
func (s *sketch) merge(o *sketch) {
	if o.count == 0 {
		return
	}
	if s.count == 0 {
		s.min, s.max = o.min, o.max
	}
	s.min, s.max = min(s.min, o.min), max(s.max, o.max)
	s.count += o.count
	for _, p := range o.pages {
		counts := s.page(p.number)
		for i, n := range p.counts {
			counts[i] += n
		}
	}
}

// quantiles estimates the quantiles at the given levels, which must rise from
// 0 to 1 at most, into dst. It uses the ranks of Hyndman and Fan's definition 7
// (see quantile) and spreads the values of a bucket evenly over it. The sketch
// must hold at least one value.
func (s *sketch) quantiles(levels, dst []float64) {
	cursor := sketchCursor{s: s, pages: s.sorted()}
	for i, level := range levels {
		h := float64(level * float64(s.count-1)) // and no product fused with the subtraction below
		k := uint64(h)
		a := cursor.value(k)
		if f := h - float64(k); f > 0 && k+1 < s.count {
			ahead := cursor
			b := ahead.value(k + 1)
			a += float64(f * (b - a))
		}
		dst[i] = a
	}
}

// sketchCursor walks over the buckets of a sketch in rising order.
type sketchCursor struct {
	s            *sketch
	pages        []page
	page, bucket int
	// before is how many values lie below the bucket.
	before uint64
}

// value estimates the value of rank k, counted from 0. Ranks may not fall from
// one call to the next.
func (c *sketchCursor) value(k uint64) float64 {
	s := c.s
	switch k {
	case 0:
		return s.min
	case s.count - 1:
		return s.max
	}
	for {
		p := c.pages[c.page]
		n := uint64(p.counts[c.bucket])
		if k < c.before+n {
			low, high := bucketBounds(p.number<<pageBits | uint32(c.bucket))
			share := (float64(k-c.before) + 0.5) / float64(n)
			return min(max(low+float64((high-low)*share), s.min), s.max)
		}
		c.before += n
		if c.bucket++; c.bucket == pageSize {
			c.page, c.bucket = c.page+1, 0
		}
	}
}

// errSketch says that stored bytes are not a sketch.
var errSketch = errors.New("not a valid quantile sketch")

// appendTo writes the sketch in its one canonical form: the count, the
// extremes, and the filled buckets in rising order.
func (s *sketch) appendTo(b []byte) []byte {
	b = binary.AppendUvarint(b, s.count)
	if s.count == 0 {
		return b
	}
	b = binary.LittleEndian.AppendUint64(b, math.Float64bits(s.min))
	b = binary.LittleEndian.AppendUint64(b, math.Float64bits(s.max))
	filled, pages := 0, s.sorted()
	for _, p := range pages {
		for _, n := range p.counts {
			if n > 0 {
				filled++
			}
		}
	}
	b = binary.AppendUvarint(b, uint64(filled))
	previous := uint32(0)
	for _, p := range pages {
		for i, n := range p.counts {
			if n > 0 {
				bucket := p.number<<pageBits | uint32(i)
				b = binary.AppendUvarint(b, uint64(bucket-previous))
				b = binary.AppendUvarint(b, uint64(n))
				previous = bucket
			}
		}
	}
	return b
}

// readSketch reads a sketch from the front of b and returns what follows it.
func readSketch(b []byte) (s sketch, rest []byte, err error) {
	next := func(most uint64) (v uint64) {
		v, n := binary.Uvarint(b)
		if n <= 0 || v > most {
			err = errSketch
			return 0
		}
		b = b[n:]
		return v
	}
	s.count = next(math.MaxInt64)
	if err != nil || s.count == 0 {
		return s, b, err
	}
	if len(b) < 16 {
		return s, b, errSketch
	}
	s.min = math.Float64frombits(binary.LittleEndian.Uint64(b))
	s.max = math.Float64frombits(binary.LittleEndian.Uint64(b[8:]))
	b = b[16:]
	if !(s.min <= s.max) || math.IsInf(s.min, 0) || math.IsInf(s.max, 0) {
		return s, b, errSketch
	}
	bucket, sum := uint64(0), uint64(0)
	for range next(1 << (64 - sketchShift)) {
		step, n := next(1<<(64-sketchShift)), next(math.MaxUint32)
		if bucket += step; err != nil || n == 0 || bucket >= 1<<(64-sketchShift) || sum > 0 && step == 0 {
			return s, b, errSketch
		}
		sum += n
		s.page(uint32(bucket) >> pageBits)[bucket&(pageSize-1)] = uint32(n)
	}
	if err != nil || sum != s.count {
		return s, b, errSketch
	}
	return s, b, nil
}
