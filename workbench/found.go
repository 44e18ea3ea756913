package workbench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"

	"github.com/danielgtaylor/huma/v2"
	"github.com/goccy/go-yaml"

	"handover/casefile"
)

// Found is what searches for plans have found for the case, as it lies in the
// folder of searches.
type Found struct {
	Searches []FoundSearch `json:"searches"`
	Unread   []string      `json:"unread" doc:"Folders of searches that cannot be read, and why."`
}

// FoundSearch is one search with the plans that are hard to beat.
type FoundSearch struct {
	ID       string         `json:"id"`
	Title    string         `json:"title"`
	Lead     []string       `json:"lead"`
	Notes    []string       `json:"notes"`
	MadeFrom []string       `json:"made_from"`
	Measures []FoundMeasure `json:"measures"`
	Plans    []FoundPlan    `json:"plans"`
}

// FoundMeasure is what plans are measured by.
type FoundMeasure struct {
	Name string `json:"name"`
	// Objective says that the search weighed it; others were kept to or told.
	Objective bool `json:"objective"`
}

// FoundPlan is a compromise: no other plan found is better in every objective.
type FoundPlan struct {
	Strategy
	Saved    bool         `json:"saved" doc:"Whether the case has a strategy of this id."`
	Settings []FoundWords `json:"settings" doc:"What the search chose."`
	Values   []FoundValue `json:"values" doc:"One a measure, in futures that the search has not seen."`
}

// FoundWords is something with a value in words.
type FoundWords struct {
	Name  string `json:"name"`
	Words string `json:"words"`
}

// FoundValue is a value with its 80% interval.
type FoundValue struct {
	Low    *float64 `json:"low"`
	Middle *float64 `json:"middle"`
	High   *float64 `json:"high"`
}

// What is read of the folder of searches.
const (
	findingName  = "finding.json"
	plansName    = "plans.yaml"
	mostFound    = 4 << 20
	mostSearches = 50
)

// readFound reads a file of the folder of searches. Nothing outside of it is
// reached, through links neither.
func (s *Server) readFound(name string) ([]byte, error) {
	root, err := os.OpenRoot(s.o.Searches)
	if err != nil {
		return nil, err
	}
	defer func() { _ = root.Close() }()
	f, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, mostFound+1))
	if err == nil && len(text) > mostFound {
		err = fmt.Errorf("it has more than %d bytes", mostFound)
	}
	return text, err
}

// searchFolders lists the folders of searches of a case, in order.
func (s *Server) searchFolders(c *casefile.Case) []string {
	if s.o.Searches == "" {
		return nil
	}
	root, err := os.OpenRoot(s.o.Searches)
	if err != nil {
		return nil // nothing was searched yet
	}
	defer func() { _ = root.Close() }()
	entries, err := fs.ReadDir(root.FS(), c.Name)
	if err != nil {
		return nil
	}
	var list []string
	for _, e := range entries {
		if _, err := root.Stat(path.Join(c.Name, e.Name(), findingName)); err == nil && len(list) < mostSearches {
			list = append(list, e.Name())
		}
	}
	return list
}

// found reads all searches of the case.
func (s *Server) found(context.Context, *struct{}) (*answer[*Found], error) {
	c, _ := s.current()
	f := &Found{Searches: []FoundSearch{}, Unread: []string{}}
	for _, id := range s.searchFolders(c) {
		one, err := s.foundSearch(c, id)
		if err != nil {
			f.Unread = append(f.Unread, fmt.Sprintf("%s: %v", id, withoutPath(err)))
			continue
		}
		f.Searches = append(f.Searches, *one)
	}
	return &answer[*Found]{f}, nil
}

// withoutPath is an error without the path that it names.
func withoutPath(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		return fmt.Errorf("%s: %w", path.Base(at.Path), at.Err)
	}
	return err
}

// foundTable is a table of a finding.
type foundTable struct {
	ID      string
	Columns []struct{ Name, Title string }
	Rows    [][]any
}

// foundSearch reads one search.
func (s *Server) foundSearch(c *casefile.Case, id string) (*FoundSearch, error) {
	text, err := s.readFound(path.Join(c.Name, id, findingName))
	if err != nil {
		return nil, err
	}
	var finding struct {
		Title    string
		Lead     []string
		Notes    []string
		MadeFrom []string `json:"made_from"`
		Tables   []foundTable
	}
	if err := json.Unmarshal(text, &finding); err != nil {
		return nil, fmt.Errorf("%s: %w", findingName, err)
	}
	strategies, err := s.foundStrategies(c, id)
	if err != nil {
		return nil, err
	}
	f := &FoundSearch{ID: id, Title: finding.Title, Lead: notNil(finding.Lead), Notes: notNil(finding.Notes), MadeFrom: notNil(finding.MadeFrom), Measures: []FoundMeasure{}, Plans: []FoundPlan{}}
	for _, one := range strategies {
		f.Plans = append(f.Plans, FoundPlan{Strategy: describeStrategy(one, ""), Saved: c.Strategy(one.ID) != nil, Settings: []FoundWords{}, Values: []FoundValue{}})
	}
	if err := f.measure(finding.Tables); err != nil {
		return nil, fmt.Errorf("%s: %w", findingName, err)
	}
	f.choices(finding.Tables)
	return f, nil
}

