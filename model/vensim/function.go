package vensim

import (
	"slices"
	"strings"

	"handover/model"
)

// function is a Vensim builtin whose arguments are numbers.
type function struct {
	usage       string
	least, most int
	lower       func(at model.At, x []model.Expression) model.Expression
}

func call(at model.At, name string, x ...model.Expression) model.Expression {
	return &model.Call{At: at, Function: name, Arguments: x}
}

func operation(at model.At, o model.Operator, x, y model.Expression) model.Expression {
	return &model.Binary{At: at, Operator: o, X: x, Y: y}
}

func number(at model.At, v float64) model.Expression { return &model.Number{At: at, Value: v} }

// clamped bounds a random draw, as Vensim's first two arguments ask.
func clamped(at model.At, low, high, x model.Expression) model.Expression {
	return call(at, "max", low, call(at, "min", high, x))
}

// shifted is x*stretch + shift.
func shifted(at model.At, x, shift, stretch model.Expression) model.Expression {
	return operation(at, model.Plus, operation(at, model.Times, x, stretch), shift)
}

var functions = map[string]function{}

// arrayFunction is a Vensim builtin that works on arrays.
type arrayFunction struct {
	usage       string
	least, most int
	lower       func(s *scope, a *apply) model.Expression
}

var arrayFunctions = map[string]arrayFunction{}

// unsupported are Vensim builtins that have no counterpart here.
var unsupported = map[string]bool{}

func init() {
	define := func(usage string, least, most int, lower func(at model.At, x []model.Expression) model.Expression) {
		name, _, _ := strings.Cut(usage, "(")
		functions[model.Canonical(name)] = function{usage, least, most, lower}
	}
	// same defines a function under its own or another canonical name, with the
	// arguments in the order that the positions give.
	same := func(usage, name string, order ...int) {
		define(usage, len(order), len(order), func(at model.At, x []model.Expression) model.Expression {
			y := make([]model.Expression, len(order))
			for i, k := range order {
				y[i] = x[k]
			}
			return call(at, name, y...)
		})
	}
	for _, name := range []string{"ABS", "EXP", "LN", "SQRT", "SIN", "COS", "TAN", "ARCSIN", "ARCCOS", "ARCTAN", "SINH", "COSH", "TANH"} {
		same(name+"(x)", strings.ToLower(name), 0)
	}
	same("INTEGER(x)", "trunc", 0)
	same("INITIAL(x)", "init", 0)
	same("REINITIAL(x)", "init", 0)
	same("MIN(a, b)", "min", 0, 1)
	same("MAX(a, b)", "max", 0, 1)
	same("QUANTUM(x, quantum)", "quantum", 0, 1)
	same("STEP(height, time)", "step", 0, 1)
	same("RAMP(slope, start, end)", "ramp", 0, 1, 2)
	same("PULSE(start, width)", "vensim_pulse", 0, 1)
	same("PULSE TRAIN(start, width, between, end)", "pulse_train", 0, 1, 2, 3)
	same("ACTIVE INITIAL(x, initial)", "active_initial", 0, 1)
	same("SAMPLE IF TRUE(condition, x, initial)", "sample_if_true", 0, 1, 2)
	same("XIDZ(a, b, otherwise)", "safediv", 0, 1, 2)
	same("DELAY FIXED(x, delay, initial)", "delay_fixed", 0, 1, 2)
	same("DELAY1I(x, delay, initial)", "delay1", 0, 1, 2)
	same("DELAY3I(x, delay, initial)", "delay3", 0, 1, 2)
	same("DELAY N(x, delay, initial, order)", "delayn", 0, 1, 3, 2)
	same("SMOOTHI(x, time, initial)", "smth1", 0, 1, 2)
	same("SMOOTH3I(x, time, initial)", "smth3", 0, 1, 2)
	same("SMOOTH N(x, time, initial, order)", "smthn", 0, 1, 3, 2)
	same("TREND(x, time, initial)", "trend", 0, 1, 2)
	for usage, name := range map[string]string{"DELAY1(x, delay)": "delay1", "DELAY3(x, delay)": "delay3",
		"SMOOTH(x, time)": "smth1", "SMOOTH3(x, time)": "smth3"} {
		define(usage, 2, 2, func(at model.At, x []model.Expression) model.Expression {
			return call(at, name, x[0], x[1], call(at, "init", x[0]))
		})
	}
	define("FORECAST(x, time, horizon)", 3, 3, func(at model.At, x []model.Expression) model.Expression {
		return call(at, "forcst", x[0], x[1], x[2], number(at, 0))
	})
	define("ZIDZ(a, b)", 2, 2, func(at model.At, x []model.Expression) model.Expression {
		return call(at, "safediv", x[0], x[1], number(at, 0))
	})
	define("GAME(x)", 1, 1, func(at model.At, x []model.Expression) model.Expression { return x[0] })
	define("LOG(x, base)", 2, 2, func(at model.At, x []model.Expression) model.Expression {
		return operation(at, model.Divide, call(at, "ln", x[0]), call(at, "ln", x[1]))
	})
	// Vensim's remainder has the sign of x, where MOD of XMILE has that of m.
	define("MODULO(x, m)", 2, 2, func(at model.At, x []model.Expression) model.Expression {
		return operation(at, model.Minus, x[0], call(at, "quantum", x[0], x[1]))
	})
	define("POWER(x, y)", 2, 2, func(at model.At, x []model.Expression) model.Expression {
		return operation(at, model.Power, x[0], x[1])
	})
	define("IF THEN ELSE(condition, x, y)", 3, 3, func(at model.At, x []model.Expression) model.Expression {
		return &model.Conditional{At: at, Condition: x[0], Then: x[1], Else: x[2]}
	})
	defineRandom(define)
	defineArrays()
	for _, name := range []string{"DELAY BATCH", "DELAY CONVEYOR", "DELAY INFORMATION", "DELAY MATERIAL", "DELAY PROFILE", "DELAYP", "SHIFT IF TRUE",
		"QUEUE FIFO", "QUEUE AGE AVERAGE", "QUEUE AGE OLDEST", "QUEUE AGE IN RANGE", "QUEUE ATTRIB AVERAGE", "QUEUE ATTRIB AT AGE",
		"ALLOCATE BY PRIORITY N", "FIND MARKET PRICE", "DEMAND AT PRICE", "SUPPLY AT PRICE", "MARKETP", "DEPRECIATE STRAIGHTLINE", "DEPRECIATE BY SCHEDULE",
		"NPV", "INTERNAL RATE OF RETURN", "GET DATA AT TIME", "GET DATA BETWEEN TIMES", "GET DATA FIRST TIME", "GET DATA LAST TIME",
		"GET DATA MAX", "GET DATA MIN", "GET DATA MEAN", "GET DATA MEDIAN", "GET DATA MODE", "GET DATA STDV", "GET DATA TOTAL POINTS",
		"SIMULTANEOUS", "RANDOM PINK NOISE", "RANDOM LOOKUP", "SAMPLE UNTIL", "TIME BASE", "VMESSAGE", "SSHAPE", "RAMP FROM TO", "PROB",
		"LOOKUP AREA", "LOOKUP SLOPE", "MATRIX", "VECTOR LOOKUP", "INTEG N", "TIME TO", "SINTEG", "GET INDEX"} {
		unsupported[model.Canonical(name)] = true
	}
}

