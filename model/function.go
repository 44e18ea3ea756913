package model

import "slices"

// Function describes a builtin of the equation language.
type Function struct {
	// Name is in canonical form.
	Name string
	// Least and Most bound the number of arguments; Most is -1 when there is no
	// upper bound.
	Least, Most int
	// Array marks functions that reduce an arrayed argument to one number.
	Array bool
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
		"ARCSIN(x)", "ARCCOS(x)", "ARCTAN(x)", "SINH(x)", "COSH(x)", "TANH(x)")
	define(unitFirst, 1, 1, "ABS(x)", "INT(x)", "TRUNC(x)", "INIT(x)")
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
	define(unitPlain, 0, 0, "PI")
	define(unitStep, 2, 2, "STEP(height, time)")
	define(unitRamp, 2, 3, "RAMP(slope, start, end)")
	define(unitPulse, 1, 3, "PULSE(volume, first, interval)")
	define(unitSame, 2, 2, "UNIFORM(low, high)", "NORMAL(mean, deviation)")
	define(unitSame, 3, 3, "TRIANGULAR(low, mode, high)")
	define(unitFirst, 1, 1, "EXPONENTIAL(mean)", "POISSON(mean)")
	define(unitPlain, 2, 2, "LOGNORMAL(mu, sigma)", "BINOMIAL(n, p)", "BETA(a, b)")
	define(unitFirst, 2, 2, "NEGBINOMIAL(mean, k)")
	define(unitPower, 2, 2, "GAMMA(shape, scale)")
	define(unitPower, 3, 3, "POWERLAW(exponent, low, high)")
	define(unitFirst, 1, 1, "SUM(x[*])", "MEAN(x[*])")
	define(unitCount, 1, 1, "PROD(x[*])")
	define(unitCount, 1, 1, "SIZE(x[*])")
	for _, name := range []string{"uniform", "normal", "triangular", "exponential", "poisson", "lognormal",
		"binomial", "beta", "negbinomial", "gamma", "powerlaw"} {
		f := functions[name]
		f.Random = true
		functions[name] = f
	}
	for _, name := range []string{"sum", "mean", "size", "prod"} {
		f := functions[name]
		f.Array = true
		functions[name] = f
	}
}

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
