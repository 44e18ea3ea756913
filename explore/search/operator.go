package search

import (
	"math"

	"handover/fpmath"
	"handover/random"
)

// Names of the operators, by their number.
var operatorNames = []string{"simulated binary crossover", "differential evolution", "parent-centric crossover",
	"simplex crossover", "unimodal normal crossover", "uniform mutation"}

// parents is how many parents each operator takes.
var parents = []int{2, 4, 10, 10, 10, 1}

// The operators.
const (
	opSBX = iota
	opDE
	opPCX
	opSPX
	opUNDX
	opUM
	operators
)

// breed makes one child with an operator; all but uniform mutation are followed by
// polynomial mutation. The settings are those of Hadka and Reed 2013, "Borg: an
// auto-adaptive many-objective evolutionary computing framework". The operators
// work in the unit cube, where no width can make a square overflow.
func breed(op int, p [][]float64, low, high []float64, s *random.Stream) []float64 {
	unit := make([][]float64, len(p))
	for k, q := range p {
		unit[k] = make([]float64, len(q))
		for i, v := range q {
			if high[i] > low[i] {
				unit[k][i] = (v - low[i]) / (high[i] - low[i])
			}
		}
	}
	var x []float64
	switch op {
	case opSBX:
		x = sbx(unit[0], unit[1], s)
	case opDE:
		x = differential(unit[0], unit[1], unit[2], unit[3], s)
	case opPCX:
		x = parentCentric(unit, s)
	case opSPX:
		x = simplex(unit, s)
	case opUNDX:
		x = unimodal(unit, s)
	case opUM:
		x = unit[0]
		uniformMutation(x, 1/float64(len(x)), s)
	}
	for i := range x {
		x[i] = math.Max(0, math.Min(1, x[i]))
	}
	if op != opUM {
		polynomial(x, s)
	}
	return within(x, low, high)
}

// within stretches a point of the unit cube over the bounds.
func within(x, low, high []float64) []float64 {
	for i := range x {
		x[i] = math.Max(low[i], math.Min(high[i], low[i]+float64(x[i]*(high[i]-low[i]))))
	}
	return x
}

// sbx is simulated binary crossover with distribution index 15 (Deb and Agrawal
// 1995); it returns one child. In half of the pairs it crosses only the numbers in
// which the second parent is the greater, or only those in which it is the smaller,
// so that the child moves the same way in all of them. Crossing each number its own
// way hardly moves the mean of many: a schedule of a hundred numbers, as that of the
// lake problem, is then never lowered as a whole. Platypus crosses one way always.
func sbx(a, b []float64, s *random.Stream) []float64 {
	const eta = 15.0
	x := append([]float64(nil), a...)
	together, upwards := s.Uniform() < 0.5, s.Uniform() < 0.5
	for i := range x {
		u, side, take := s.Uniform(), s.Uniform(), s.Uniform()
		if take > 0.5 || math.Abs(a[i]-b[i]) < 1e-14 || together && (b[i] > a[i]) != upwards {
			continue
		}
		y1, y2 := math.Min(a[i], b[i]), math.Max(a[i], b[i])
		spread := func(room float64) float64 {
			beta := 1 / (1 + float64(2*room)/(y2-y1))
			alpha := 2 - fpmath.Pow(beta, eta+1)
			if u <= 1/alpha {
				return fpmath.Pow(alpha*u, 1/(eta+1))
			}
			return fpmath.Pow(1/(2-float64(alpha*u)), 1/(eta+1))
		}
		if side < 0.5 {
			x[i] = 0.5 * ((y1 + y2) - float64(spread(y1)*(y2-y1)))
		} else {
			x[i] = 0.5 * ((y1 + y2) + float64(spread(1-y2)*(y2-y1)))
		}
	}
	return x
}

// polynomial mutates each number with probability 1/n, distribution index 20 (Deb
// and Goyal 1996).
func polynomial(x []float64, s *random.Stream) {
	const eta = 20.0
	for i := range x {
		hit, u := s.Uniform(), s.Uniform()
		if hit >= 1/float64(len(x)) {
			continue
		}
		var delta float64
		if u < 0.5 {
			b := float64(2*u) + float64((1-float64(2*u))*fpmath.Pow(1-x[i], eta+1))
			delta = fpmath.Pow(b, 1/(eta+1)) - 1
		} else {
			b := float64(2*(1-u)) + float64(2*(u-0.5)*fpmath.Pow(x[i], eta+1))
			delta = 1 - fpmath.Pow(b, 1/(eta+1))
		}
		x[i] = math.Max(0, math.Min(1, x[i]+delta))
	}
}

// uniformMutation draws each number anew with a probability.
func uniformMutation(x []float64, probability float64, s *random.Stream) {
	for i := range x {
		hit, u := s.Uniform(), s.Uniform()
		if hit < probability {
			x[i] = u
		}
	}
}

