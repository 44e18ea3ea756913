package model

import "slices"

// Function describes a builtin of the equation language.
type Function struct {
	// Name is in canonical form.
	Name string
	// Least and Most bound the number of arguments; Most is -1 when there is no
	// upper bound.
	Least, Most int
	// Array marks functions that reduce arrays to one number.
	Array bool
	// Arrays has bit i set when argument i is an array, given with stars, to a
	// function that does not reduce it element by element.
	Arrays uint
	// Table marks functions whose first argument names a graphical function.
	Table bool
	// Random marks functions that draw random numbers.
	Random bool
	// Usage shows the arguments, for messages.
	Usage string
	units unitRule
}

// unitRule says how a function's unit follows from those of its arguments.
type unitRule int

const (
	unitPlain    unitRule = iota // dimensionless in, dimensionless out
	unitSame                     // all arguments and the result share a unit
	unitFirst                    // the unit of the first argument; others are free
	unitTime                     // the time unit
	unitRoot                     // square root of the argument's unit
	unitQuotient                 // first over second; third as the result
	unitRate                     // first times second
	unitCount                    // any in, dimensionless out
	unitStep                     // first argument's unit; the others are times
	unitRamp                     // first argument times time; the others are times
	unitPulse                    // first argument over time; the others are times
	unitTrend                    // one over time
	unitPower                    // the unit of the second argument; first is dimensionless
	unitBranches                 // that of the second and third argument; the first is free
)

var functions = map[string]Function{}

