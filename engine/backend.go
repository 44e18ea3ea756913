package engine

import (
	"fmt"
	"strings"

	"golang.org/x/sys/cpu"

	"handover/engine/amd64"
)

// Backend is what executes a program. All give the same bits.
type Backend int

// The back ends. Auto takes the fastest that the processor has.
const (
	Auto Backend = iota
	Interpreter
	AVX2
	AVX512
)

var backendNames = [...]string{"auto", "interpreter", "avx2", "avx512"}

// String is the name by which users ask for the back end.
func (b Backend) String() string { return backendNames[b] }

// BackendNamed finds a back end by its name; "" is Auto.
func BackendNamed(name string) (Backend, error) {
	for b, n := range backendNames {
		if n == name || name == "" {
			return Backend(b), nil
		}
	}
	return 0, fmt.Errorf("there is no engine %q; expected one of %s", name, strings.Join(backendNames[:], ", "))
}

// hasAVX2 and hasAVX512 say what the processor and the system can do.
func hasAVX2() bool { return cpu.X86.HasAVX2 }

func hasAVX512() bool { return cpu.X86.HasAVX512F && cpu.X86.HasAVX512DQ }

// choose settles which back end a program gets. It fails for one that the
// processor does not have.
func (b Backend) choose() (Backend, error) {
	switch {
	case b == AVX2 && !hasAVX2() || b == AVX512 && !hasAVX512():
		return 0, fmt.Errorf("this processor does not have the instructions of the engine %s; leave the choice to %s", b, Auto)
	case b != Auto:
		return b, nil
	case hasAVX512():
		return AVX512, nil
	case hasAVX2():
		return AVX2, nil
	}
	return Interpreter, nil
}

// form is how machine code is encoded for a back end that has some.
func (b Backend) form() amd64.Form {
	if b == AVX512 {
		return amd64.EVEX512
	}
	return amd64.VEX256
}