// differential is rand/1/bin with crossover rate 0.1 and step 0.5 (Storn and Price
// 1997).
func differential(base, a, b, c []float64, s *random.Stream) []float64 {
	x := append([]float64(nil), base...)
	forced := min(int(s.Uniform()*float64(len(x))), len(x)-1)
	for i := range x {
		if u := s.Uniform(); u <= 0.1 || i == forced {
			x[i] = a[i] + float64(0.5*(b[i]-c[i]))
		}
	}
	return x
}

func centre(p [][]float64) []float64 {
	g := make([]float64, len(p[0]))
	for _, q := range p {
		for i, v := range q {
			g[i] += v / float64(len(p))
		}
	}
	return g
}

func dot(a, b []float64) float64 {
	sum := 0.0
	for i := range a {
		sum += float64(a[i] * b[i])
	}
	return sum
}

// orthogonal removes from v what lies along the unit vectors of the basis, and
// returns its length.
func orthogonal(v []float64, basis [][]float64) float64 {
	for _, e := range basis {
		d := dot(v, e)
		for i := range v {
			v[i] -= float64(d * e[i])
		}
	}
	return math.Sqrt(dot(v, v))
}

// parentCentric is PCX with both spreads 0.1 (Deb, Joshi and Anand 2002), around
// the last parent.
func parentCentric(p [][]float64, s *random.Stream) []float64 {
	g := centre(p)
	last := p[len(p)-1]
	d := make([]float64, len(g))
	for i := range d {
		d[i] = last[i] - g[i]
	}
	length := math.Sqrt(dot(d, d))
	basis := [][]float64{}
	if length > 1e-12 {
		basis = append(basis, scaled(d, 1/length))
	}
	distance, counted := 0.0, 0
	for _, q := range p[:len(p)-1] {
		v := make([]float64, len(g))
		for i := range v {
			v[i] = q[i] - g[i]
		}
		if r := orthogonal(v, basis); r > 1e-12 {
			basis = append(basis, scaled(v, 1/r))
			distance += r
			counted++
		}
	}
	x := append([]float64(nil), last...)
	along := 0.1 * s.Normal()
	for i := range x {
		x[i] += float64(along * d[i])
	}
	if counted == 0 {
		return x
	}
	distance /= float64(counted)
	first := 0
	if length > 1e-12 {
		first = 1
	}
	for _, e := range basis[first:] {
		w := float64(0.1*s.Normal()) * distance
		for i := range x {
			x[i] += float64(w * e[i])
		}
	}
	return x
}

func scaled(v []float64, by float64) []float64 {
	out := make([]float64, len(v))
	for i := range v {
		out[i] = v[i] * by
	}
	return out
}

// simplex is SPX (Tsutsui, Yamamura and Higuchi 1999) with expansion rate
// sqrt(parents+1).
func simplex(p [][]float64, s *random.Stream) []float64 {
	g := centre(p)
	rate := math.Sqrt(float64(len(p)) + 1)
	n := len(g)
	corner := func(k int) []float64 {
		v := make([]float64, n)
		for i := range v {
			v[i] = g[i] + float64(rate*(p[k][i]-g[i]))
		}
		return v
	}
	before := corner(0)
	c := make([]float64, n)
	for k := 1; k < len(p); k++ {
		at := corner(k)
		r := fpmath.Pow(s.Uniform(), 1/float64(k))
		for i := range c {
			c[i] = float64(r * (before[i] - at[i] + c[i]))
		}
		before = at
	}
	for i := range c {
		c[i] += before[i]
	}
	return c
}

// unimodal is UNDX (Kita, Ono and Kobayashi 1999) with spreads 0.5 and
// 0.35/sqrt(n).
func unimodal(p [][]float64, s *random.Stream) []float64 {
	main := p[:len(p)-1]
	g := centre(main)
	n := len(g)
	x := append([]float64(nil), g...)
	var basis [][]float64
	for _, q := range main {
		v := make([]float64, n)
		for i := range v {
			v[i] = q[i] - g[i]
		}
		length := math.Sqrt(dot(v, v))
		if length < 1e-12 {
			continue
		}
		if r := orthogonal(v, basis); r > 1e-12 {
			e := scaled(v, 1/r)
			basis = append(basis, e)
			w := float64(0.5*s.Normal()) * length
			for i := range x {
				x[i] += float64(w * e[i])
			}
		}
	}
	v := make([]float64, n)
	for i := range v {
		v[i] = p[len(p)-1][i] - g[i]
	}
	far := orthogonal(v, basis)
	// A normal vector in the directions that the parents do not span.
	rest := make([]float64, n)
	for i := range rest {
		rest[i] = s.Normal()
	}
	orthogonal(rest, basis)
	w := 0.35 / math.Sqrt(float64(n)) * far
	for i := range x {
		x[i] += float64(w * rest[i])
	}
	return x
}
