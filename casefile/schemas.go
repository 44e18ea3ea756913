package casefile

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"
)

//go:generate go run ./schema/generate

//go:embed schema/*.json
var schemaFiles embed.FS

// SchemaFolder is the folder, beside the YAML files of a case, to which their
// first line refers.
const SchemaFolder = "schema"

// Schemas returns the JSON Schemas (draft 2020-12) of the YAML files by name,
// such as "case.schema.json".
func Schemas() (map[string][]byte, error) {
	entries, err := schemaFiles.ReadDir(SchemaFolder)
	if err != nil {
		return nil, fmt.Errorf("the embedded schemas: %w", err)
	}
	schemas := map[string][]byte{}
	for _, e := range entries {
		data, err := fs.ReadFile(schemaFiles, SchemaFolder+"/"+e.Name())
		if err != nil {
			return nil, fmt.Errorf("the embedded schemas: %w", err)
		}
		schemas[e.Name()] = data
	}
	return schemas, nil
}

// Distributions lists the words for distributions, in the order of the
// documentation.
func Distributions() []string {
	return []string{"uniform", "triangular", "normal", "lognormal", "beta", "discrete", "categorical"}
}

// ParameterNames lists the keys that are parameters of some distribution.
func ParameterNames() []string { return slices.Clone(parameterNames) }

// Parameters returns the keys that a distribution needs, and all those that it
// takes.
func Parameters(distribution string) (needs, takes []string) {
	p := parameters[distribution]
	return slices.Clone(p.needs), append(slices.Clone(p.needs), p.may...)
}
