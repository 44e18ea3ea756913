package main

import (
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"
	"text/tabwriter"

	"handover/ensemble"
)

// version is the version of the program. It is part of every result, so it is
// bumped by hand and never taken from the build: two builds of the same source
// must write the same bytes.
const version = "0.1.0"

// versionVerb prints what a bug report needs to name.
type versionVerb struct {
	JSON bool `name:"json" help:"Print as JSON."`
}

// build is what the version verb tells.
type build struct {
	Version  string `json:"version"`
	Revision string `json:"revision,omitempty"`
	Modified bool   `json:"modified,omitempty"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
	// Results is the version of the files in a run folder.
	Results int `json:"results_format"`
}

// Run prints the version.
func (v *versionVerb) Run(to streams) error {
	b := build{Version: version, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH, Results: ensemble.Format}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			switch s.Key {
			case "vcs.revision":
				b.Revision = s.Value
			case "vcs.modified":
				b.Modified = s.Value == "true"
			}
		}
	}
	if v.JSON {
		encoder := json.NewEncoder(to.out)
		encoder.SetIndent("", "  ")
		return encoder.Encode(b)
	}
	w := tabwriter.NewWriter(to.out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "handover\t%s\n", b.Version)
	if b.Revision != "" {
		modified := ""
		if b.Modified {
			modified = ", with changes"
		}
		fmt.Fprintf(w, "revision\t%s%s\n", b.Revision, modified)
	}
	fmt.Fprintf(w, "built with\t%s for %s\n", b.Go, b.Platform)
	fmt.Fprintf(w, "run folder format\t%d\n", b.Results)
	return w.Flush()
}
