package fpmath

import (
	"bufio"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"
)

// functions gives every function of the package a form with a list of arguments.
var functions = map[string]func(a []float64) float64{
	"Exp":            func(a []float64) float64 { return Exp(a[0]) },
	"Expm1":          func(a []float64) float64 { return Expm1(a[0]) },
	"Log":            func(a []float64) float64 { return Log(a[0]) },
	"Log2":           func(a []float64) float64 { return Log2(a[0]) },
	"Log10":          func(a []float64) float64 { return Log10(a[0]) },
	"Log1p":          func(a []float64) float64 { return Log1p(a[0]) },
	"Pow":            func(a []float64) float64 { return Pow(a[0], a[1]) },
	"Sin":            func(a []float64) float64 { return Sin(a[0]) },
	"Cos":            func(a []float64) float64 { return Cos(a[0]) },
	"Tan":            func(a []float64) float64 { return Tan(a[0]) },
	"Asin":           func(a []float64) float64 { return Asin(a[0]) },
	"Acos":           func(a []float64) float64 { return Acos(a[0]) },
	"Atan":           func(a []float64) float64 { return Atan(a[0]) },
	"Atan2":          func(a []float64) float64 { return Atan2(a[0], a[1]) },
	"Sinh":           func(a []float64) float64 { return Sinh(a[0]) },
	"Cosh":           func(a []float64) float64 { return Cosh(a[0]) },
	"Tanh":           func(a []float64) float64 { return Tanh(a[0]) },
	"Erf":            func(a []float64) float64 { return Erf(a[0]) },
	"Erfc":           func(a []float64) float64 { return Erfc(a[0]) },
	"NormalCDF":      func(a []float64) float64 { return NormalCDF(a[0]) },
	"NormalQuantile": func(a []float64) float64 { return NormalQuantile(a[0]) },
	"LogGamma":       func(a []float64) float64 { return LogGamma(a[0]) },
	"Stirling":       func(a []float64) float64 { return Stirling(a[0]) },
	"BetaCDF":        func(a []float64) float64 { return BetaCDF(a[0], a[1], a[2]) },
	"BetaQuantile": func(a []float64) float64 {
		d, ok := NewBeta(a[1], a[2])
		if !ok {
			return math.NaN()
		}
		return d.Quantile(a[0])
	},
}

// bounds is the largest error allowed, in units of the last place.
var bounds = map[string]float64{
	"Exp": 0.53, "Log": 0.52, "Log2": 0.52, "Log10": 0.52, "Pow": 0.53,
	"Expm1": 1, "Log1p": 1, "Sin": 0.8, "Cos": 0.8, "Tan": 1, "Asin": 1, "Acos": 1, "Atan": 1, "Atan2": 1.5,
	"Sinh": 2, "Cosh": 2, "Tanh": 2, "Erf": 1, "Erfc": 5, "NormalCDF": 5, "NormalQuantile": 6,
	"BetaCDF": 100, "BetaQuantile": 100,
}

// ulp is the distance between the numbers around x.
func ulp(x float64) float64 {
	x = math.Abs(x)
	return math.Nextafter(x, math.Inf(1)) - x
}

func TestReference(t *testing.T) {
	f, err := os.Open("testdata/reference.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	seen := map[string]int{}
	worst := map[string]float64{}
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "#") {
			continue
		}
		name, rest, _ := strings.Cut(lines.Text(), " ")
		left, right, ok := strings.Cut(rest, " = ")
		if !ok {
			t.Fatalf("no value in %q", lines.Text())
		}
		args, want := numbers(t, left), numbers(t, right)
		got := functions[name](args)
		off := math.Abs((got - want[0]) - want[1])
		seen[name]++
		switch name {
		case "LogGamma", "Stirling": // relative to 1 where the value is small
			off /= math.Max(1, math.Abs(want[0]))
			if !(off <= 2e-15) {
				t.Errorf("%s(%v) = %v, want %v: off by %.2g", name, args, got, want[0], off)
			}
			continue
		case "BetaQuantile":
			off /= ulp(math.Min(want[0], 1-want[0]))
		default:
			off /= ulp(want[0])
		}
		if !(off <= bounds[name]) {
			t.Errorf("%s(%v) = %v, want %v: off by %.3f ulp, allowed %v", name, args, got, want[0], off, bounds[name])
		}
		worst[name] = math.Max(worst[name], off)
	}
	for name := range functions {
		if seen[name] < 30 {
			t.Errorf("%s has only %d reference values", name, seen[name])
		}
	}
	t.Log(worst)
}

func numbers(t *testing.T, text string) []float64 {
	t.Helper()
	var list []float64
	for _, w := range strings.Fields(text) {
		x, err := strconv.ParseFloat(w, 64)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, x)
	}
	return list
}
