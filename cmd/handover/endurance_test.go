package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// handover prepares the command as a process of its own.
func handover(t *testing.T, arguments ...string) *exec.Cmd {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return &exec.Cmd{Path: program, Args: append([]string{"handover"}, arguments...), Env: append(os.Environ(), "TERM=dumb")}
}

// outcome runs a command and returns its exit code and what it printed.
func outcome(t *testing.T, c *exec.Cmd) (code int, out, messages string) {
	t.Helper()
	var o, e bytes.Buffer
	c.Stdout, c.Stderr = &o, &e
	err := c.Run()
	if failed := (*exec.ExitError)(nil); errors.As(err, &failed) {
		code = failed.ExitCode()
	} else if err != nil {
		t.Fatal(err)
	}
	return code, o.String(), e.String()
}

// wantMistake runs check on a model and wants a diagnostic, quickly, and no
// panic.
func wantMistake(t *testing.T, model string) string {
	t.Helper()
	from := time.Now()
	code, out, messages := outcome(t, handover(t, "check", model))
	if took := time.Since(from); took > 20*time.Second {
		t.Errorf("check took %v", took)
	}
	if code != exitMistakes {
		t.Errorf("the exit code is %d, expected %d", code, exitMistakes)
	}
	if text := out + messages; strings.Contains(text, "goroutine ") || strings.Contains(text, "mistake in the program") {
		t.Errorf("a panic: %.2000s", text)
	}
	if n := len(out) + len(messages); n == 0 || n > 20_000 {
		t.Errorf("%d bytes of messages", n)
	}
	return out + messages
}

