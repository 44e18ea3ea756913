// Package fpmath has the elementary functions that results depend on, computed
// so that the same arguments give the same bits on every machine.
//
// Go's own math package uses assembly on some machines, and the compiler may
// fuse a product and a sum into one rounding (arm64, s390x, ppc64, riscv64,
// amd64 at GOAMD64=v3), so that its exp or log differs in the last bit from one
// machine to the next. Here only operations that IEEE 754 rounds exactly are
// used (+ - * / and the square root, integer work on the bits), and every
// product that feeds a sum is rounded on its own by an explicit conversion. A
// NaN argument gives a NaN, but for the cases that C99 and IEEE 754 exempt in
// [Pow]. Special values are those of C99 annex F.
package fpmath

import "math"

// muladd returns x*y + z with two roundings: the conversion forbids the
// compiler to fuse them.
func muladd(x, y, z float64) float64 { return float64(x*y) + z }

// two26 splits a float64 in halves whose products are exact (Dekker 1971,
// "A floating-point technique for extending the available precision").
const two26 = 1<<27 + 1

// product returns x*y as a rounded value and its exact rounding error. It needs
// |x| and |y| below 2^990 and the product above 2^-960.
func product(x, y float64) (high, low float64) {
	high = float64(x * y)
	t := float64(two26 * x)
	xh := t - (t - x)
	xl := x - xh
	t = float64(two26 * y)
	yh := t - (t - y)
	yl := y - yh
	low = float64(xh*yh) - high
	low += float64(xh * yl)
	low += float64(xl * yh)
	low += float64(xl * yl)
	return high, low
}

// Floor returns the greatest integer not above x. Infinities, NaN and zeros
// come back as they are.
func Floor(x float64) float64 { return math.Floor(x) }

// Ceil returns the least integer not below x. Infinities, NaN and zeros come
// back as they are.
func Ceil(x float64) float64 { return math.Ceil(x) }

// Trunc returns the integer part of x, rounded towards zero.
func Trunc(x float64) float64 { return math.Trunc(x) }

// Sqrt returns the square root of x, correctly rounded; NaN below zero.
func Sqrt(x float64) float64 { return math.Sqrt(x) }

// Mod returns x - n*y for the integer n that makes the result as large as
// possible without reaching |y|; it has the sign of x (C's fmod). The result is
// exact, so every implementation gives the same bits. NaN if x is infinite or
// y is zero.
func Mod(x, y float64) float64 { return math.Mod(x, y) }
