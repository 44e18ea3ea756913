// Package executable holds memory that machine code runs in and works on, and
// the way from Go into it. Code is written while the memory can be written, then
// made executable; it is never both. Around every area lie pages that cannot be
// touched, so that code at fault stops the program and does not spoil its data.
package executable
