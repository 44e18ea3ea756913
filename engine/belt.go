package engine

import (
	"math"

	"handover/model"
)

// belt is a conveyor element. Its content lies in slats, one a step of travel,
// slat 0 at the end where things come off. At each step what is in slat 0 leaves,
// everything moves up one slat, and what enters is put as many slats from the end
// as the transit time has steps; it stays there whatever the transit time does
// later. A leakage takes from every slat of its zone before slat 0 leaves.
//
// Linear leakage takes the same amount from what entered together at every step,
// fixed when it enters, so that the fraction has leaked when it comes off.
// Exponential leakage takes the fraction times dt of what is there. A slat that
// lies partly in a zone leaks for the part that does. This is how XMILE 1.0
// section 3.7.2 and the published steady states of conveyors read.
type belt struct {
	stock    int32
	dt       float64
	discrete bool
	// exponential leakages decay; otherwise each slat keeps, behind its content,
	// what each leakage takes a step and what it may still take in all.
	exponential bool
	leaks       []beltLeak
	// first and step are nodes while lowering and registers in a program. Both
	// begin with: arrested, end held back, each leakage held back, each leakage
	// fraction, transit time. Then first has the initial content, as one number or
	// as a list, and step what enters.
	first, step []int32
}

type beltLeak struct {
	start, end float64
	integers   bool
}

// head is how many operands stand before the initial content or what enters.
func (b *belt) head() int { return 3 + 2*len(b.leaks) }

func (b *belt) held(in []float64, k int) bool        { return in[2+k] != 0 }
func (b *belt) fraction(in []float64, k int) float64 { return in[2+len(b.leaks)+k] }
func (b *belt) transit(in []float64) float64         { return in[b.head()-1] }

// beltLane is a belt of one run: a ring of slats.
type beltLane struct {
	data               []float64 // [slat][field]
	front, length, cap int
	stride             int
	// carry is what leakages of whole numbers owe.
	carry []float64
	// broken marks a belt whose parameters cannot be: everything is NaN.
	broken bool
}

func (l *beltLane) slat(i int) []float64 {
	at := l.front + i
	if at >= l.cap {
		at -= l.cap
	}
	return l.data[at*l.stride:][:l.stride]
}

// extend makes the belt at least n slats long; the new ones are empty.
func (l *beltLane) extend(n int) {
	if n > l.cap {
		wider := make([]float64, max(n, 2*l.cap)*l.stride)
		for i := range l.length {
			copy(wider[i*l.stride:], l.slat(i))
		}
		l.data, l.front, l.cap = wider, 0, len(wider)/l.stride
	}
	for l.length < n {
		l.length++
		clear(l.slat(l.length - 1))
	}
}

// drop takes slat 0 off.
func (l *beltLane) drop() {
	l.length--
	if l.front++; l.front == l.cap {
		l.front = 0
	}
}

func (l *beltLane) total() float64 {
	if l.broken {
		return math.NaN()
	}
	sum, at := 0.0, l.front*l.stride
	for range l.length {
		sum += l.data[at]
		if at += l.stride; at == l.cap*l.stride {
			at = 0
		}
	}
	return sum
}

// slats is how many steps a transit time takes, at least one; 0 when it cannot
// be.
func (b *belt) slats(transit float64) int {
	steps := transit / b.dt
	if !(steps > 0) || steps > model.MostSlats {
		return 0
	}
	return max(1, int(math.Round(steps)))
}

// overlap is how much of slats 0 to n-1 of a belt of the length lies in the zone,
// in slats.
func (z *beltLeak) overlap(n, length int) float64 {
	whole := float64(length)
	return max(0, float64(z.end*whole)-max(float64(z.start*whole), whole-float64(n)))
}

// inZone is the part of slat i that lies in the zone.
func (z *beltLeak) inZone(i, length int) float64 {
	if z.start == 0 && z.end == 1 {
		return 1
	}
	whole := float64(length)
	return max(0, min(z.end*whole, whole-float64(i))-max(z.start*whole, whole-float64(i+1)))
}