// defineRandom defines the random functions. Their seed is dropped: the draws of
// a run depend on the seed of the run alone.
func defineRandom(define func(usage string, least, most int, lower func(at model.At, x []model.Expression) model.Expression)) {
	define("RANDOM 0 1()", 0, 0, func(at model.At, x []model.Expression) model.Expression {
		return call(at, "uniform", number(at, 0), number(at, 1))
	})
	define("RANDOM UNIFORM(low, high, seed)", 3, 3, func(at model.At, x []model.Expression) model.Expression {
		return call(at, "uniform", x[0], x[1])
	})
	define("RANDOM NORMAL(low, high, mean, deviation, seed)", 5, 5, func(at model.At, x []model.Expression) model.Expression {
		return clamped(at, x[0], x[1], call(at, "normal", x[2], x[3]))
	})
	define("RANDOM EXPONENTIAL(low, high, shift, stretch, seed)", 5, 5, func(at model.At, x []model.Expression) model.Expression {
		return clamped(at, x[0], x[1], shifted(at, call(at, "exponential", number(at, 1)), x[2], x[3]))
	})
	define("RANDOM POISSON(low, high, mean, shift, stretch, seed)", 6, 6, func(at model.At, x []model.Expression) model.Expression {
		return clamped(at, x[0], x[1], shifted(at, call(at, "poisson", x[2]), x[3], x[4]))
	})
	define("RANDOM TRIANGULAR(low, high, start, peak, stop, seed)", 6, 6, func(at model.At, x []model.Expression) model.Expression {
		return clamped(at, x[0], x[1], call(at, "triangular", x[2], x[3], x[4]))
	})
	define("RANDOM GAMMA(low, high, order, shift, stretch, seed)", 6, 6, func(at model.At, x []model.Expression) model.Expression {
		return clamped(at, x[0], x[1], shifted(at, call(at, "gamma", x[2], number(at, 1)), x[3], x[4]))
	})
	define("RANDOM BETA(low, high, alpha, beta, shift, stretch, seed)", 7, 7, func(at model.At, x []model.Expression) model.Expression {
		return clamped(at, x[0], x[1], shifted(at, call(at, "beta", x[2], x[3]), x[4], x[5]))
	})
	define("RANDOM BINOMIAL(low, high, p, n, shift, stretch, seed)", 7, 7, func(at model.At, x []model.Expression) model.Expression {
		return clamped(at, x[0], x[1], shifted(at, call(at, "binomial", x[3], x[2]), x[4], x[5]))
	})
	// A Weibull draw by inversion: (-ln u)^(1/shape).
	define("RANDOM WEIBULL(low, high, shape, shift, stretch, seed)", 6, 6, func(at model.At, x []model.Expression) model.Expression {
		u := call(at, "exponential", number(at, 1))
		return clamped(at, x[0], x[1], shifted(at, operation(at, model.Power, u, operation(at, model.Divide, number(at, 1), x[2])), x[3], x[4]))
	})
}

// functionNames lists all builtins, for hints.
func functionNames() []string {
	var names []string
	add := func(usage string) {
		name, _, _ := strings.Cut(usage, "(")
		names = append(names, name)
	}
	for _, f := range functions {
		add(f.usage)
	}
	for _, f := range arrayFunctions {
		add(f.usage)
	}
	names = append(names, "INTEG", "WITH LOOKUP", "TABBED ARRAY")
	slices.Sort(names)
	return names
}
