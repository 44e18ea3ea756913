package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"handover/model"
)

// emitter writes a model as C. With lanes it computes many runs at once, the runs
// as the innermost loop; without, one run after the other, each array as one loop
// over its elements, in static variables: the shape of generated C.
type emitter struct {
	m     *model.Model
	once  map[string]bool
	lanes bool
	// varied are the constants that each run sets, saved the scalars it keeps.
	varied, saved []string
	names         map[*model.Variable]string
	// reached are the variables that some saved one needs.
	reached     map[*model.Variable]bool
	graphs      []*model.Graph
	text        strings.Builder
	temporaries int
}

// source returns the C of a program that runs the model count times, and prints
// the time it took and what the first runs gave.
func source(m *model.Model, varied, saved []string, lanes bool) (string, error) {
	plain, once, err := expanded(m)
	if err != nil {
		return "", err
	}
	e := &emitter{m: plain, once: once, lanes: lanes, varied: varied, saved: saved, names: map[*model.Variable]string{}, reached: map[*model.Variable]bool{}}
	for i, v := range plain.Variables {
		e.names[v] = "v" + strconv.Itoa(i)
	}
	initial, running, err := e.order()
	if err != nil {
		return "", err
	}
	var body strings.Builder
	write := func(title string, list []*model.Variable, start bool) error {
		fmt.Fprintf(&body, "static void %s(double t%s) {\n", title, map[bool]string{true: ", const double *in"}[start])
		for _, v := range list {
			if err := e.variable(&body, v, start); err != nil {
				return fmt.Errorf("%s: %w", v.Name, err)
			}
		}
		body.WriteString("}\n")
		return nil
	}
	if err := write("start", initial, true); err != nil {
		return "", err
	}
	if err := write("compute", running, false); err != nil {
		return "", err
	}
	if err := e.advance(&body); err != nil {
		return "", err
	}
	e.declare(append(slices.Clone(initial), running...))
	e.text.WriteString(body.String())
	e.program()
	return e.text.String(), nil
}

// order lists what is computed at the start and in each step, each variable
// behind those it needs; what no stock and no saved variable needs is left out.
func (e *emitter) order() (initial, running []*model.Variable, err error) {
	visit := func(start bool, into *[]*model.Variable) func(*model.Variable) {
		state := map[*model.Variable]int{}
		var walk func(v *model.Variable)
		walk = func(v *model.Variable) {
			kept := !start && (v.Kind == model.Stock || v.Kind == model.Constant || e.once[v.Name])
			switch {
			case v.Kind == model.Lookup || kept || state[v] == 2 || err != nil:
				return
			case state[v] == 1:
				err = fmt.Errorf("%s needs itself, which takes an order of elements", v.Name)
				return
			}
			state[v] = 1
			for i := range v.Equations {
				e.needs(v.Equations[i].Expression, start, walk)
			}
			state[v] = 2
			*into = append(*into, v)
		}
		return walk
	}
	walk := visit(false, &running)
	reached := e.reached
	for _, name := range e.saved {
		v := e.m.Variable(name)
		if v == nil {
			return nil, nil, fmt.Errorf("%s is not a variable", name)
		}
		walk(v)
		reached[v] = true
	}
	// Stocks that are reached call for their flows, and so on.
	for more := true; more; {
		more = false
		for _, v := range slices.Clone(running) {
			for i := range v.Equations {
				e.needs(v.Equations[i].Expression, false, func(w *model.Variable) {
					if !reached[w] {
						reached[w], more = true, true
					}
				})
			}
		}
		for _, v := range e.m.Variables {
			if v.Kind == model.Stock && reached[v] {
				for _, f := range append(slices.Clone(v.Inflows), v.Outflows...) {
					if w := e.m.Variable(f); !reached[w] {
						reached[w], more = true, true
						walk(w)
					} else {
						walk(w)
					}
				}
			}
		}
	}
	first := visit(true, &initial)
	for _, v := range e.m.Variables {
		if reached[v] && (v.Kind == model.Stock || v.Kind == model.Constant || e.once[v.Name]) {
			first(v)
		}
	}
	for _, name := range e.varied {
		first(e.m.Variable(name))
	}
	return initial, running, err
}

// needs visits the variables that an expression reads.
func (e *emitter) needs(x model.Expression, start bool, visit func(*model.Variable)) {
	model.Walk(x, func(x model.Expression) bool {
		switch x := x.(type) {
		case *model.Reference:
			if v := e.m.Variable(x.Name); v != nil {
				visit(v)
			}
		case *model.Call:
			if x.Function == "active_initial" {
				e.needs(x.Arguments[map[bool]int{true: 1}[start]], start, visit)
				return false
			}
		}
		return true
	})
}