func TestHundredMegabytesOfGarbage(t *testing.T) {
	if testing.Short() {
		t.Skip("writes 100 MB")
	}
	model := filepath.Join(t.TempDir(), "model.xmile")
	f, err := os.Create(model)
	if err != nil {
		t.Fatal(err)
	}
	// A fixed stream of bytes without structure (xorshift).
	block := make([]byte, 1<<20)
	state := uint64(88172645463325252)
	for range 100 {
		for i := range block {
			state ^= state << 13
			state ^= state >> 7
			state ^= state << 17
			block[i] = byte(state)
		}
		if _, err := f.Write(block); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if text := wantMistake(t, model); !strings.Contains(text, "at most") {
		t.Errorf("the message does not name the limit: %s", text)
	}
	// Below the limit on size the content itself must be refused.
	if err := os.Truncate(model, 20<<20); err != nil {
		t.Fatal(err)
	}
	wantMistake(t, model)
}

func TestXMLBombs(t *testing.T) {
	var entities strings.Builder
	entities.WriteString(`<?xml version="1.0"?><!DOCTYPE xmile [<!ENTITY a0 "aaaaaaaaaa">`)
	for i := range 30 {
		s := string(rune('0'+i/10)) + string(rune('0'+i%10))
		entities.WriteString("<!ENTITY b" + s + ` "` + strings.Repeat("&a0;", 10) + `">`)
	}
	entities.WriteString(`]><xmile><header><name>&b29;</name></header></xmile>`)

	const deep = 100_000
	head := `<xmile version="1.0" xmlns="http://docs.oasis-open.org/xmile/ns/XMILE/v1.0"><sim_specs><start>0</start><stop>1</stop></sim_specs><model><variables>`
	tail := `</variables></model></xmile>`
	for name, text := range map[string]string{
		"entities":    entities.String(),
		"nesting":     head + strings.Repeat("<a>", deep) + strings.Repeat("</a>", deep) + tail,
		"open":        strings.Repeat("<xmile>", deep),
		"parentheses": head + `<aux name="x"><eqn>` + strings.Repeat("(", deep) + "1" + strings.Repeat(")", deep) + `</eqn></aux>` + tail,
		"minuses":     head + `<aux name="x"><eqn>` + strings.Repeat("-", deep) + "1" + `</eqn></aux>` + tail,
		"conditions":  head + `<aux name="x"><eqn>` + strings.Repeat("if 1 then ", deep) + "1" + strings.Repeat(" else 0", deep) + `</eqn></aux>` + tail,
		"powers":      head + `<aux name="x"><eqn>` + strings.Repeat("2^", deep) + "1" + `</eqn></aux>` + tail,
		"sum":         head + `<aux name="x"><eqn>` + strings.Repeat("y+", deep) + "1" + `</eqn></aux>` + tail,
		"attributes":  "<xmile " + strings.Repeat(`a="b" `, deep) + "/>",
	} {
		t.Run(name, func(t *testing.T) {
			model := filepath.Join(t.TempDir(), "model.xmile")
			if err := os.WriteFile(model, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
			wantMistake(t, model)
		})
	}
}

func TestYAMLBombs(t *testing.T) {
	aliases := "a: &a [x, x, x, x, x, x, x, x, x]\n"
	for i := range 12 {
		aliases += string(rune('b'+i)) + ": &" + string(rune('b'+i)) + " [" + strings.Repeat("*"+string(rune('a'+i))+", ", 9) + "x]\n"
	}
	for name, text := range map[string]string{
		"aliases":  aliases + "strategies: *m\n",
		"itself":   "strategies: &a [*a]\n",
		"flow":     "strategies: " + strings.Repeat("[", 20_000) + "\n",
		"maps":     "strategies: " + strings.Repeat("{a: ", 20_000) + "\n",
		"indented": deepYAML(2_000),
	} {
		t.Run(name, func(t *testing.T) {
			folder := filepath.Join(t.TempDir(), "small")
			if err := os.CopyFS(folder, os.DirFS(filepath.Join("testdata", "small"))); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(folder, "strategies.yaml"), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
			if text := wantMistake(t, folder); !strings.Contains(text, "strategies.yaml") {
				t.Errorf("the message does not name the file: %.500s", text)
			}
		})
	}
}

// deepYAML nests a map in a map, a line each.
func deepYAML(depth int) string {
	var b strings.Builder
	b.WriteString("strategies:\n")
	for i := range depth {
		b.WriteString(strings.Repeat(" ", i+1) + "a:\n")
	}
	return b.String()
}

// finalNames are the files of a finished run.
var finalNames = []string{"manifest.json", "summary.json", "inputs.parquet", "outcomes.parquet", "series.parquet", "maps.parquet", reportName}

// checkWhole fails when a file under a final name differs from the same file
// of a run that was left alone.
func checkWhole(t *testing.T, folder, whole string) (finished bool) {
	t.Helper()
	for _, name := range finalNames {
		got, err := os.ReadFile(filepath.Join(folder, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(filepath.Join(whole, name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s has %d bytes that differ from the whole file's %d", name, len(got), len(want))
		}
		finished = finished || name == reportName
	}
	return finished
}

// runFolder finds the one run folder under a results folder, or "".
func runFolder(t *testing.T, out string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(out, "small", "*"))
	if err != nil || len(found) > 1 {
		t.Fatalf("%v %v", found, err)
	}
	if len(found) == 0 {
		return ""
	}
	return found[0]
}

func TestKilledAtAnyMoment(t *testing.T) {
	if testing.Short() {
		t.Skip("runs dozens of processes")
	}
	folder := t.TempDir()
	arguments := []string{"run", filepath.Join("testdata", "small"), "--futures", "20000", "--out"}
	from := time.Now()
	if code, _, messages := outcome(t, handover(t, append(arguments, filepath.Join(folder, "whole"))...)); code != 0 {
		t.Fatal(messages)
	}
	took := time.Since(from)
	whole := runFolder(t, filepath.Join(folder, "whole"))

	const moments = 40
	killed := 0
	for i := range moments {
		out := filepath.Join(folder, "killed", string(rune('a'+i/10))+string(rune('0'+i%10)))
		c := handover(t, append(arguments, out)...)
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(took * time.Duration(i+1) / moments)
		_ = c.Process.Kill() // it may have ended by itself
		_ = c.Wait()
		left := runFolder(t, out)
		if left == "" || !checkWhole(t, left, whole) {
			killed++
		}
		// Asking for the same run again ends with the same bytes, whatever is left.
		if i%4 != 0 {
			continue
		}
		if code, _, messages := outcome(t, handover(t, append(arguments, out)...)); code != 0 {
			t.Fatalf("after a kill: exit code %d: %s", code, messages)
		}
		again := runFolder(t, out)
		if !checkWhole(t, again, whole) {
			t.Errorf("no report after the second run")
		}
		entries, err := os.ReadDir(again)
		if err != nil {
			t.Fatal(err)
		}
		if len(entries) != len(finalNames) {
			t.Errorf("leftovers: %v", entries)
		}
	}
	if killed < moments/4 {
		t.Errorf("only %d of %d processes were killed before they ended: the test shows little", killed, moments)
	}
}

func TestOutputThatCannotBeWritten(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("this system has no /dev/full")
	}
	defer full.Close()
	for _, arguments := range [][]string{{"version"}, {"help", "exit-codes"}, {"check", filepath.Join("testdata", "small")}, {"new", filepath.Join(t.TempDir(), "mine")}, {"check", filepath.Join("testdata", "small"), "--json"}, {"run", filepath.Join("testdata", "small"), "--futures", "5", "--out", t.TempDir()}} {
		var messages bytes.Buffer
		c := handover(t, arguments...)
		c.Stdout, c.Stderr = full, &messages
		failed := (*exec.ExitError)(nil)
		if err := c.Run(); !errors.As(err, &failed) || failed.ExitCode() != exitFailed {
			t.Errorf("%v: %v, expected exit code %d", arguments, err, exitFailed)
		}
		if !strings.Contains(messages.String(), "no space left") {
			t.Errorf("%v: %q", arguments, messages.String())
		}
	}
}

// TestSummaryIsStable runs one ensemble twice in separate processes.
func TestSummaryIsStable(t *testing.T) {
	var first string
	for range 2 {
		code, out, messages := outcome(t, handover(t, "run", filepath.Join("testdata", "small"), "--futures", "64", "--json", "--out", t.TempDir()))
		if code != 0 {
			t.Fatal(messages)
		}
		if !json.Valid([]byte(out)) {
			t.Fatalf("not JSON: %.200s", out)
		}
		if first == "" {
			first = out
		}
		if out != first {
			t.Error("two runs of the same ensemble print different summaries")
		}
	}
}
