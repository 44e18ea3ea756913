package executable

// Call runs machine code at an address with the addresses of its state, its pool
// of constants and its frame in DI, SI and DX, and returns what it leaves in AX.
// The caller keeps the memory of all four reachable.
func Call(code, state, pool, frame uintptr) uint64
