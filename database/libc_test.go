package database

import (
	"encoding/json"
	"os/exec"
	"testing"
)

// TestLibc: the translated SQLite works with exactly the version of
// modernc.org/libc that it was translated with (its documentation, "Fragile
// modernc.org/libc dependency").
func TestLibc(t *testing.T) {
	type module struct {
		Path, Version, Dir string
		GoMod              string
	}
	list := func(path string) module {
		out, err := exec.Command("go", "list", "-m", "-json", path).Output()
		if err != nil {
			t.Fatalf("go list -m %s: %v", path, err)
		}
		var m module
		if err := json.Unmarshal(out, &m); err != nil {
			t.Fatal(err)
		}
		return m
	}
	out, err := exec.Command("go", "mod", "edit", "-json", list("modernc.org/sqlite").GoMod).Output()
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Require []module }
	if err := json.Unmarshal(out, &file); err != nil {
		t.Fatal(err)
	}
	for _, r := range file.Require {
		if r.Path == "modernc.org/libc" {
			if have := list("modernc.org/libc").Version; have != r.Version {
				t.Errorf("modernc.org/libc is %s; modernc.org/sqlite was made with %s: go get modernc.org/libc@%s", have, r.Version, r.Version)
			}
			return
		}
	}
	t.Error("modernc.org/sqlite does not require modernc.org/libc any more")
}
