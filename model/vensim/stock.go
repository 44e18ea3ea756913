package vensim

import (
	"strings"

	"handover/model"
)

// stock is a variable defined by INTEG, with one rate for each piece.
type stock struct {
	v     *variable
	rates []model.Equation
	at    int
}

// stock reads INTEG(rate, initial).
func (r *reader) stock(s *scope, a *apply) {
	if !s.count(a, "INTEG(rate, initial)", 2, 2) {
		return
	}
	v := s.v
	if len(v.out.Equations) > 0 && v.out.Kind != model.Stock {
		s.fail(int(a.At), "unsupported", "split the variable in two", "some elements are stocks and some are not")
		return
	}
	v.out.Kind = model.Stock
	part := func(i int) model.Equation {
		from, end := a.spans[i][0], a.spans[i][1]
		s.base = from
		return model.Equation{Elements: s.elements(), Except: s.except(), Text: r.data[from:end],
			Position: r.position(from), Expression: s.lower(a.arguments[i])}
	}
	rate, initial := part(0), part(1)
	if rate.Expression == nil || initial.Expression == nil {
		return
	}
	v.out.Equations = append(v.out.Equations, initial)
	if n := len(r.stocks); n > 0 && r.stocks[n-1].v == v {
		r.stocks[n-1].rates = append(r.stocks[n-1].rates, rate)
	} else {
		r.stocks = append(r.stocks, &stock{v, []model.Equation{rate}, s.p.name.at})
	}
}

// finishStocks gives each stock its flows. The variables of a rate that is a
// plain sum become the flows if each feeds at most one stock and drains at most
// one; any other rate becomes a flow of its own.
func (r *reader) finishStocks() {
	plain := make([][]term, len(r.stocks))
	feeds, drains := map[string]int{}, map[string]int{}
	for i, k := range r.stocks {
		if len(k.v.out.Equations) != len(k.rates) {
			r.fail(k.at, "unsupported", k.v.name, "split the variable in two", "some elements are stocks and some are not")
		}
		if len(k.rates) != 1 || k.rates[0].Elements != nil || k.rates[0].Except != nil {
			continue
		}
		if terms, ok := r.terms(k.v, k.rates[0].Expression, false, nil); ok {
			plain[i] = terms
			for _, t := range terms {
				if t.minus {
					drains[t.key]++
				} else {
					feeds[t.key]++
				}
			}
		}
	}
	for i, k := range r.stocks {
		own := plain[i] != nil
		for _, t := range plain[i] {
			own = own && feeds[t.key] <= 1 && drains[t.key] <= 1
		}
		if n, ok := k.rates[0].Expression.(*model.Number); ok && n.Value == 0 && len(k.rates) == 1 {
			continue
		}
		if !own {
			r.netFlow(k)
			continue
		}
		for _, t := range plain[i] {
			f := r.variables[t.key].out
			f.Kind = model.Flow
			if t.minus {
				k.v.out.Outflows = append(k.v.out.Outflows, f.Name)
			} else {
				k.v.out.Inflows = append(k.v.out.Inflows, f.Name)
			}
		}
	}
}

// term is one variable of a rate.
type term struct {
	key   string
	minus bool
}

// terms splits a rate into variables over the stock's own dimensions; ok is
// false when it is anything else, or holds the same variable twice.
func (r *reader) terms(v *variable, e model.Expression, minus bool, list []term) (_ []term, ok bool) {
	switch e := e.(type) {
	case *model.Reference:
		f := r.variables[e.Name]
		if f == nil || f.out == nil || f.out.Kind != model.Auxiliary || len(f.dimensions) != len(v.dimensions) || len(f.out.Equations) == 0 {
			return nil, false
		}
		number := true
		for i := range f.out.Equations {
			_, n := f.out.Equations[i].Expression.(*model.Number)
			number = number && n && f.out.Equations[i].Graph == nil
		}
		if number { // a constant stays one, so that it can be varied
			return nil, false
		}
		for k, sub := range e.Subscripts {
			if f.dimensions[k] != v.dimensions[k] || sub.Star || sub.Name != model.Canonical(v.dimensions[k].Name) {
				return nil, false
			}
		}
		for _, t := range list {
			if t.key == e.Name || len(list) > 1000 {
				return nil, false
			}
		}
		return append(list, term{e.Name, minus}), true
	case *model.Unary:
		return r.terms(v, e.X, minus != (e.Operator == model.Minus), list)
	case *model.Binary:
		if e.Operator != model.Plus && e.Operator != model.Minus {
			return nil, false
		}
		if list, ok = r.terms(v, e.X, minus, list); !ok {
			return nil, false
		}
		return r.terms(v, e.Y, minus != (e.Operator == model.Minus), list)
	}
	return nil, false
}

// netFlow makes a flow that carries the stock's whole rate.
func (r *reader) netFlow(k *stock) {
	out := k.v.out
	f := &model.Variable{Name: r.freeName(out.Name + " net flow"), Kind: model.Flow, Dimensions: out.Dimensions,
		Equations: k.rates, Sector: out.Sector, Position: k.rates[0].Position}
	if unit := r.model.Time.Unit; unit != "" && out.Units != "" {
		f.Units = out.Units + "/" + unit
		if strings.ContainsAny(out.Units, "*/^") {
			f.Units = "(" + out.Units + ")/" + unit
		}
	}
	v := &variable{name: f.Name, key: model.Canonical(f.Name), dimensions: k.v.dimensions, at: k.at, out: f}
	r.variables[v.key] = v
	r.model.Add(f)
	out.Inflows = append(out.Inflows, f.Name)
}
