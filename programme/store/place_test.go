//go:build unix

package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// server is a PostgreSQL server for the tests of the package, started once, on a
// socket in a folder of its own.
var server struct {
	once   sync.Once
	socket string
	// reason is why there is none.
	reason string
	stop   func()
	made   atomic.Int64
}

func TestMain(m *testing.M) {
	if place := os.Getenv("HANDOVER_TEST_LEDGER"); place != "" {
		child(place)
		return
	}
	code := m.Run()
	if server.stop != nil {
		server.stop()
	}
	os.Exit(code)
}

// binary finds a program of PostgreSQL, which Debian keeps off the path.
func binary(name string) string {
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	if found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/" + name); len(found) > 0 {
		return found[len(found)-1]
	}
	return ""
}

func startServer() error {
	initdb, postgres := binary("initdb"), binary("postgres")
	if initdb == "" || postgres == "" {
		return errors.New("PostgreSQL is not installed (initdb and postgres)")
	}
	folder, err := os.MkdirTemp("", "ledger")
	if err != nil {
		return err
	}
	attributes := &syscall.SysProcAttr{}
	if os.Geteuid() == 0 {
		// The server refuses to run as root.
		nobody, err := user.Lookup("nobody")
		if err != nil {
			return err
		}
		uid, _ := strconv.Atoi(nobody.Uid)
		gid, _ := strconv.Atoi(nobody.Gid)
		attributes.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		if err := errors.Join(os.Chown(folder, uid, gid), os.Chmod(folder, 0o755)); err != nil {
			return err
		}
	}
	run := func(name string, arguments ...string) *exec.Cmd {
		c := exec.Command(name, arguments...)
		c.Dir, c.SysProcAttr = folder, attributes
		return c
	}
	data := filepath.Join(folder, "data")
	if out, err := run(initdb, "-D", data, "-U", "tester", "-A", "trust", "-E", "UTF8", "--locale=C", "-N").CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	log := &bytes.Buffer{}
	c := run(postgres, "-D", data, "-k", folder, "-c", "listen_addresses=", "-c", "fsync=off")
	c.Stderr = log
	if err := c.Start(); err != nil {
		return err
	}
	server.stop = func() {
		_ = c.Process.Signal(syscall.SIGINT)
		_ = c.Wait()
		_ = os.RemoveAll(folder)
	}
	server.socket = folder
	for range 100 {
		db, err := sql.Open("pgx", database("postgres"))
		if err == nil {
			err = errors.Join(db.Ping(), db.Close())
		}
		if err == nil {
			return nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	return errors.New("the server does not answer: " + log.String())
}

func database(name string) string { return "postgres://tester@/" + name + "?host=" + server.socket }

// places runs a test on a new place of each kind.
func places(t *testing.T, run func(t *testing.T, place string)) {
	t.Run("sqlite", func(t *testing.T) { run(t, filepath.Join(t.TempDir(), "a ledger?.sqlite")) })
	t.Run("postgres", func(t *testing.T) { run(t, postgresPlace(t)) })
}

// postgresPlace is an empty database.
func postgresPlace(t testing.TB) string {
	t.Helper()
	server.once.Do(func() {
		if err := startServer(); err != nil {
			server.reason = err.Error()
		}
	})
	if server.reason != "" {
		t.Skip(server.reason)
	}
	db, err := sql.Open("pgx", database("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	name := fmt.Sprintf("ledger%d", server.made.Add(1))
	if _, err := db.ExecContext(context.Background(), "CREATE DATABASE "+name); err != nil {
		t.Fatal(err)
	}
	return database(name)
}

// raw opens the database of a ledger without the package.
func raw(t *testing.T, place string) *sql.DB {
	t.Helper()
	driver := "pgx"
	if !Server(place) {
		driver, place = "sqlite", source(place)
	}
	db, err := sql.Open(driver, place)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}
