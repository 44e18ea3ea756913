package engine

// part is a stretch of a block's runs as a block of its own, for a worker whose
// lanes are fewer than the block's runs.
type part struct {
	Block
	inputs, reductions, series []float64
	bad                        []int
	variables                  []string
}

func grown[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}

// take makes the part of n runs from run at on.
func (p *part) take(b *Block, at, n int) {
	p.inputs = grown(p.inputs, len(b.Inputs)/b.Runs*n)
	p.reductions = grown(p.reductions, len(b.Reductions)/b.Runs*n)
	p.bad, p.variables = grown(p.bad, n), grown(p.variables, n)
	p.Block = Block{Seed: b.Seed, First: b.First + at, Runs: n, Inputs: p.inputs, Reductions: p.reductions, Bad: p.bad, BadVariable: p.variables}
	if b.Numbers != nil {
		p.Numbers = b.Numbers[at:][:n]
	}
	for v := range len(b.Inputs) / b.Runs {
		copy(p.inputs[v*n:(v+1)*n], b.Inputs[v*b.Runs+at:])
	}
	if b.Series != nil {
		p.series = grown(p.series, len(b.Series)/b.Runs*n)
		p.Series = p.series
	}
}

// give writes the results of the part to their places in the block.
func (p *part) give(b *Block, at int) {
	n := p.Runs
	for r := range len(b.Reductions) / b.Runs {
		copy(b.Reductions[r*b.Runs+at:], p.reductions[r*n:(r+1)*n])
	}
	if b.Series != nil {
		for s := range len(b.Series) / b.Runs {
			copy(b.Series[s*b.Runs+at:], p.series[s*n:(s+1)*n])
		}
	}
	copy(b.Bad[at:], p.bad)
	copy(b.BadVariable[at:], p.variables)
}
