package reference

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"handover/model"
)

// WriteMarkdown writes the reference as text that diffs well: a heading a variable,
// in the order of the model.
func (r *Reference) WriteMarkdown(w io.Writer) error {
	b := bufio.NewWriter(w)
	line := func(format string, arguments ...any) { fmt.Fprintf(b, format+"\n", arguments...) }
	t := r.Model.Time
	line("# %s\n", plain(r.Title()))
	line("Model reference. %d variables, %d dimensions. %s, step %s %s, from %s to %s.\n", len(r.Model.Variables), len(r.Model.Dimensions),
		t.Method, model.Number64(t.DT), plain(t.Unit), model.Number64(t.Start), model.Number64(t.Stop))
	if r.Model.Documentation != "" {
		line("%s\n", plain(r.Model.Documentation))
	}
	for _, s := range r.Sectors {
		name := s.Name
		if name == "" {
			name = "Variables in no sector"
		}
		line("## %s\n", plain(name))
		for _, e := range s.Entries {
			r.entry(line, e)
		}
	}
	if r.Center != nil {
		line("## Feedback loops through %s\n", plain(r.Center.Name))
		for _, l := range r.Loops {
			var steps []string
			for _, k := range l.Links {
				steps = append(steps, fmt.Sprintf("%s →%s", plain(k.From.Name), k.Sign))
			}
			line("- **%s** %s %s", l.Name, strings.Join(steps, " "), plain(l.Links[0].From.Name))
		}
		line("")
	}
	for _, c := range r.Checklists {
		line("## %s\n\n%s\n", c.Title, c.Source)
		for _, i := range c.Items {
			mark := "x"
			if i.Missing {
				mark = " "
			}
			line("- [%s] %s: %s", mark, i.Asked, plain(i.Answer))
		}
		line("")
	}
	return b.Flush()
}

func (r *Reference) entry(line func(string, ...any), e *Entry) {
	line("### %s\n", plain(e.Name))
	about := []string{e.Kind.String()}
	if e.Units != "" {
		about = append(about, "unit "+plain(e.Units))
	}
	if len(e.Dimensions) > 0 {
		about = append(about, "over "+plain(strings.Join(e.Dimensions, ", ")))
	}
	if e.Provenance.Label != "" {
		about = append(about, e.Provenance.Label)
	}
	line("%s\n", strings.Join(about, "; "))
	if e.Documentation != "" {
		line("%s\n", plain(e.Documentation))
	}
	var code []string
	for i := range e.Equations {
		q := &e.Equations[i]
		if text := r.Text(q); text != "" {
			code = append(code, strings.ReplaceAll(e.Name, "`", "'")+Of(q)+" = "+text)
		}
		if g := q.Graph; g != nil {
			var points []string
			for k := range g.X {
				points = append(points, "("+model.Number64(g.X[k])+", "+model.Number64(g.Y[k])+")")
			}
			code = append(code, g.Interpolation.String()+" "+strings.Join(points, " "))
		}
	}
	if len(code) > 0 {
		line("```\n%s\n```\n", strings.Join(code, "\n"))
	}
	if e.Kind == model.Stock {
		line("Inflows: %s. Outflows: %s.\n", orNone(e.Inflows), orNone(e.Outflows))
	}
	if e.Provenance.Source != "" {
		line("Source: %s\n", plain(e.Provenance.Source))
	}
	if b := e.Bounds(); b != "" {
		line("Plausible: %s\n", b)
	}
	if len(e.UsedBy) > 0 {
		var list []string
		for _, u := range e.UsedBy {
			list = append(list, u.Name)
		}
		line("Read by: %s\n", plain(strings.Join(list, ", ")))
	}
}

func orNone(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return plain(strings.Join(names, ", "))
}

// plain is a text on one line that Markdown shows as it is.
func plain(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "_", `\_`, "`", "\\`", "<", "&lt;", "[", `\[`, "]", `\]`, "#", `\#`, "|", `\|`).Replace(text)
}