// wholeSlack lets sums of fractions that fall short of a whole number by
// rounding count as whole.
const wholeSlack = 1e-9

// shed finds what leaks and what comes off the end in this step. What remains in
// each slat goes to left, what leaks to leaked. The belt changes only if apply is
// set.
func (b *belt) shed(l *beltLane, in, left, leaked []float64, apply bool) (end float64) {
	for k := range leaked {
		leaked[k] = 0
	}
	switch {
	case l.broken:
		for k := range leaked {
			leaked[k] = math.NaN()
		}
		return math.NaN()
	case in[0] != 0 || l.length == 0:
		return 0
	case len(b.leaks) == 0:
		if in[1] != 0 {
			return 0
		}
		return l.slat(0)[0]
	}
	for i := range l.length {
		left[i] = l.slat(i)[0]
	}
	left = left[:l.length]
	for k := range b.leaks {
		if b.held(in, k) {
			continue
		}
		if b.leaks[k].integers {
			leaked[k] = b.shedWhole(l, in, k, left, apply)
			continue
		}
		leaked[k] = b.leak(l, in, k, left, true, apply)
	}
	if apply {
		for i, x := range left {
			l.slat(i)[0] = x
		}
	}
	if in[1] != 0 {
		return 0
	}
	return left[0]
}

// leak is what leakage k takes from all slats, of which left is there. It is
// taken from left only if take is set, and from what it may still take only if
// apply is set.
func (b *belt) leak(l *beltLane, in []float64, k int, left []float64, take, apply bool) float64 {
	z := &b.leaks[k]
	all := z.start == 0 && z.end == 1
	rate := float64(max(0, b.fraction(in, k)) * b.dt)
	sum, at := 0.0, l.front*l.stride
	for i, there := range left {
		part := 1.0
		if !all {
			part = z.inZone(i, l.length)
		}
		x := float64(float64(there*rate) * part)
		if !b.exponential {
			share := l.data[at+1+2*k:][:2]
			if x = float64(share[0] * part); share[1] < x {
				x = share[1]
			}
			if apply {
				share[1] -= min(x, there)
			}
		}
		if there < x {
			x = there
		}
		if take {
			left[i] = there - x
		}
		sum += x
		if at += l.stride; at == l.cap*l.stride {
			at = 0
		}
	}
	return sum
}

// shedWhole takes whole numbers only, from the front of the zone, once the
// fractions owed make up one.
func (b *belt) shedWhole(l *beltLane, in []float64, k int, left []float64, apply bool) float64 {
	carry, there := l.carry[k]+b.leak(l, in, k, left, false, apply), 0.0
	for i, x := range left {
		if b.leaks[k].inZone(i, l.length) > 0 {
			there += x
		}
	}
	whole := min(math.Floor(carry+wholeSlack), math.Floor(there+wholeSlack))
	if apply {
		l.carry[k] = carry - whole
	}
	owed := whole
	for i := range left {
		if owed > 0 && b.leaks[k].inZone(i, l.length) > 0 {
			x := min(left[i], owed)
			left[i] -= x
			owed -= x
		}
	}
	return whole - owed
}

// advance moves the belt on by a step.
func (b *belt) advance(l *beltLane, in, left, leaked []float64) {
	if l.broken || in[0] != 0 {
		return
	}
	b.shed(l, in, left, leaked, true)
	switch {
	case l.length == 0:
	case in[1] == 0:
		l.drop()
	case l.length > 1:
		// What is held back at the end is joined by what comes up behind it.
		end, behind := l.slat(0), l.slat(1)
		for f := range end {
			behind[f] += end[f]
		}
		l.drop()
	}
	for l.length > 0 && l.slat(l.length - 1)[0] == 0 {
		l.length--
	}
	b.enter(l, in, in[b.head()])
}

