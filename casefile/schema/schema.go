// Package schema generates the JSON Schemas of the YAML files of a case from
// the Go types into which they are decoded, so that editors complete and check
// what the loader accepts.
package schema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/invopop/jsonschema"

	"handover/casefile"
)

// file is a YAML file of a case with the type of its content.
type file struct {
	name, title string
	content     any
}

var files = []file{
	{"case", "What a case asks", casefile.Settings{}},
	{"uncertainties", "What the ensemble of a case varies", casefile.UncertaintyFile{}},
	{"strategies", "The strategies of a case", casefile.StrategyFile{}},
	{"outcomes", "What the strategies of a case are judged by", casefile.OutcomeFile{}},
	{"evidence", "How event data is read for a case, and what is counted", casefile.Evidence{}},
	{"actors", "The actors of a case, with dates, names and lineage", casefile.ActorFile{}},
	{"checks", "What any run of a case's model must do", casefile.CheckFile{}},
	{"claims", "Public statements that data can test", casefile.ClaimFile{}},
	{"programme", "What a programme is compared with", casefile.Programme{}},
	{"signposts", "Signs that warn or give hope", casefile.SignpostFile{}},
	{"holdout", "What became known after the base date, as a test", casefile.Holdout{}},
	{"belief", "What is observed after the base date, and fans that start from now", casefile.Belief{}},
	{"questions", "What is asked about the future, and how the answer is found", casefile.QuestionFile{}},
	{"history", "How the model of a case runs the past, and what was observed there", casefile.History{}},
}

// Generate returns the schemas by file name, such as "case.schema.json". The
// descriptions are the doc comments of the Go source in folder source, that of
// package casefile.
func Generate(source string) (map[string][]byte, error) {
	comments := &jsonschema.Reflector{}
	if err := comments.AddGoComments("casefile", source); err != nil {
		return nil, fmt.Errorf("reading the doc comments of %s: %w", source, err)
	}
	// The library builds keys from the path it walked; only type and field count.
	described := map[string]string{}
	for key, text := range comments.CommentMap {
		_, name, _ := strings.Cut(key[strings.LastIndexByte(key, '/')+1:], ".")
		described[name] = describe(text)
	}
	r := &jsonschema.Reflector{
		Anonymous:                  true,
		FieldNameTag:               "yaml",
		RequiredFromJSONSchemaTags: true,
		ExpandedStruct:             true,
		LookupComment: func(t reflect.Type, field string) string {
			if field == "" {
				return described[t.Name()]
			}
			return described[t.Name()+"."+field]
		},
	}
	schemas := map[string][]byte{}
	for _, f := range files {
		s := r.Reflect(f.content)
		s.Title = f.title
		if f.name == "uncertainties" {
			distributions(s)
		}
		var b bytes.Buffer
		encoder := json.NewEncoder(&b)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		if err := encoder.Encode(s); err != nil {
			return nil, fmt.Errorf("writing the schema of %s.yaml: %w", f.name, err)
		}
		schemas[f.name+".schema.json"] = b.Bytes()
	}
	return schemas, nil
}

// describe turns a doc comment into one line.
func describe(text string) string { return strings.Join(strings.Fields(text), " ") }

// distributions adds which parameters each distribution needs.
func distributions(s *jsonschema.Schema) {
	u := s.Definitions["Uncertainty"]
	for _, name := range casefile.Distributions() {
		needs, takes := casefile.Parameters(name)
		then := &jsonschema.Schema{Required: needs, Properties: jsonschema.NewProperties()}
		for _, p := range casefile.ParameterNames() {
			if !slices.Contains(takes, p) {
				then.Properties.Set(p, jsonschema.FalseSchema)
			}
		}
		is := &jsonschema.Schema{Properties: jsonschema.NewProperties(), Required: []string{"distribution"}}
		is.Properties.Set("distribution", &jsonschema.Schema{Const: name})
		u.AllOf = append(u.AllOf, &jsonschema.Schema{If: is, Then: then})
	}
}
