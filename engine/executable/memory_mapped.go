//go:build linux || darwin || freebsd

package executable

import (
	"fmt"
	"os"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Memory is an area between two guard pages. It is given back when the value is
// no longer reachable, so whoever uses its bytes keeps the value.
type Memory struct {
	whole, bytes []byte
}

// protect is unix.Mprotect; a test puts a system that forbids it in its place.
var protect = unix.Mprotect

// NewMemory returns size bytes of zeros that can be read and written.
func NewMemory(size int) (*Memory, error) {
	page := os.Getpagesize()
	inner := (size + page - 1) / page * page
	whole, err := unix.Mmap(-1, 0, inner+2*page, unix.PROT_NONE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		return nil, fmt.Errorf("memory for machine code: %w", err)
	}
	m := &Memory{whole: whole, bytes: whole[page : page+inner : page+inner]}
	if inner > 0 {
		if err := unix.Mprotect(m.bytes, unix.PROT_READ|unix.PROT_WRITE); err != nil {
			_ = unix.Munmap(whole)
			return nil, fmt.Errorf("memory for machine code: %w", err)
		}
	}
	m.bytes = m.bytes[:size]
	runtime.AddCleanup(m, func(whole []byte) { _ = unix.Munmap(whole) }, whole)
	return m, nil
}

// Seal makes the memory executable and read-only. It fails where the system
// does not let a program make code.
func (m *Memory) Seal() error {
	if err := protect(m.bytes[:cap(m.bytes)], unix.PROT_READ|unix.PROT_EXEC); err != nil {
		return fmt.Errorf("this system does not let a program make machine code (%w)", err)
	}
	return nil
}

// Bytes is the area.
func (m *Memory) Bytes() []byte { return m.bytes }

// Floats is the area as numbers.
func (m *Memory) Floats() []float64 {
	return unsafe.Slice((*float64)(unsafe.Pointer(unsafe.SliceData(m.bytes))), len(m.bytes)/8)
}

// Words is the area as 64-bit words.
func (m *Memory) Words() []uint64 {
	return unsafe.Slice((*uint64)(unsafe.Pointer(unsafe.SliceData(m.bytes))), len(m.bytes)/8)
}

// AddressOf is where numbers lie, for machine code to write them. It holds as
// long as they are kept and lie on the heap.
func AddressOf(numbers []float64) uintptr { return uintptr(unsafe.Pointer(unsafe.SliceData(numbers))) }

// Address is where the area begins.
func (m *Memory) Address() uintptr { return uintptr(unsafe.Pointer(unsafe.SliceData(m.bytes))) }