// enter puts a volume on the belt, as far from the end as the transit time says.
func (b *belt) enter(l *beltLane, in []float64, volume float64) {
	depth := b.slats(b.transit(in))
	if depth == 0 {
		l.broken = true
		return
	}
	l.extend(depth)
	s := l.slat(depth - 1)
	s[0] += volume
	if b.exponential {
		return
	}
	for k := range b.leaks {
		if length := b.leaks[k].overlap(depth, l.length); length > 0 {
			all := float64(min(max(b.fraction(in, k), 0), 1) * volume)
			s[1+2*k] += all / length
			s[2+2*k] += all
		}
	}
}

// begin fills a belt with its initial content. One number is spread so that the
// belt is in a steady state; a list has one entry a slat, or one a time unit,
// from the end where things come off. On a discrete conveyor what is to come off
// in a time unit comes off at its start.
func (b *belt) begin(l *beltLane, in []float64) {
	n := b.slats(b.transit(in))
	values := in[b.head():]
	l.stride, l.front, l.length, l.broken = 1, 0, 0, false
	if !b.exponential {
		l.stride += 2 * len(b.leaks)
	}
	l.cap = len(l.data) / l.stride
	l.carry = append(l.carry[:0], make([]float64, len(b.leaks))...)
	for _, x := range values {
		l.broken = l.broken || !(x >= 0) || x > math.MaxFloat64
	}
	if n == 0 || l.broken || b.misfit(n, len(values)) {
		l.broken = true
		return
	}
	l.extend(n)
	kept := b.profile(in, n)
	units := b.units(n)
	switch {
	case len(values) == 1:
		sum := 0.0
		for i, x := range kept {
			if b.starts(i) {
				sum += x
			}
		}
		for i, x := range kept {
			if b.starts(i) && sum > 0 {
				l.slat(i)[0] = values[0] / sum * x
			}
		}
	case len(values) == n:
		for i, x := range values {
			l.slat(i)[0] = x
		}
	default:
		count := make([]float64, units)
		for i := range n {
			if b.starts(i) {
				count[b.unit(i)]++
			}
		}
		for i := range n {
			if u := b.unit(i); b.starts(i) {
				l.slat(i)[0] = values[u] / count[u]
			}
		}
	}
	if b.exponential {
		return
	}
	for i, x := range kept {
		s := l.slat(i)
		for k := range b.leaks {
			if length := b.leaks[k].overlap(n, n); length > 0 && x > 0 {
				s[1+2*k] = min(max(b.fraction(in, k), 0), 1) * (s[0] / x) / length
				s[2+2*k] = s[1+2*k] * b.leaks[k].overlap(i+1, n)
			}
		}
	}
}

// misfit reports whether a list of the length does not fit a belt of n slats.
func (b *belt) misfit(n, values int) bool { return values != 1 && values != n && values != b.units(n) }

// unit is the time unit, from 0, in which slat i comes off; units is how many
// there are.
func (b *belt) unit(i int) int  { return int(math.Floor(float64(float64(i)*b.dt) + wholeSlack)) }
func (b *belt) units(n int) int { return b.unit(n-1) + 1 }

// starts reports whether initial content may lie in slat i.
func (b *belt) starts(i int) bool { return !b.discrete || i == 0 || b.unit(i) != b.unit(i-1) }

// profile is what is left of one unit that entered, when it reaches each slat of
// a belt of n slats in a steady state.
func (b *belt) profile(in []float64, n int) []float64 {
	kept := make([]float64, n)
	x := 1.0
	for i := n - 1; i >= 0; i-- {
		kept[i] = x
		for k := range b.leaks {
			part := b.leaks[k].inZone(i, n)
			f := max(b.fraction(in, k), 0)
			switch length := b.leaks[k].overlap(n, n); {
			case b.exponential:
				x -= min(float64(x*float64(f*b.dt))*part, x)
			case length > 0:
				x -= min(min(f, 1)/length*part, x)
			}
		}
	}
	return kept
}
