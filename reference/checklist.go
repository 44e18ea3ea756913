package reference

import (
	"fmt"
	"math"
	"strings"

	"handover/model"
)

// Checklist is what a guideline asks for.
type Checklist struct {
	Title  string
	Source string
	Items  []Item
}

// Item is one thing asked for.
type Item struct {
	Asked string
	// Answer is what the model says; when it cannot know, Missing is set and Answer
	// says what to write elsewhere.
	Answer  string
	Missing bool
}

func item(asked, answer string) Item { return Item{asked, answer, false} }

func elsewhere(asked, what string) Item {
	return Item{asked, "Not in the model: say it in the text" + what + ".", true}
}

// checklists fills in the minimum of Rahmandad and Sterman and of STRESS-SD as far
// as a model can.
func (r *Reference) checklists() []Checklist {
	m := r.Model
	count := map[model.Kind]int{}
	documented, united, sourced, labelled, inputs, equations, ranged := 0, 0, 0, 0, 0, 0, 0
	random := []string{}
	for _, v := range m.Variables {
		count[v.Kind]++
		equations += m.Size(v)
		add := func(n *int, yes bool) {
			if yes {
				*n++
			}
		}
		add(&documented, v.Documentation != "")
		add(&united, v.Units != "")
		add(&sourced, v.Provenance.Source != "")
		add(&labelled, v.Provenance.Label != "")
		add(&inputs, v.Provenance.Input)
		add(&ranged, v.Provenance.Ranged)
		draws := false
		for q := range v.AllEquations() {
			model.Walk(q.Expression, func(x model.Expression) bool {
				if c, ok := x.(*model.Call); ok {
					f, _ := model.FunctionNamed(c.Function)
					draws = draws || f.Random
				}
				return true
			})
		}
		if draws {
			random = append(random, v.Name)
		}
	}
	n := len(m.Variables)
	of := func(k int) string { return fmt.Sprintf("%d of %d variables", k, n) }
	t := m.Time
	steps := math.Round((t.Stop - t.Start) / t.DT)
	horizon := fmt.Sprintf("%s to %s %s, %.0f steps", model.Number64(t.Start), model.Number64(t.Stop), t.Unit, steps)
	integration := fmt.Sprintf("%s with a step of %s %s", t.Method, model.Number64(t.DT), t.Unit)
	software := "Handover " + r.Version
	chance := "The model draws no random numbers: every run with the same values is the same."
	if len(random) > 0 {
		chance = fmt.Sprintf("%d variables draw random numbers (%s). A draw is addressed by seed, run, variable and step, so that a seed gives the same run on every machine.", len(random), shortList(random, 5))
	}
	units := "Run handover check for the unit check; " + of(united) + " have a unit."
	if found := model.Check(m); len(found) == 0 {
		units = "Checked without a warning; " + of(united) + " have a unit."
	}
	initials := fmt.Sprintf("%d stocks; each initial value is in the stock's entry.", count[model.Stock])
	return []Checklist{
		{"Minimum reporting, model", "Rahmandad and Sterman 2012, Reporting guidelines for simulation-based research in social sciences", []Item{
			item("Every equation", fmt.Sprintf("All %d variables (%d equations with elements) are in this reference.", n, equations)),
			item("Every parameter and initial value", fmt.Sprintf("%d constants and %s", count[model.Constant], initials)),
			item("Units", units),
			item("Definitions of variables", of(documented)+" are documented."),
			item("Sources of data and parameters", fmt.Sprintf("%s name a source, %s a label (fitted, sourced or assumed).", of(sourced), of(labelled))),
			item("Exogenous inputs", fmt.Sprintf("%d variables are marked as set from outside.", inputs)),
			item("Time horizon", horizon),
			item("Integration method and step", integration),
			item("Software and version", software),
			item("Random numbers and their seeds", chance),
			elsewhere("Computational cost and hardware", ", with the number of runs"),
		}},
		{"Minimum reporting, experiments", "Rahmandad and Sterman 2012", []Item{
			elsewhere("What each experiment changes, and why", "; a case of Handover holds it in strategies.yaml and uncertainties.yaml"),
			item("Ranges of parameters varied", fmt.Sprintf("%s state a plausible range.", of(ranged))),
			elsewhere("Number of runs and how they were sampled", "; the manifest of a run holds it"),
			elsewhere("Outcomes measured and how they are summed up", "; outcomes.yaml of a case"),
			elsewhere("Calibration: data, method, weights, result", ""),
		}},
		{"STRESS-SD", "Monks and others 2019, Strengthening the reporting of empirical simulation studies", []Item{
			elsewhere("1.1 Purpose and 1.3 aims of experimentation", purposeHint(m)),
			elsewhere("1.2 Outputs that answer the purpose", ""),
			item("2.1 Diagram", "Stocks and flows by sector, and feedback loops, below."),
			item("2.2 Model logic", "Equations of all variables, below."),
			elsewhere("2.3 Logic of scenarios", ""),
			item("2.4 Algorithms", "Graphical functions with their points; delays and smooths as XMILE 1.0 defines them."),
			item("2.5 Components", fmt.Sprintf("%d stocks, %d flows, %d auxiliaries, %d constants, %d graphical functions; %d dimensions; %d sectors.",
				count[model.Stock], count[model.Flow], count[model.Auxiliary], count[model.Constant], count[model.Lookup], len(m.Dimensions), len(r.Sectors))),
			item("3.1 Data sources", of(sourced)+" name a source."),
			elsewhere("3.2 Preprocessing of data", ""),
			item("3.3 Input parameters", fmt.Sprintf("%d constants, with value, unit and range where known.", count[model.Constant])),
			item("3.4 Assumptions", assumed(r)),
			item("4.1 Initialisation", initials),
			item("4.2 Run length", horizon),
			elsewhere("4.3 Estimation approach: number of runs, intervals", ""),
			item("5.1 Software", software),
			item("5.2 Random sampling", chance),
			item("5.3 Model execution", integration),
			elsewhere("5.4 System specification", ""),
			elsewhere("6.1 Where the code can be had", ""),
		}},
	}
}

func purposeHint(m *model.Model) string {
	if m.Documentation != "" {
		return "; the model says: " + strings.Join(strings.Fields(m.Documentation), " ")
	}
	return ""
}

func assumed(r *Reference) string {
	n := 0
	for _, v := range r.Model.Variables {
		if v.Provenance.Label == "assumed" {
			n++
		}
	}
	return fmt.Sprintf("%d variables are labelled assumed, and so a condition of every result.", n)
}

func shortList(names []string, most int) string {
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}
