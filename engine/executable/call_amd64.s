#include "textflag.h"

// func Call(code, state, pool, frame uintptr) uint64
//
// The code is a leaf: it leaves the stack pointer, the frame pointer and R14 as
// they are, but for return addresses of its own below this frame, for which the
// room that every function finds is enough.
TEXT ·Call(SB), 0, $16-40
	MOVQ code+0(FP), AX
	MOVQ state+8(FP), DI
	MOVQ pool+16(FP), SI
	MOVQ frame+24(FP), DX
	CALL AX
	VZEROUPPER
	MOVQ AX, ret+32(FP)
	RET
