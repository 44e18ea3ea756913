package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"handover/casefile"
	"handover/cases"
	"handover/diagnostic"
	"handover/explore/finding"
)

// builtIn tells whether a case of that name is built into the program.
func builtIn(name string) bool {
	_, ok := cases.Open(name)
	return ok
}

// source is where a case lies: built into the program, or in a folder.
type source struct {
	files fs.FS
	// name is what the user calls it: a built-in name, or the folder as typed.
	name string
}

// findCase finds the case that a user names: a built-in case by its name, or a
// folder by its path. A built-in name wins over a folder of the same name, and
// says so on notes.
func findCase(name string, notes io.Writer) (source, error) {
	files, inside := cases.Open(name)
	info, err := os.Stat(name)
	switch {
	case name == "":
		return source{}, usage("the built-in cases are: "+strings.Join(cases.Names(), ", "), "the name of the case is empty")
	case inside:
		if err == nil && info.IsDir() {
			fmt.Fprintf(notes, "note: taking the built-in case %s; for the folder of that name write .%c%s\n", name, filepath.Separator, name)
		}
		return source{files, name}, nil
	case err == nil && info.IsDir():
		return source{os.DirFS(name), name}, nil
	case err == nil && filepath.Base(name) == "case.yaml":
		return source{}, usage("name its folder: "+filepath.Dir(name), "%s is a file of a case", shown(name))
	case err == nil:
		return source{}, usage("handover check reads model files", "%s is a file; a case is a folder", shown(name))
	case !errors.Is(err, fs.ErrNotExist):
		return source{}, usage("", "cannot look at %s: %w", shown(name), cause(err))
	}
	hint := diagnostic.DidYouMean(name, cases.Names())
	if hint == "" && shown(name) == name {
		hint = "handover new " + quoted(name) + " makes one"
	}
	return source{}, usage(hint, "there is no folder %s, and the built-in cases are: %s", shown(name), strings.Join(cases.Names(), ", "))
}

// load reads and checks the case. Diagnostics name files as the user can open
// them. When the case has mistakes they are the error; warnings alone go to
// notes.
func (s source) load(notes io.Writer) (*casefile.Case, error) {
	c, found := casefile.Load(s.files)
	found = s.locate(found)
	if found.Errors() > 0 {
		return nil, mistakes(notes, s.name, found)
	}
	for _, d := range found {
		fmt.Fprintln(notes, d.Error())
	}
	return c, nil
}

// locate puts the folder before the file names of a folder's diagnostics.
func (s source) locate(found diagnostic.List) diagnostic.List {
	found = slices.Clone(found)
	for i := range found {
		if !builtIn(s.name) {
			found[i].Position.File = filepath.Join(s.name, filepath.FromSlash(found[i].Position.File))
		}
	}
	return found
}

// mistakes prints diagnostics and returns the failure that they are.
func mistakes(w io.Writer, name string, found diagnostic.List) error {
	fmt.Fprintln(w, found.Error())
	fmt.Fprintf(w, "handover: %s: %s; nothing was run\n", name, tally(found))
	return &failure{code: exitMistakes, err: found, quiet: true}
}

// tally counts diagnostics in words: "2 mistakes, 1 warning".
func tally(found diagnostic.List) string {
	errors := found.Errors()
	warnings := len(found) - errors
	return fmt.Sprintf("%s, %s", count(errors, "mistake", "mistakes"), count(warnings, "warning", "warnings"))
}

// count is a number with its noun: "no mistakes", "1 mistake", "1,204 mistakes".
func count(n int, one, many string) string {
	switch n {
	case 0:
		return "no " + many
	case 1:
		return "1 " + one
	}
	return grouped(n) + " " + many
}

// grouped writes a whole number with a comma between thousands.
func grouped(n int) string { return finding.Grouped(strconv.Itoa(n)) }

// shown writes a name that a user typed so that it stays on one line.
func shown(name string) string {
	if strings.IndexFunc(name, unicode.IsControl) >= 0 {
		return strconv.Quote(name)
	}
	return name
}

// cause strips the operation and path from a file error, where the message
// around it names the path already.
func cause(err error) error {
	if path := (*fs.PathError)(nil); errors.As(err, &path) {
		return path.Err
	}
	return err
}
