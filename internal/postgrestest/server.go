//go:build unix

// Package postgrestest starts a PostgreSQL server for tests.
package postgrestest

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

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
)

// server is the server of a test binary, started once, on a socket in a folder of
// its own.
var server struct {
	once   sync.Once
	socket string
	// reason is why there is none.
	reason error
	stop   func()
	made   atomic.Int64
}

// Stop ends the server. A package's TestMain calls it after its tests.
func Stop() {
	if server.stop != nil {
		server.stop()
	}
}

// Place is the URL of an empty database. The test is skipped, with the reason, where
// there is no PostgreSQL.
func Place(t testing.TB) string {
	t.Helper()
	server.once.Do(func() { server.reason = start() })
	if server.reason != nil {
		t.Skip(server.reason)
	}
	db, err := sql.Open("pgx", url("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	name := fmt.Sprintf("test%d", server.made.Add(1))
	if _, err := db.ExecContext(context.Background(), "CREATE DATABASE "+name); err != nil {
		t.Fatal(err)
	}
	return url(name)
}

func url(name string) string { return "postgres://tester@/" + name + "?host=" + server.socket }

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

func start() error {
	initdb, postgres := binary("initdb"), binary("postgres")
	if initdb == "" || postgres == "" {
		return errors.New("PostgreSQL is not installed (initdb and postgres)")
	}
	folder, err := os.MkdirTemp("", "postgrestest")
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
		db, err := sql.Open("pgx", url("postgres"))
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
