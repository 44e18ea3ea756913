//go:build unix

package store

import (
	"database/sql"
	"os"
	"path/filepath"
	"testing"
	"time"

	"handover/database"
	"handover/internal/postgrestest"
)

func TestMain(m *testing.M) {
	if place := os.Getenv("HANDOVER_TEST_LEDGER"); place != "" {
		child(place)
		return
	}
	code := m.Run()
	postgrestest.Stop()
	os.Exit(code)
}

// places runs a test on a new place of each kind.
func places(t *testing.T, run func(t *testing.T, place string)) {
	t.Run("sqlite", func(t *testing.T) { run(t, filepath.Join(t.TempDir(), "a ledger?.sqlite")) })
	t.Run("postgres", func(t *testing.T) { run(t, postgrestest.Place(t)) })
}

// raw opens the database of a ledger without the package.
func raw(t *testing.T, place string) *sql.DB {
	t.Helper()
	driver := "pgx"
	if !database.Server(place) {
		driver, place = "sqlite", database.File(place, time.Second)
	}
	db, err := sql.Open(driver, place)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}