// measure takes the values of the plans from the table of measures: plan,
// measure, value, low, high, and the value in the search for an objective.
func (f *FoundSearch) measure(tables []foundTable) error {
	at := slices.IndexFunc(tables, func(t foundTable) bool { return t.ID == "measures" })
	if at < 0 {
		return errors.New("there is no table of measures")
	}
	var columns []string
	for _, c := range tables[at].Columns {
		columns = append(columns, c.Name)
	}
	cell := func(row []any, name string) any {
		if k := slices.Index(columns, name); k >= 0 && k < len(row) {
			return row[k]
		}
		return nil
	}
	number := func(row []any, name string) *float64 {
		if x, ok := cell(row, name).(float64); ok {
			return known(x)
		}
		return nil
	}
	for n, row := range tables[at].Rows {
		plan, _ := cell(row, "plan").(string)
		name, _ := cell(row, "measure").(string)
		p := slices.IndexFunc(f.Plans, func(p FoundPlan) bool { return p.ID == plan })
		if p < 0 || name == "" {
			return fmt.Errorf("row %d of the measures is of no plan of %s", n+1, plansName)
		}
		m := slices.IndexFunc(f.Measures, func(m FoundMeasure) bool { return m.Name == name })
		if m < 0 {
			m = len(f.Measures)
			f.Measures = append(f.Measures, FoundMeasure{Name: name})
		}
		f.Measures[m].Objective = f.Measures[m].Objective || number(row, "searched") != nil
		for len(f.Plans[p].Values) <= m {
			f.Plans[p].Values = append(f.Plans[p].Values, FoundValue{})
		}
		f.Plans[p].Values[m] = FoundValue{number(row, "low"), number(row, "value"), number(row, "high")}
	}
	return nil
}

// choices takes what the search chose from the table of plans, in which a row is
// a lever and a column a plan.
func (f *FoundSearch) choices(tables []foundTable) {
	for _, t := range tables {
		if t.ID != "plans" {
			continue
		}
		for _, row := range t.Rows {
			if len(row) != len(t.Columns) || len(row) < 2 || row[1] != "lever" {
				continue
			}
			name, _ := row[0].(string)
			for k, c := range t.Columns {
				for p := range f.Plans {
					if words, ok := row[k].(string); ok && f.Plans[p].ID == c.Name {
						f.Plans[p].Settings = append(f.Plans[p].Settings, FoundWords{name, words})
					}
				}
			}
		}
	}
}

// foundStrategies reads the plans of a search as strategies.
func (s *Server) foundStrategies(c *casefile.Case, id string) ([]casefile.Strategy, error) {
	text, err := s.readFound(path.Join(c.Name, id, plansName))
	if err != nil {
		return nil, err
	}
	var file casefile.StrategyFile
	if err := yaml.Unmarshal(text, &file); err != nil {
		return nil, fmt.Errorf("%s: %w", plansName, err)
	}
	return file.Strategies, nil
}

// foundPlan finds a plan of any search by its id, or nil.
func (s *Server) foundPlan(c *casefile.Case, id string) *casefile.Strategy {
	for _, folder := range s.searchFolders(c) {
		list, err := s.foundStrategies(c, folder)
		if err != nil {
			continue // the list of searches says why
		}
		for i := range list {
			if list[i].ID == id {
				return &list[i]
			}
		}
	}
	return nil
}

type planInput struct {
	Body struct {
		Plan string `json:"plan" minLength:"1" maxLength:"100" doc:"The id of a plan that a search found."`
	}
}

// savePlan adds a found plan to the case's strategies.
func (s *Server) savePlan(ctx context.Context, q *planInput) (*answer[*Case], error) {
	return s.add(ctx, func(c *casefile.Case) (casefile.Strategy, error) {
		if c.Strategy(q.Body.Plan) != nil {
			return casefile.Strategy{}, huma.Error409Conflict(fmt.Sprintf("the case has a strategy %s already", q.Body.Plan))
		}
		plan := s.foundPlan(c, q.Body.Plan)
		if plan == nil {
			return casefile.Strategy{}, huma.Error422UnprocessableEntity(fmt.Sprintf("no search has found a plan %q", q.Body.Plan))
		}
		return *plan, nil
	})
}

// notNil is a list that JSON writes as one.
func notNil(list []string) []string { return append([]string{}, list...) }
