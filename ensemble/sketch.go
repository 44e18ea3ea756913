package ensemble

import (
	"encoding/binary"
	"errors"
	"maps"
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
	// mostWindow bounds the window of a sketch: four octaves, 8 KB.
	mostWindow = 4 << sketchBits
	// zeroBucket is the bucket of zero.
	zeroBucket = 1 << (63 - sketchShift)
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
	// window counts the buckets from base on, where most values fall; zeros counts
	// those of zero, and pages all others.
	base   uint32
	window []uint32
	zeros  uint64
	pages  map[uint32]*[pageSize]uint32
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
	if bucket == zeroBucket || bucket == zeroBucket-1 {
		return 0, 0
	}
	u := uint64(bucket) << sketchShift
	v := u | (1<<sketchShift - 1)
	if bucket >= zeroBucket {
		return math.Float64frombits(u &^ (1 << 63)), math.Float64frombits(v &^ (1 << 63))
	}
	return math.Float64frombits(^u), math.Float64frombits(^v)
}

// add counts at most roundSize finite values.
func (s *sketch) add(values ...float64) {
	if len(values) == 0 {
		return
	}
	var buckets [roundSize]uint32
	low, high := s.min, s.max
	if s.count == 0 {
		low, high = values[0]+0, values[0]+0
	}
	first, last := uint32(math.MaxUint32), uint32(0)
	for i, v := range values {
		v += 0 // no negative zero
		if v < low {
			low = v
		}
		if v > high {
			high = v
		}
		b := bucketOf(v)
		buckets[i] = b
		if b != zeroBucket {
			first, last = min(first, b), max(last, b)
		}
	}
	s.min, s.max = low, high
	s.count += uint64(len(values))
	if first <= last {
		s.cover(first, last)
	}
	window, base := s.window, s.base
	for _, b := range buckets[:len(values)] {
		if d := b - base; d < uint32(len(window)) {
			window[d]++
		} else {
			s.far(b, 1)
		}
	}
}

// cover widens the window to the buckets from first to last, unless it would
// become too wide.
func (s *sketch) cover(first, last uint32) {
	if len(s.window) > 0 {
		first, last = min(first, s.base), max(last, s.base+uint32(len(s.window))-1)
	}
	if n := last - first + 1; n <= mostWindow && int(n) > len(s.window) {
		// Some room, so that it is not widened again and again. What lies in pages
		// stays there.
		room := min(n/4, (mostWindow-n)/2, first)
		first -= room
		wide := make([]uint32, n+2*room)
		copy(wide[max(s.base, first)-first:], s.window)
		s.base, s.window = first, wide
	}
}

// far counts n values of a bucket outside the window.
func (s *sketch) far(bucket uint32, n uint32) {
	if bucket == zeroBucket {
		s.zeros += uint64(n)
		return
	}
	p := s.pages[bucket>>pageBits]
	if p == nil {
		if s.pages == nil {
			s.pages = map[uint32]*[pageSize]uint32{}
		}
		p = new([pageSize]uint32)
		s.pages[bucket>>pageBits] = p
	}
	p[bucket&(pageSize-1)] += n
}

// filled is a bucket that holds values.
type filled struct {
	bucket uint32
	count  uint64
}

// filled lists the buckets that hold values, in rising order.
func (s *sketch) filled() []filled {
	near := make([]filled, 0, len(s.window)/4)
	for d, count := range s.window {
		if count > 0 {
			near = append(near, filled{s.base + uint32(d), uint64(count)})
		}
	}
	if s.zeros == 0 && len(s.pages) == 0 {
		return near
	}
	var far []filled
	zeros := s.zeros
	for _, number := range slices.Sorted(maps.Keys(s.pages)) {
		if zeros > 0 && number >= zeroBucket>>pageBits {
			far, zeros = append(far, filled{zeroBucket, zeros}), 0
		}
		for i, count := range s.pages[number] {
			if count > 0 {
				far = append(far, filled{number<<pageBits | uint32(i), uint64(count)})
			}
		}
	}
	if zeros > 0 {
		far = append(far, filled{zeroBucket, zeros})
	}
	return merged(near, far)
}

// merged joins two lists of buckets in rising order. A bucket may be in both: one
// that was counted in a page before the window reached it.
func merged(a, b []filled) []filled {
	list := make([]filled, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		switch x, y := a[0], b[0]; {
		case x.bucket < y.bucket:
			list, a = append(list, x), a[1:]
		case x.bucket > y.bucket:
			list, b = append(list, y), b[1:]
		default:
			list, a, b = append(list, filled{x.bucket, x.count + y.count}), a[1:], b[1:]
		}
	}
	return append(append(list, a...), b...)
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
	for _, f := range o.filled() {
		s.put(f)
	}
}

// put adds the values of a bucket.
func (s *sketch) put(f filled) {
	if f.bucket == zeroBucket {
		s.zeros += f.count
		return
	}
	s.cover(f.bucket, f.bucket)
	if d := f.bucket - s.base; d < uint32(len(s.window)) {
		s.window[d] += uint32(f.count)
	} else {
		s.far(f.bucket, uint32(f.count))
	}
}

// quantiles estimates the quantiles at the given levels, which must rise from
// 0 to 1 at most, into dst. It uses the ranks of Hyndman and Fan's definition 7
// (see quantile) and spreads the values of a bucket evenly over it. The sketch
// must hold at least one value.
func (s *sketch) quantiles(levels, dst []float64) {
	cursor := sketchCursor{s: s, filled: s.filled()}
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
	s      *sketch
	filled []filled
	// before is how many values lie below the first of the filled buckets.
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
	for k >= c.before+c.filled[0].count {
		c.before += c.filled[0].count
		c.filled = c.filled[1:]
	}
	low, high := bucketBounds(c.filled[0].bucket)
	share := (float64(k-c.before) + 0.5) / float64(c.filled[0].count)
	return min(max(low+float64((high-low)*share), s.min), s.max)
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
	list := s.filled()
	b = binary.AppendUvarint(b, uint64(len(list)))
	previous := uint32(0)
	for _, f := range list {
		b = binary.AppendUvarint(b, uint64(f.bucket-previous))
		b = binary.AppendUvarint(b, f.count)
		previous = f.bucket
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
		s.put(filled{uint32(bucket), n})
	}
	if err != nil || sum != s.count {
		return s, b, errSketch
	}
	return s, b, nil
}
