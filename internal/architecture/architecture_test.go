package architecture

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// module is the path that the project's own imports start with.
const module = "handover"

// root is the project's folder as seen from this test.
const root = "../.."

// row is one line of the table: a package and what it may import.
type row struct {
	name    string
	allowed []string
}

// readTable reads the table of import edges from ARCHITECTURE.md: the one
// between the two markers, a package a row, names in backticks.
func readTable(t *testing.T) []row {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "ARCHITECTURE.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(text), "<!-- imports -->")
	table, _, closed := strings.Cut(rest, "<!-- /imports -->")
	if !ok || !closed {
		t.Fatal("ARCHITECTURE.md has no table between <!-- imports --> and <!-- /imports -->")
	}
	name := regexp.MustCompile("`([^`]+)`")
	var rows []row
	for line := range strings.Lines(table) {
		cells := strings.Split(line, "|")
		if len(cells) < 4 {
			continue
		}
		first := name.FindStringSubmatch(cells[1])
		if first == nil {
			continue // the head of the table
		}
		r := row{name: first[1]}
		for _, m := range name.FindAllStringSubmatch(cells[2], -1) {
			r.allowed = append(r.allowed, m[1])
		}
		rows = append(rows, r)
	}
	if len(rows) < 5 {
		t.Fatalf("the table in ARCHITECTURE.md has %d rows; something is wrong with its form", len(rows))
	}
	return rows
}

// readImports finds which packages of the project exist and which of them each
// imports. Tests may import what they like: they do not ship.
func readImports(t *testing.T) map[string][]string {
	t.Helper()
	imports := map[string][]string{}
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if base := d.Name(); name != root && (base == "testdata" || base == "node_modules" || base[0] == '.' || base[0] == '_') {
				return fs.SkipDir
			}
			if _, err := os.Stat(filepath.Join(name, "go.mod")); err == nil && name != root {
				return fs.SkipDir // a module of its own
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		relative, err := filepath.Rel(root, filepath.Dir(name))
		if err != nil {
			return err
		}
		from := filepath.ToSlash(relative)
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if imports[from] == nil {
			imports[from] = []string{}
		}
		for _, spec := range file.Imports {
			to, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			if to, ours := strings.CutPrefix(to, module+"/"); ours && !slices.Contains(imports[from], to) {
				imports[from] = append(imports[from], to)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return imports
}

func TestImportsFollowTheTable(t *testing.T) {
	rows := readTable(t)
	imports := readImports(t)
	allowed := map[string][]string{}
	for i, r := range rows {
		if _, twice := allowed[r.name]; twice {
			t.Errorf("ARCHITECTURE.md has two rows for %s", r.name)
		}
		allowed[r.name] = r.allowed
		if _, exists := imports[r.name]; !exists {
			t.Errorf("ARCHITECTURE.md has a row for %s, which does not exist", r.name)
		}
		for _, to := range r.allowed {
			above := slices.IndexFunc(rows[:i], func(o row) bool { return o.name == to })
			if above < 0 {
				t.Errorf("ARCHITECTURE.md lets %s import %s, which is not in a row above it: imports run one way", r.name, to)
			}
			if !slices.Contains(imports[r.name], to) {
				t.Errorf("ARCHITECTURE.md lets %s import %s, which it does not: the table shows what is", r.name, to)
			}
		}
	}
	packages := make([]string, 0, len(imports))
	for from := range imports {
		packages = append(packages, from)
	}
	slices.Sort(packages)
	for _, from := range packages {
		if _, known := allowed[from]; !known {
			t.Errorf("package %s has no row in ARCHITECTURE.md", from)
			continue
		}
		for _, to := range imports[from] {
			if !slices.Contains(allowed[from], to) {
				t.Errorf("%s imports %s, which ARCHITECTURE.md does not allow", from, to)
			}
		}
	}
}

// TestNumericCoreHasNoOutside keeps what computes free of what could differ
// between machines or moments.
func TestNumericCoreHasNoOutside(t *testing.T) {
	for _, folder := range []string{"fpmath", "random", "design", "engine", "model"} {
		files, err := filepath.Glob(filepath.Join(root, folder, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("no Go files in %s (%v)", folder, err)
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
			if err != nil {
				t.Fatal(err)
			}
			for _, spec := range file.Imports {
				switch imported, _ := strconv.Unquote(spec.Path.Value); imported {
				case "time", "os", "net", "net/http", "math/rand", "math/rand/v2", "crypto/rand":
					t.Errorf("%s imports %s: results must not depend on the machine or the moment", path.Join(folder, filepath.Base(name)), imported)
				}
			}
		}
	}
}
