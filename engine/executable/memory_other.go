//go:build !(linux || darwin || freebsd)

package executable

import "errors"

// Memory is an area between two guard pages; there is none on this system.
type Memory struct{}

// NewMemory fails: machine code is not supported on this system.
func NewMemory(int) (*Memory, error) {
	return nil, errors.New("machine code is not supported on this operating system")
}

// Seal fails.
func (m *Memory) Seal() error {
	return errors.New("machine code is not supported on this operating system")
}

// Bytes is nil.
func (m *Memory) Bytes() []byte { return nil }

// Floats is nil.
func (m *Memory) Floats() []float64 { return nil }

// Words is nil.
func (m *Memory) Words() []uint64 { return nil }

// AddressOf is 0.
func AddressOf([]float64) uintptr { return 0 }

// Address is 0.
func (m *Memory) Address() uintptr { return 0 }
