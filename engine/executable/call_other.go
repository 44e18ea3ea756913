//go:build !amd64

package executable

// Call is never reached where there is no machine code.
func Call(code, state, pool, frame uintptr) uint64 {
	panic("executable: no machine code on this processor")
}
