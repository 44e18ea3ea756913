//go:build unix

package book

import (
	"os"
	"path/filepath"
	"testing"

	"handover/internal/postgrestest"
)

func TestMain(m *testing.M) {
	if child := os.Getenv("HANDOVER_TEST_WRITER"); child != "" {
		write(child)
		return
	}
	code := m.Run()
	postgrestest.Stop()
	os.Exit(code)
}

// places runs a test on an empty book of each kind.
func places(t *testing.T, run func(t *testing.T, place string)) {
	t.Run("sqlite", func(t *testing.T) { run(t, filepath.Join(t.TempDir(), "book.sqlite")) })
	t.Run("postgres", func(t *testing.T) { run(t, postgrestest.Place(t)) })
}
