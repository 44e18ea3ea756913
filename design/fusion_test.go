package design

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// fused finds the instructions that multiply and add with one rounding.
var fused = regexp.MustCompile(`(?m)^.*\s(FN?M(?:ADD|SUB)[DS]|VFN?M(?:ADD|SUB)\w*)\s.*$`)

// TestNothingIsFused compiles the packages that results depend on for machines
// with fused multiply-add and looks for such instructions: one would make the last
// bit of a result differ between machines.
func TestNothingIsFused(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles for other machines")
	}
	goTool, err := exec.LookPath("go")
	if err != nil {
		t.Skip("no go command")
	}
	listing := func(dir, target string, arguments ...string) string {
		t.Helper()
		c := exec.Command(goTool, append([]string{"build"}, arguments...)...)
		c.Dir = dir
		c.Env = append(os.Environ(), "GOOS=linux", "CGO_ENABLED=0", "GOFLAGS=", "GOWORK=off", target)
		if target != "GOARCH=arm64" {
			c.Env = append(c.Env, "GOARCH=amd64")
		}
		out, err := c.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%.2000s", target, err, out)
		}
		return string(out)
	}
	// The test must see a fusion where there is one.
	control := t.TempDir()
	for name, text := range map[string]string{
		"go.mod": "module control\n\ngo 1.26\n",
		"c.go":   "package control\n\nfunc F(x, y, z float64) float64 { return x*y + z }\n\nfunc G(x, y, z float64) float64 { return z - x*y }\n",
	} {
		if err := os.WriteFile(filepath.Join(control, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, target := range []string{"GOARCH=arm64", "GOAMD64=v3"} {
		if found := fused.FindAllString(listing(control, target, "-gcflags=-S", "."), -1); len(found) == 0 {
			t.Fatalf("%s: no fused instruction found in the control", target)
		}
		for _, folder := range []string{"fpmath", "random", "design"} {
			text := listing("..", target, "-gcflags=handover/"+folder+"=-S", "./"+folder)
			if !strings.Contains(text, "handover/"+folder+".") || !strings.Contains(text, "MUL") {
				t.Fatalf("%s: no listing of %s", target, folder)
			}
			for _, line := range fused.FindAllString(text, 20) {
				t.Errorf("%s: fused: %s", target, strings.TrimSpace(line))
			}
		}
	}
}
