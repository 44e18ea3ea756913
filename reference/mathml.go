package reference

import (
	"html"
	"html/template"
	"strings"

	"handover/model"
)

// MathML typesets the equation of a variable: fractions, powers, sums over the
// elements of a dimension, cases. It is presentation markup that browsers draw
// without a script.
func (r *Reference) MathML(e *Entry, q *model.Equation) template.HTML {
	if q.Expression == nil {
		return ""
	}
	t := &typesetter{reference: r}
	left := t.name(e.Name)
	if q.Elements != nil {
		left = "<msub>" + left + "<mrow>" + t.words(q.Elements) + "</mrow></msub>"
	} else if len(e.Dimensions) > 0 {
		left = "<msub>" + left + "<mrow>" + t.words(e.Dimensions) + "</mrow></msub>"
	}
	right := t.expression(q.Expression, 0)
	if q.Graph != nil {
		right = "<mi>f</mi><mo stretchy=\"false\">(</mo>" + right + "<mo stretchy=\"false\">)</mo>"
	}
	if e.Kind == model.Stock {
		left += "<mo stretchy=\"false\">(</mo><msub><mi>t</mi><mn>0</mn></msub><mo stretchy=\"false\">)</mo>"
	}
	// Everything that comes from the model was escaped where it was taken in.
	return template.HTML(`<math display="block"><mrow>` + left + "<mo>=</mo>" + right + "</mrow></math>")
}

// NetFlow typesets the change of a stock.
func (r *Reference) NetFlow(e *Entry) template.HTML {
	t := &typesetter{reference: r}
	s := "<mfrac><mrow><mi>d</mi>" + t.name(e.Name) + "</mrow><mrow><mi>d</mi><mi>t</mi></mrow></mfrac><mo>=</mo>"
	for i, f := range e.Inflows {
		if i > 0 {
			s += "<mo>+</mo>"
		}
		s += t.name(r.spelt(model.Canonical(f)))
	}
	for _, f := range e.Outflows {
		s += "<mo>−</mo>" + t.name(r.spelt(model.Canonical(f)))
	}
	if len(e.Inflows)+len(e.Outflows) == 0 {
		s += "<mn>0</mn>"
	}
	return template.HTML(`<math display="block"><mrow>` + s + "</mrow></math>")
}

type typesetter struct{ reference *Reference }

func (t *typesetter) name(name string) string {
	return "<mtext>" + html.EscapeString(name) + "</mtext>"
}

func (t *typesetter) words(names []string) string {
	var parts []string
	for _, n := range names {
		parts = append(parts, t.name(n))
	}
	return strings.Join(parts, "<mo>,</mo>")
}

// levels of binding, loosest first.
const (
	bindOr = iota
	bindAnd
	bindCompare
	bindSum
	bindProduct
	bindSign
	bindPower
	bindValue
)

var marks = map[model.Operator]struct {
	text string
	bind int
}{
	model.Plus: {"+", bindSum}, model.Minus: {"−", bindSum}, model.Times: {"·", bindProduct}, model.Modulo: {"mod", bindProduct},
	model.Less: {"&lt;", bindCompare}, model.LessEqual: {"≤", bindCompare}, model.Greater: {"&gt;", bindCompare}, model.GreaterEqual: {"≥", bindCompare},
	model.Equal: {"=", bindCompare}, model.NotEqual: {"≠", bindCompare}, model.And: {"and", bindAnd}, model.Or: {"or", bindOr},
}

func (t *typesetter) expression(x model.Expression, least int) string {
	text, bind := t.write(x)
	if bind < least {
		return "<mrow><mo stretchy=\"false\">(</mo>" + text + "<mo stretchy=\"false\">)</mo></mrow>"
	}
	return text
}

