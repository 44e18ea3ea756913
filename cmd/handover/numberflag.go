package main

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"

	"github.com/alecthomas/kong"
)

// numberFlags are the options by which the command line reads whole numbers, seeds and
// quantities. Kong's own take "-274" after a space for a flag, "010" for eight and
// "nan" for a quantity, and name the types of Go in what they say.
func numberFlags() []kong.Option {
	whole := numberFlag("a whole number", func(text string, to reflect.Value) error {
		n, err := strconv.ParseInt(text, 10, to.Type().Bits())
		to.SetInt(n)
		return err
	})
	return []kong.Option{
		kong.KindMapper(reflect.Int, whole),
		kong.KindMapper(reflect.Int64, whole),
		kong.KindMapper(reflect.Uint64, numberFlag("a whole number of 0 or more", func(text string, to reflect.Value) error {
			n, err := strconv.ParseUint(text, 10, to.Type().Bits())
			to.SetUint(n)
			return err
		})),
		kong.KindMapper(reflect.Float64, numberFlag("a number", func(text string, to reflect.Value) error {
			x, err := strconv.ParseFloat(text, to.Type().Bits())
			if err == nil && (math.IsNaN(x) || math.IsInf(x, 0)) {
				err = strconv.ErrSyntax
			}
			to.SetFloat(x)
			return err
		})),
	}
}

// numberFlag reads one value, whatever sign it begins with; expected says what it must be.
func numberFlag(expected string, read func(text string, to reflect.Value) error) kong.Mapper {
	return kong.MapperFunc(func(context *kong.DecodeContext, target reflect.Value) error {
		token := context.Scan.Pop()
		if token.IsEOL() {
			return fmt.Errorf("expected %s; got nothing", expected)
		}
		text := fmt.Sprint(token.Value)
		if err := read(text, target); errors.Is(err, strconv.ErrRange) {
			return fmt.Errorf("expected %s; %q is too large to count with", expected, text)
		} else if err != nil {
			return fmt.Errorf("expected %s; got %q", expected, text)
		}
		return nil
	})
}