func (e *emitter) declare(list []*model.Variable) {
	e.text.WriteString(prelude)
	if e.lanes {
		e.text.WriteString("enum { W = LANES };\n")
	}
	for i, g := range e.graphs {
		numbers := func(list []float64) string {
			text := make([]string, len(list))
			for i, x := range list {
				text[i] = number(x)
			}
			return strings.Join(text, ", ")
		}
		fmt.Fprintf(&e.text, "static const double gx%d[] = {%s}, gy%d[] = {%s}; static int gc%d;\n", i, numbers(g.X), i, numbers(g.Y), i)
	}
	done := map[*model.Variable]bool{}
	for _, v := range list {
		if done[v] {
			continue
		}
		done[v] = true
		shape := ""
		for _, d := range v.Dimensions {
			shape += fmt.Sprintf("[%d]", len(e.m.Dimension(d).Elements))
		}
		if e.lanes {
			fmt.Fprintf(&e.text, "static double %s%s[W] __attribute__((aligned(64)));\n", e.names[v], shape)
		} else {
			fmt.Fprintf(&e.text, "static double %s%s;\n", e.names[v], shape)
		}
	}
}

const prelude = `#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
static inline double mn(double a, double b) { return a < b ? a : b; }
static inline double mx(double a, double b) { return a > b ? a : b; }
/* The sign is that of the divisor. */
static inline double modulo(double a, double b) { double r = fmod(a, b); return r != 0 && (r < 0) != (b < 0) ? r + b : r; }
/* A lookup that starts where the last one ended, as generated C does it. */
static inline double look(const double *x, const double *y, int n, int *c, double at) {
  if (at <= x[0]) return y[0];
  if (at >= x[n-1]) return y[n-1];
  int i = *c;
  if (at < x[i]) i = 0;
  while (at >= x[i+1]) i++;
  *c = i;
  return y[i] + (at - x[i]) * (y[i+1] - y[i]) / (x[i+1] - x[i]);
}
/* The same without branches, for many runs at once. */
static inline __attribute__((always_inline)) double lookv(const double *x, const double *y, int n, double at) {
  double r = y[0];
  for (int i = 0; i + 1 < n; i++) r += (mn(mx(at, x[i]), x[i+1]) - x[i]) * ((y[i+1] - y[i]) / (x[i+1] - x[i]));
  return r;
}
`

func number(x float64) string {
	text := strconv.FormatFloat(x, 'g', -1, 64)
	if !strings.ContainsAny(text, ".eIN") {
		text += ".0"
	}
	return text
}

// variable writes the loops that compute a variable.
func (e *emitter) variable(w *strings.Builder, v *model.Variable, start bool) error {
	if i := slices.Index(e.varied, v.Name); i >= 0 {
		if e.lanes {
			fmt.Fprintf(w, "for (int l = 0; l < W; l++) %s[l] = in[%d*W + l];\n", e.names[v], i)
		} else {
			fmt.Fprintf(w, "%s = in[%d];\n", e.names[v], i)
		}
		return nil
	}
	// What is said of all elements comes before what is said of some.
	equations := slices.Clone(v.Equations)
	slices.SortStableFunc(equations, func(a, b model.Equation) int { return min(len(a.Elements), 1) - min(len(b.Elements), 1) })
	for i := range equations {
		q := &equations[i]
		s := &scope{e: e, start: start, index: map[string]string{}}
		left, loops := e.names[v], ""
		for k, name := range v.Dimensions {
			d := e.m.Dimension(name)
			index := "i" + strconv.Itoa(k)
			if q.Elements != nil && model.Canonical(q.Elements[k]) != model.Canonical(name) {
				at := d.Index(q.Elements[k])
				if at < 0 {
					return fmt.Errorf("an equation over the subrange %s", q.Elements[k])
				}
				index = strconv.Itoa(at)
			} else {
				loops += fmt.Sprintf("for (int %s = 0; %s < %d; %s++) ", index, index, len(d.Elements), index)
			}
			s.index[model.Canonical(name)] = index
			left += "[" + index + "]"
		}
		if len(q.Except) > 0 {
			return fmt.Errorf("an exception")
		}
		x, err := s.value(q.Expression)
		if err != nil {
			return err
		}
		if q.Graph != nil {
			x = s.lookup(q.Graph, x)
		}
		if e.lanes {
			fmt.Fprintf(w, "%s{\n%sfor (int l = 0; l < W; l++) %s[l] = %s;\n}\n", loops, s.before.String(), left, x)
		} else {
			fmt.Fprintf(w, "%s{\n%s%s = %s;\n}\n", loops, s.before.String(), left, x)
		}
	}
	return nil
}

