//go:build linux || darwin || freebsd

package executable

import (
	"errors"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestMemory(t *testing.T) {
	m, err := NewMemory(5000)
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Bytes()) != 5000 || len(m.Floats()) != 625 || m.Address() == 0 || m.Address()%4096 != 0 {
		t.Fatalf("%d bytes, %d numbers at %x", len(m.Bytes()), len(m.Floats()), m.Address())
	}
	m.Floats()[624] = 1
}

// TestGuards touches the pages around an area, which must stop the program.
func TestGuards(t *testing.T) {
	m, err := NewMemory(8192)
	if err != nil {
		t.Fatal(err)
	}
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	stopped := func(i int) (stopped bool) {
		defer func() { stopped = recover() != nil }()
		m.whole[i] = 1
		return false
	}
	page := os.Getpagesize()
	for i, want := range map[int]bool{page - 1: true, page: false, page + 8191: false, len(m.whole) - page: true} {
		if got := stopped(i); got != want {
			t.Errorf("writing byte %d of the pages: stopped is %v, expected %v", i, got, want)
		}
	}
}

// TestSealedCannotBeWritten writes into code.
func TestSealedCannotBeWritten(t *testing.T) {
	m, err := NewMemory(16)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Seal(); err != nil {
		t.Skip(err)
	}
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if recover() == nil {
			t.Error("sealed memory was written")
		}
	}()
	m.Bytes()[0] = 1
}

func TestCall(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("no machine code on this processor")
	}
	m, err := NewMemory(16)
	if err != nil {
		t.Fatal(err)
	}
	copy(m.Bytes(), []byte{0xb8, 77, 0, 0, 0, 0xc3}) // mov eax, 77; ret
	if err := m.Seal(); err != nil {
		t.Skip(err)
	}
	if got := Call(m.Address(), 0, 0, 0); got != 77 {
		t.Errorf("got %d, expected 77", got)
	}
}

func TestForbidden(t *testing.T) {
	protect = func([]byte, int) error { return unix.EACCES }
	defer func() { protect = unix.Mprotect }()
	m, err := NewMemory(16)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Seal(); !errors.Is(err, unix.EACCES) || !strings.Contains(err.Error(), "does not let a program make machine code") {
		t.Errorf("got %v", err)
	}
}
