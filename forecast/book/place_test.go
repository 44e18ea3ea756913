//go:build unix

package book

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
	"syscall"
	"testing"
	"time"
)

// testServer is a PostgreSQL server for the tests of the package, started once,
// on a socket in a folder of its own.
var testServer serverAt

type serverAt struct {
	once   sync.Once
	socket string
	// reason is why there is none.
	reason string
	stop   func()
}

func TestMain(m *testing.M) {
	if child := os.Getenv("HANDOVER_TEST_WRITER"); child != "" {
		write(child)
		return
	}
	code := m.Run()
	if testServer.stop != nil {
		testServer.stop()
	}
	os.Exit(code)
}

// binary finds a program of PostgreSQL, which Debian keeps off the path.
func binary(name string) string {
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/" + name)
	if len(found) == 0 {
		return ""
	}
	return found[len(found)-1]
}

func startServer() {
	s := &testServer
	initdb, postgres := binary("initdb"), binary("postgres")
	if initdb == "" || postgres == "" {
		s.reason = "PostgreSQL is not installed (initdb and postgres)"
		return
	}
	folder, err := os.MkdirTemp("", "book")
	if err != nil {
		s.reason = err.Error()
		return
	}
	attributes := &syscall.SysProcAttr{}
	if os.Geteuid() == 0 {
		// The server refuses to run as root.
		nobody, err := user.Lookup("nobody")
		if err != nil {
			s.reason = err.Error()
			return
		}
		uid, _ := strconv.Atoi(nobody.Uid)
		gid, _ := strconv.Atoi(nobody.Gid)
		attributes.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		if err := errors.Join(os.Chown(folder, uid, gid), os.Chmod(folder, 0o755)); err != nil {
			s.reason = err.Error()
			return
		}
	}
	run := func(name string, arguments ...string) *exec.Cmd {
		c := exec.Command(name, arguments...)
		c.Dir, c.SysProcAttr = folder, attributes
		return c
	}
	data := filepath.Join(folder, "data")
	if out, err := run(initdb, "-D", data, "-U", "tester", "-A", "trust", "-E", "UTF8", "--locale=C", "-N").CombinedOutput(); err != nil {
		s.reason = fmt.Sprintf("initdb: %v: %s", err, out)
		return
	}
	log := &bytes.Buffer{}
	c := run(postgres, "-D", data, "-k", folder, "-c", "listen_addresses=", "-c", "fsync=off")
	c.Stderr = log
	if err := c.Start(); err != nil {
		s.reason = err.Error()
		return
	}
	s.stop = func() {
		_ = c.Process.Signal(syscall.SIGINT)
		_ = c.Wait()
		_ = os.RemoveAll(folder)
	}
	s.socket = folder
	for range 100 {
		db, err := sql.Open("pgx", s.url("postgres"))
		if err == nil {
			err = errors.Join(db.Ping(), db.Close())
		}
		if err == nil {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	s.reason = "the server does not answer: " + log.String()
}

func (s *serverAt) url(name string) string {
	return "postgres://tester@/" + name + "?host=" + s.socket
}

// places runs a test on an empty book of each kind.
func places(t *testing.T, run func(t *testing.T, place string)) {
	t.Run("sqlite", func(t *testing.T) { run(t, filepath.Join(t.TempDir(), "book.sqlite")) })
	t.Run("postgres", func(t *testing.T) { run(t, postgresPlace(t)) })
}

// postgresPlace is an empty database.
func postgresPlace(t *testing.T) string {
	t.Helper()
	testServer.once.Do(startServer)
	if testServer.reason != "" {
		t.Skip(testServer.reason)
	}
	db, err := sql.Open("pgx", testServer.url("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	name := fmt.Sprintf("book%d", databases.next())
	if _, err := db.ExecContext(context.Background(), "CREATE DATABASE "+name); err != nil {
		t.Fatal(err)
	}
	return testServer.url(name)
}

type counter struct {
	mutex sync.Mutex
	n     int
}

func (c *counter) next() int {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.n++
	return c.n
}

var databases counter
