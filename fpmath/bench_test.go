package fpmath

import (
	"math"
	"testing"
)

var sink float64

func BenchmarkScalar(b *testing.B) {
	d, _ := NewBeta(2.3, 3.7)
	for _, c := range []struct {
		name      string
		f         func(float64) float64
		low, high float64
	}{
		{"Exp", Exp, -10, 10}, {"Exp/math", math.Exp, -10, 10}, {"Log", Log, 0.01, 10}, {"Log/math", math.Log, 0.01, 10},
		{"Pow", func(x float64) float64 { return Pow(x, 1.7) }, 0.01, 10},
		{"Pow/math", func(x float64) float64 { return math.Pow(x, 1.7) }, 0.01, 10},
		{"Sin", Sin, -10, 10}, {"Tanh", Tanh, -3, 3}, {"Atan", Atan, -3, 3},
		{"NormalCDF", NormalCDF, -4, 4}, {"NormalQuantile", NormalQuantile, 0.001, 0.999}, {"BetaQuantile", d.Quantile, 0.001, 0.999},
	} {
		xs := make([]float64, 1024)
		next := generator(3)
		for i := range xs {
			xs[i] = c.low + (c.high-c.low)*next()
		}
		b.Run(c.name, func(b *testing.B) {
			s := 0.0
			for i := range b.N {
				s += c.f(xs[i&1023])
			}
			sink = s
		})
	}
}

// BenchmarkInto is the time of one element in a block of 128.
func BenchmarkInto(b *testing.B) {
	xs, ys := make([]float64, 128), make([]float64, 128)
	for i := range xs {
		xs[i] = float64(i)/10 + 0.1
	}
	b.Run("Exp", func(b *testing.B) {
		for i := 0; i < b.N; i += 128 {
			ExpInto(ys, xs)
		}
	})
	b.Run("Log", func(b *testing.B) {
		for i := 0; i < b.N; i += 128 {
			LogInto(ys, xs)
		}
	})
}
