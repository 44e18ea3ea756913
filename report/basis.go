package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"handover/casefile"
)

// basis is what the numbers rest on.
type basis struct {
	Uncertainties, Variables []count
	Total                    int
	Structural               []string
	Sources                  []casefile.Source
	Limits                   []string
	Tiers                    string
}

// count is a label with how often it occurs.
type count struct {
	Label string
	N     int
}

var labels = []string{"fitted", "sourced", "assumed"}

func (b *builder) basis() basis {
	r := basis{Total: len(b.c.Uncertainties), Sources: b.c.Sources, Limits: b.c.Limits}
	inputs, variables := map[string]int{}, map[string]int{}
	for _, u := range b.c.Uncertainties {
		inputs[string(u.Label)]++
		if u.Structural {
			var options []string
			for _, o := range u.Options {
				options = append(options, o.Name)
			}
			title := u.Title
			if title == "" {
				title = u.Variable
			}
			r.Structural = append(r.Structural, title+": "+strings.Join(options, "; "))
		}
	}
	core := 0
	for _, v := range b.c.Model.Variables {
		variables[v.Provenance.Label]++
		if v.Provenance.Tier == "core" {
			core++
		}
	}
	for _, l := range labels {
		r.Uncertainties = append(r.Uncertainties, count{l, inputs[l]})
		r.Variables = append(r.Variables, count{l, variables[l]})
	}
	if n := len(b.c.Model.Variables); core > 0 {
		r.Tiers = fmt.Sprintf("%d of %d are core; the others no data can test", core, n)
	}
	return r
}

// register is the table of member states: membership and forces in country kept
// apart.
type register struct {
	Summary string
	Table   *table
}

// register shows the table that the case names; nil when there is none. Columns
// that hold only numbers are added up.
func (b *builder) register() *register {
	t := b.c.Tables[b.c.Settings.Register]
	if t == nil || len(t.Rows) == 0 {
		return nil
	}
	var forces []int
	for _, i := range b.c.Initial {
		if i.Table != t.Path {
			continue
		}
		for _, name := range i.Sum {
			for k, c := range t.Columns {
				if c == name && !slices.Contains(forces, k) {
					forces = append(forces, k)
				}
			}
		}
	}
	total, present := 0.0, 0
	for _, r := range t.Rows {
		here := 0.0
		for _, k := range forces {
			x, _ := strconv.ParseFloat(strings.TrimSpace(r[k]), 64)
			here += x
		}
		if here > 0 {
			present++
		}
		total += here
	}
	r := &register{Table: &table{Corner: t.Columns[0]}}
	r.Summary = fmt.Sprintf("%d members on the register; %d of them with forces in the country at the base date in this case, %s people in all. Being a member is not having forces in the country.",
		len(t.Rows), present, thousands(strconv.FormatFloat(total, 'f', -1, 64)))
	for _, c := range t.Columns[1:] {
		r.Table.Heads = append(r.Table.Heads, head{Text: strings.ReplaceAll(c, "_", " ")})
	}
	for _, line := range t.Rows {
		out := row{Head: line[0]}
		for _, v := range line[1:] {
			out.Cells = append(out.Cells, cell{Value: v})
		}
		r.Table.Rows = append(r.Table.Rows, out)
	}
	return r
}