func init() {
	define := func(units unitRule, least, most int, usages ...string) {
		for _, u := range usages {
			name := Canonical(u[:indexOr(u, '(')])
			functions[name] = Function{Name: name, Least: least, Most: most, Usage: u, units: units}
		}
	}
	define(unitPlain, 1, 1, "EXP(x)", "LN(x)", "LOG10(x)", "SIN(x)", "COS(x)", "TAN(x)",
		"ARCSIN(x)", "ARCCOS(x)", "ARCTAN(x)", "SINH(x)", "COSH(x)", "TANH(x)", "GAMMALN(x)", "FACTORIAL(n)")
	define(unitPlain, 1, 3, "INVNORM(p, mean, deviation)")
	define(unitPlain, 2, 4, "NORMALCDF(low, high, mean, deviation)")
	define(unitPlain, 2, 2, "LOG(x, base)", "COMBINATIONS(n, k)", "PERMUTATIONS(n, k)", "ROOTN(x, n)")
	define(unitFirst, 1, 1, "ABS(x)", "INT(x)", "TRUNC(x)", "INIT(x)", "ROUND(x)")
	define(unitPlain, 1, 1, "PERCENT(x)")
	define(unitSame, 2, 2, "MODULO(x, y)", "MOD(x, y)", "REMAINDER(x, y)")
	define(unitFirst, 2, 2, "SINWAVE(amplitude, period)", "COSWAVE(amplitude, period)")
	define(unitBranches, 3, 3, "IF_THEN_ELSE(condition, x, y)")
	define(unitSame, 2, 2, "QUANTUM(x, q)", "ACTIVE_INITIAL(x, initial)")
	define(unitFirst, 3, 3, "SAMPLE_IF_TRUE(condition, x, initial)")
	define(unitFirst, 2, 3, "SMTH1(x, time, initial)", "SMTH3(x, time, initial)", "DELAY1(x, time, initial)", "DELAY3(x, time, initial)",
		"DELAY(x, time, initial)")
	define(unitFirst, 3, 4, "SMTHN(x, time, n, initial)", "DELAYN(x, time, n, initial)", "FORCST(x, time, horizon, initial)")
	define(unitFirst, 3, 3, "DELAY_FIXED(x, time, initial)")
	define(unitTrend, 2, 3, "TREND(x, time, initial)")
	define(unitCount, 2, 2, "VENSIM_PULSE(start, width)")
	define(unitCount, 4, 4, "PULSE_TRAIN(start, width, between, end)")
	define(unitRoot, 1, 1, "SQRT(x)")
	define(unitSame, 1, -1, "MIN(a, b)", "MAX(a, b)")
	define(unitSame, 2, 2, "PREVIOUS(x, initial)")
	define(unitQuotient, 2, 3, "SAFEDIV(a, b, otherwise)")
	define(unitTime, 0, 0, "TIME", "DT", "STARTTIME", "STOPTIME")
	define(unitTime, 3, 3, "GET_TIME_VALUE(relative, offset, measure)")
	define(unitPlain, 0, 0, "PI", "INF")
	define(unitStep, 2, 2, "STEP(height, time)")
	define(unitRamp, 2, 3, "RAMP(slope, start, end)")
	define(unitPulse, 1, 3, "PULSE(volume, first, interval)")
	// The last argument of a random function is its seed.
	define(unitSame, 2, 3, "UNIFORM(low, high, seed)", "RANDOM(low, high, seed)")
	define(unitSame, 2, 5, "NORMAL(mean, deviation, seed, low, high)")
	define(unitSame, 3, 4, "TRIANGULAR(low, mode, high, seed)")
	define(unitFirst, 1, 2, "EXPONENTIAL(mean, seed)", "EXPRND(mean, seed)", "POISSON(mean, seed)")
	define(unitPlain, 2, 3, "LOGNORMAL(mean, deviation, seed)", "BINOMIAL(n, p, seed)", "BETA(a, b, seed)")
	define(unitFirst, 2, 3, "NEGBINOMIAL(mean, k, seed)")
	define(unitPower, 2, 3, "GAMMA(shape, scale, seed)", "WEIBULL(shape, scale, seed)")
	define(unitPower, 3, 4, "POWERLAW(exponent, low, high, seed)")
	define(unitFirst, 1, -1, "SUM(x[*])", "MEAN(x[*])", "STDDEV(x[*])", "VMIN(x[*])", "VMAX(x[*])")
	define(unitCount, 1, -1, "PROD(x[*])")
	define(unitCount, 1, 1, "SIZE(x[*])")
	define(unitCount, 2, 3, "RANK(x[*], rank, second[*])")
	define(unitCount, 3, 3, "VECTOR_SORT_ORDER(x[*], direction, place)", "VECTOR_RANK(x[*], direction, place)")
	define(unitCount, 5, 5, "VECTOR_SELECT(selection[*], x[*], missing, action, error)")
	define(unitCount, 3, 3, "INVERT_MATRIX(matrix[*, *], row, column)")
	define(unitFirst, 4, 4, "ALLOCATE_AVAILABLE(request[*], profile[*, *], available, place)")
	define(unitFirst, 5, 5, "ALLOCATE_BY_PRIORITY(request[*], priority[*], width, supply, place)")
	define(unitCount, 2, 2, "LOOKUP(table, x)", "LOOKUPINV(table, y)", "LOOKUP_EXTRAPOLATE(table, x)", "LOOKUP_INVERT(table, y)",
		"LOOKUP_FORWARD(table, x)", "LOOKUP_BACKWARD(table, x)")
	mark := func(change func(*Function), names ...string) {
		for _, name := range names {
			f := functions[name]
			change(&f)
			functions[name] = f
		}
	}
	mark(func(f *Function) { f.Random = true }, "uniform", "random", "normal", "triangular", "exponential", "exprnd", "poisson", "lognormal",
		"binomial", "beta", "negbinomial", "gamma", "weibull", "powerlaw")
	mark(func(f *Function) { f.Array = true }, "sum", "mean", "size", "prod", "stddev", "vmin", "vmax")
	mark(func(f *Function) { f.Arrays = 1 }, "vector_sort_order", "vector_rank", "invert_matrix")
	mark(func(f *Function) { f.Arrays = 1 | 2 }, "vector_select", "allocate_available", "allocate_by_priority")
	mark(func(f *Function) { f.Arrays = 1 | 4 }, "rank")
	mark(func(f *Function) { f.Table = true }, "lookup", "lookupinv", "lookup_extrapolate", "lookup_invert", "lookup_forward", "lookup_backward")
}

// unsupported are functions of the field's tools that have no counterpart here,
// told apart from misspelt ones.
var unsupported = map[string]bool{"arrested": true, "cap": true, "cgrowth": true, "counter": true, "cycletime": true, "ctmean": true,
	"derivn": true, "endval": true, "expcdf": true, "fv": true, "geometric": true, "history": true, "inflow_discount": true, "interpolate": true,
	"irr": true, "lookuparea": true, "lookupmean": true, "lookupxy": true, "mincost": true, "montecarlo": true, "npv": true, "ostate": true,
	"pareto": true, "pause": true, "pmt": true, "pv": true, "qelem": true, "qlen": true, "rework": true, "runcount": true, "sensirun": true,
	"thruput": true, "ctflow": true, "ctmax": true, "ctmin": true, "ctstddev": true, "lookup_slope": true}

// Unsupported reports whether a canonical name is that of a function of the
// field's tools that has no counterpart here.
func Unsupported(name string) bool { return unsupported[name] }

func indexOr(s string, c byte) int {
	for i := range len(s) {
		if s[i] == c {
			return i
		}
	}
	return len(s)
}

// FunctionNamed finds a builtin by its canonical name.
func FunctionNamed(name string) (Function, bool) {
	f, ok := functions[name]
	return f, ok
}

// FunctionNames lists the builtins in alphabetical order, in canonical form.
func FunctionNames() []string {
	names := make([]string, 0, len(functions))
	for name := range functions {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