// advance writes Euler's step for every stock.
func (e *emitter) advance(w *strings.Builder) error {
	w.WriteString("static void advance(void) {\n")
	for _, v := range e.m.Variables {
		if v.Kind != model.Stock || !e.reached[v] {
			continue
		}
		loops, at := "", ""
		for k, name := range v.Dimensions {
			loops += fmt.Sprintf("for (int i%d = 0; i%d < %d; i%d++) ", k, k, len(e.m.Dimension(name).Elements), k)
			at += fmt.Sprintf("[i%d]", k)
		}
		if e.lanes {
			loops += "for (int l = 0; l < W; l++) "
			at += "[l]"
		}
		net := ""
		for _, f := range v.Inflows {
			net += " + " + e.names[e.m.Variable(f)] + at
		}
		for _, f := range v.Outflows {
			net += " - " + e.names[e.m.Variable(f)] + at
		}
		if v.NonNegative {
			return fmt.Errorf("%s: a stock that holds its outflows back", v.Name)
		}
		fmt.Fprintf(w, "%s%s%s += %s * (0%s);\n", loops, e.names[v], at, number(e.m.Time.DT), net)
	}
	w.WriteString("}\n")
	return nil
}

// program writes what drives the model: runs, inputs, saved values.
func (e *emitter) program() {
	t := e.m.Time
	steps := int((t.Stop-t.Start)/t.DT + 0.5)
	every := 1
	if t.Save > 0 {
		every = int(t.Save/t.DT + 0.5)
	}
	w := &e.text
	bases := make([]string, len(e.varied))
	for i, name := range e.varied {
		bases[i] = number(e.m.Variable(name).Equations[0].Expression.(*model.Number).Value)
	}
	width, lane, l := "1", "", ""
	if e.lanes {
		width, lane, l = "W", "[l]", "*W + l"
	}
	times, columns := steps/every+1, 0
	for _, name := range e.saved {
		columns += e.m.Size(e.m.Variable(name))
	}
	fmt.Fprintf(w, "enum { STEPS = %d, EVERY = %d, TIMES = %d, SAVED = %d, VARIED = %d, WIDTH = %s };\n", steps, every, times, columns, len(e.varied), width)
	fmt.Fprintf(w, "static const double base[] = {%s};\nstatic double in[VARIED*WIDTH], out[SAVED*TIMES*WIDTH];\nstatic double first[3*SAVED];\n", strings.Join(bases, ", "))
	fmt.Fprintf(w, `static void save(int k) {
`)
	column := 0
	for _, name := range e.saved {
		v := e.m.Variable(name)
		loops, at, flat := "", "", "0"
		for k, d := range v.Dimensions {
			n := len(e.m.Dimension(d).Elements)
			loops += fmt.Sprintf("for (int i%d = 0; i%d < %d; i%d++) ", k, k, n, k)
			at += fmt.Sprintf("[i%d]", k)
			flat = fmt.Sprintf("(%s)*%d + i%d", flat, n, k)
		}
		if e.lanes {
			loops += "for (int l = 0; l < W; l++) "
		}
		fmt.Fprintf(w, "%sout[((%d + %s)*TIMES + k)%s] = %s%s%s;\n", loops, column, flat, l, e.names[v], at, lane)
		column += e.m.Size(v)
	}
	fmt.Fprintf(w, `}
int main(int argc, char **argv) {
  int runs = atoi(argv[1]);
  double sum = 0;
  struct timespec a, b;
  clock_gettime(CLOCK_MONOTONIC, &a);
  for (int run = 0; run < runs; run += WIDTH) {
    for (int v = 0; v < VARIED; v++)
      for (int l = 0; l < WIDTH; l++)
        in[v*WIDTH + l] = base[v] * (0.95 + 0.1 * ((((long)(run + l))*7919 + (long)v*104729) %% 1000) / 999.0);
    start(%s, in);
    for (int step = 0;; step++) {
      compute(%s + step * %s);
      if (step %% EVERY == 0) save(step / EVERY);
      if (step == STEPS) break;
      advance();
    }
    for (int s = 0; s < SAVED; s++)
      for (int l = 0; l < WIDTH && run + l < runs; l++) {
        double last = out[(s*TIMES + TIMES - 1)*WIDTH + l];
        sum += last;
        if (run + l < 3) first[(run + l)*SAVED + s] = last;
      }
  }
  clock_gettime(CLOCK_MONOTONIC, &b);
  printf("%%.9f\n", (b.tv_sec - a.tv_sec) + 1e-9 * (b.tv_nsec - a.tv_nsec));
  for (int i = 0; i < 3*SAVED; i++) printf("%%.17g\n", first[i]);
  return sum == 12345;
}
`, number(t.Start), number(t.Start), number(t.DT))
}
