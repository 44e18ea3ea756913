//go:build linux || darwin || freebsd

package executable

import (
	"errors"
	"runtime"
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
