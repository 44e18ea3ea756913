package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestFullDisk(t *testing.T) {
	small := t.TempDir()
	if err := syscall.Mount("tmpfs", small, "tmpfs", 0, "size=256k"); err != nil {
		t.Skipf("a small disk cannot be mounted here: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(small, 0); err != nil {
			t.Error(err)
		}
	})
	code, out, messages := outcome(t, handover(t, "run", filepath.Join("testdata", "small"), "--futures", "50000", "--out", small))
	if code != exitFailed {
		t.Errorf("the exit code is %d, expected %d", code, exitFailed)
	}
	if out != "" {
		t.Errorf("printed %q", out)
	}
	if !strings.Contains(messages, "disk is full") || strings.Count(messages, "\n") > 3 {
		t.Errorf("expected one clear message, got %q", messages)
	}
	for _, name := range finalNames {
		found, err := filepath.Glob(filepath.Join(small, "small", "*", name))
		if err != nil {
			t.Fatal(err)
		}
		if len(found) > 0 {
			t.Errorf("%s is there, of a run that could not be written", name)
		}
	}

	// A case that does not fit is not left half written.
	filler := filepath.Join(small, "filler")
	f, err := os.Create(filler)
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := f.Write(make([]byte, 4096)); err != nil {
			break
		}
	}
	f.Close()
	code, _, messages = outcome(t, handover(t, "new", filepath.Join(small, "mine")))
	if code != exitFailed || strings.Count(messages, "\n") > 2 {
		t.Errorf("new on a full disk: exit code %d, %q", code, messages)
	}
	if _, err := os.Stat(filepath.Join(small, "mine", "case.yaml")); err == nil {
		t.Error("half a case was left behind")
	}
}