func (t *typesetter) write(x model.Expression) (string, int) {
	switch x := x.(type) {
	case *model.Number:
		text := model.Number64(x.Value)
		if rest, negative := strings.CutPrefix(text, "-"); negative {
			return "<mrow><mo>−</mo><mn>" + rest + "</mn></mrow>", bindSign
		}
		return "<mn>" + text + "</mn>", bindValue
	case *model.Reference:
		return t.variable(x), bindValue
	case *model.Unary:
		sign := map[model.Operator]string{model.Minus: "−", model.Not: "not"}[x.Operator]
		if sign == "" {
			return t.write(x.X)
		}
		return "<mrow><mo>" + sign + "</mo>" + t.expression(x.X, bindSign) + "</mrow>", bindSign
	case *model.Binary:
		switch x.Operator {
		case model.Divide:
			return "<mfrac><mrow>" + t.expression(x.X, 0) + "</mrow><mrow>" + t.expression(x.Y, 0) + "</mrow></mfrac>", bindValue
		case model.Power:
			return "<msup><mrow>" + t.expression(x.X, bindValue) + "</mrow><mrow>" + t.expression(x.Y, 0) + "</mrow></msup>", bindPower
		}
		m := marks[x.Operator]
		return "<mrow>" + t.expression(x.X, m.bind) + "<mo>" + m.text + "</mo>" + t.expression(x.Y, m.bind+1) + "</mrow>", m.bind
	case *model.Conditional:
		return t.cases(x), bindValue
	case *model.Call:
		return t.call(x), bindValue
	}
	return "", bindValue
}

// cases sets IF ... THEN ... ELSE, and those in its ELSE, as one brace.
func (t *typesetter) cases(x *model.Conditional) string {
	rows := ""
	var rest model.Expression = x
	for {
		c, ok := rest.(*model.Conditional)
		if !ok {
			break
		}
		rows += "<mtr><mtd>" + t.expression(c.Then, 0) + "</mtd><mtd><mtext>if </mtext>" + t.expression(c.Condition, 0) + "</mtd></mtr>"
		rest = c.Else
	}
	rows += "<mtr><mtd>" + t.expression(rest, 0) + "</mtd><mtd><mtext>otherwise</mtext></mtd></mtr>"
	return `<mrow><mo>{</mo><mtable columnalign="left left">` + rows + "</mtable></mrow>"
}

func (t *typesetter) variable(x *model.Reference) string {
	s := t.name(t.reference.spelt(x.Name))
	if len(x.Subscripts) > 0 {
		var parts []string
		for _, sub := range x.Subscripts {
			switch {
			case sub.Star && sub.Name != "":
				parts = append(parts, t.name("each "+t.reference.spelt(sub.Name)))
			case sub.Star:
				parts = append(parts, "<mo>*</mo>")
			case sub.Position > 0:
				parts = append(parts, t.name(model.Format(&model.Reference{Name: "x", Subscripts: []model.Subscript{sub}}, nil)[2:4]))
			case sub.Expression != nil:
				parts = append(parts, t.expression(sub.Expression, 0))
			case sub.To != "":
				parts = append(parts, t.name(t.reference.spelt(sub.Name)+" to "+t.reference.spelt(sub.To)))
			default:
				parts = append(parts, t.name(t.reference.spelt(sub.Name)))
			}
		}
		s = "<msub>" + s + "<mrow>" + strings.Join(parts, "<mo>,</mo>") + "</mrow></msub>"
	}
	if x.Transposed {
		s = "<msup>" + s + "<mi>T</mi></msup>"
	}
	return s
}

// big are the functions that have a sign of their own.
var big = map[string]string{"sum": "∑", "prod": "∏"}

func (t *typesetter) call(x *model.Call) string {
	if sign := big[x.Function]; sign != "" && len(x.Arguments) == 1 {
		return "<mrow><mo>" + sign + "</mo>" + t.expression(x.Arguments[0], bindProduct) + "</mrow>"
	}
	if len(x.Arguments) == 1 {
		switch x.Function {
		case "sqrt":
			return "<msqrt>" + t.expression(x.Arguments[0], 0) + "</msqrt>"
		case "abs":
			return "<mrow><mo>|</mo>" + t.expression(x.Arguments[0], 0) + "<mo>|</mo></mrow>"
		case "exp":
			return "<msup><mi>e</mi><mrow>" + t.expression(x.Arguments[0], 0) + "</mrow></msup>"
		}
	}
	name := strings.ToUpper(x.Function)
	if t.reference.byKey[x.Function] != nil {
		name = t.reference.spelt(x.Function)
	}
	var parts []string
	for _, a := range x.Arguments {
		parts = append(parts, t.expression(a, 0))
	}
	return "<mrow>" + t.name(name) + "<mo stretchy=\"false\">(</mo>" + strings.Join(parts, "<mo>,</mo>") + "<mo stretchy=\"false\">)</mo></mrow>"
}
