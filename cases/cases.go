// Package cases embeds the cases that come with the program.
package cases

import (
	"embed"
	"io/fs"
)

// FS holds the cases, each in a folder of its name.
//
//go:embed all:iraq
var FS embed.FS

// Names lists the cases in alphabetical order.
func Names() []string {
	entries, err := FS.ReadDir(".")
	if err != nil {
		return nil
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names
}

// Open returns the folder of a case; false when there is none of the name.
func Open(name string) (fs.FS, bool) {
	for _, n := range Names() {
		if n == name {
			folder, err := fs.Sub(FS, n)
			return folder, err == nil
		}
	}
	return nil, false
}
