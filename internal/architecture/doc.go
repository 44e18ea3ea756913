// Package architecture holds no code, only the test that keeps the picture in
// ARCHITECTURE.md true: which package may import which.
package architecture
