package main

import (
	"io/fs"
	"slices"
	"strings"
	"testing/fstest"

	"handover/random"
)

// bootstrap is the 80% interval of a statistic over resamples of n futures.
func bootstrap(n int, seed uint64, of func(chosen []int) float64) (low, high float64) {
	const count = 200
	values := make([]float64, count)
	chosen := make([]int, n)
	for r := range values {
		stream := random.At(seed, uint32(r), 0, random.Site("search"))
		for i := range chosen {
			chosen[i] = int(stream.Uniform() * float64(n))
		}
		values[r] = of(chosen)
	}
	slices.Sort(values)
	return values[count/10], values[count-1-count/10]
}

// replaced is a folder in which one file has another content.
type replaced struct {
	fs.FS
	name, text string
}

// Open implements fs.FS.
func (r replaced) Open(name string) (fs.File, error) {
	if strings.TrimPrefix(name, "./") != r.name {
		return r.FS.Open(name)
	}
	return fstest.MapFS{r.name: {Data: []byte(r.text)}}.Open(r.name)
}
