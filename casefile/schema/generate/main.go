// Command generate writes the JSON Schemas of a case's YAML files. Run it in
// the folder of package casefile with go generate.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"handover/casefile/schema"
)

func main() {
	schemas, err := schema.Generate(".")
	if err == nil {
		for name, data := range schemas {
			if err = os.WriteFile(filepath.Join("schema", name), data, 0o644); err != nil {
				break
			}
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
