package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"handover": main})
}

// TestScript runs the specification of the command line. Every script starts
// in a folder of its own that holds the case "small".
// threaded are the scripts of verbs that work on several threads: in short mode, as
// under the race detector, they run alone.
var threaded = []string{"calibrate", "run", "run_resume", "search", "serve"}

func TestScript(t *testing.T) {
	dir, files := filepath.Join("testdata", "script"), []string(nil)
	if testing.Short() {
		for _, name := range threaded {
			files = append(files, filepath.Join(dir, name+".txtar"))
		}
		dir = ""
	}
	testscript.Run(t, testscript.Params{
		Dir:   dir,
		Files: files,
		Setup: func(e *testscript.Env) error {
			return os.CopyFS(filepath.Join(e.WorkDir, "small"), os.DirFS(filepath.Join("testdata", "small")))
		},
		Condition: func(condition string) (bool, error) {
			// Whoever may do anything cannot be refused a write.
			return condition == "root" && runtime.GOOS != "windows" && os.Geteuid() == 0, nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"edit":    editFile,
			"exits":   exits,
			"rename":  renameMatch,
			"await":   await,
			"json":    parseJSON,
			"same":    sameFolders,
			"nowider": noWider,
		},
		RequireUniqueNames: true,
	})
}

// exits CODE PROGRAM ARGUMENT... runs a program that must end with the code.
func exits(ts *testscript.TestScript, negated bool, arguments []string) {
	if negated || len(arguments) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM ARGUMENT...")
	}
	got := 0
	if err := ts.Exec(arguments[1], arguments[2:]...); err != nil {
		failed := (*exec.ExitError)(nil)
		if !errors.As(err, &failed) {
			ts.Fatalf("%v", err)
		}
		got = failed.ExitCode()
	}
	if strconv.Itoa(got) != arguments[0] {
		ts.Fatalf("the exit code is %d, expected %s", got, arguments[0])
	}
}

// editFile FILE OLD NEW replaces the one place where OLD stands.
func editFile(ts *testscript.TestScript, negated bool, arguments []string) {
	if negated || len(arguments) != 3 {
		ts.Fatalf("usage: edit FILE OLD NEW")
	}
	text := ts.ReadFile(arguments[0])
	if n := strings.Count(text, arguments[1]); n != 1 {
		ts.Fatalf("%s holds %q %d times, not once", arguments[0], arguments[1], n)
	}
	text = strings.Replace(text, arguments[1], arguments[2], 1)
	ts.Check(os.WriteFile(ts.MkAbs(arguments[0]), []byte(text), 0o644))
}

// match finds the one path that fits a pattern.
func match(ts *testscript.TestScript, pattern string) string {
	found, err := filepath.Glob(ts.MkAbs(pattern))
	ts.Check(err)
	if len(found) != 1 {
		ts.Fatalf("%s fits %d paths, not one: %v", pattern, len(found), found)
	}
	return found[0]
}

// renameMatch PATTERN NAME renames the one path that fits the pattern.
func renameMatch(ts *testscript.TestScript, negated bool, arguments []string) {
	if negated || len(arguments) != 2 {
		ts.Fatalf("usage: rename PATTERN NAME")
	}
	ts.Check(os.Rename(match(ts, arguments[0]), ts.MkAbs(arguments[1])))
}

// await PATTERN waits until a path fits the pattern.
func await(ts *testscript.TestScript, negated bool, arguments []string) {
	if negated || len(arguments) != 1 {
		ts.Fatalf("usage: await PATTERN")
	}
	for range 3000 {
		if found, _ := filepath.Glob(ts.MkAbs(arguments[0])); len(found) > 0 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	ts.Fatalf("after 30 s nothing fits %s", arguments[0])
}

// parseJSON FILE fails unless the file is one JSON value and nothing else.
func parseJSON(ts *testscript.TestScript, negated bool, arguments []string) {
	if negated || len(arguments) != 1 {
		ts.Fatalf("usage: json FILE")
	}
	var value any
	decoder := json.NewDecoder(strings.NewReader(ts.ReadFile(arguments[0])))
	ts.Check(decoder.Decode(&value))
	if decoder.More() {
		ts.Fatalf("%s holds more than one value", arguments[0])
	}
}

// sameFolders PATTERN PATTERN fails unless the two folders hold the same files
// with the same bytes, and at least one file.
func sameFolders(ts *testscript.TestScript, negated bool, arguments []string) {
	if len(arguments) != 2 {
		ts.Fatalf("usage: [!] same PATTERN PATTERN")
	}
	read := func(folder string) map[string][]byte {
		files := map[string][]byte{}
		ts.Check(filepath.Walk(folder, func(name string, info os.FileInfo, err error) error {
			if err != nil || info.IsDir() {
				return err
			}
			relative, err := filepath.Rel(folder, name)
			if err != nil {
				return err
			}
			files[relative], err = os.ReadFile(name)
			return err
		}))
		return files
	}
	a, b := read(match(ts, arguments[0])), read(match(ts, arguments[1]))
	if len(a) == 0 {
		ts.Fatalf("%s holds no file", arguments[0])
	}
	var differ []string
	for name := range a {
		if other, both := b[name]; !both || !bytes.Equal(a[name], other) {
			differ = append(differ, name)
		}
	}
	for name := range b {
		if _, both := a[name]; !both {
			differ = append(differ, name)
		}
	}
	if negated && len(differ) == 0 {
		ts.Fatalf("the folders are the same")
	}
	if !negated && len(differ) > 0 {
		ts.Fatalf("these files differ: %v", differ)
	}
}

// noWider FILE N fails when a line is wider than N.
func noWider(ts *testscript.TestScript, negated bool, arguments []string) {
	if negated || len(arguments) != 2 {
		ts.Fatalf("usage: nowider FILE N")
	}
	var limit int
	ts.Check(json.Unmarshal([]byte(arguments[1]), &limit))
	for line := range strings.Lines(ts.ReadFile(arguments[0])) {
		if n := columnsOf(strings.TrimSuffix(line, "\n")); n > limit {
			ts.Fatalf("%d columns, over %d: %s", n, limit, line)
		}
	}
}
