package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"handover/casefile"
	"handover/ensemble"
	"handover/programme/compare"
	"handover/signpost"
)

// discoveryMonth is the month, from the base date, at whose figures a discovery
// looks.
const discoveryMonth = 12

// discover looks for limits on figures that come before what a signpost warns of,
// and prints them as a signpost, with its record in futures that it was not found
// in.
func (v *watchVerb) discover(ctx context.Context, n *counted, to streams) error {
	c := n.c
	i := slices.IndexFunc(c.Signposts, func(s casefile.Signpost) bool { return s.ID == v.Discover })
	if i < 0 {
		return usage("", "--discover: %s has no signpost %q", casefile.SignpostsName, v.Discover)
	}
	of := c.Signposts[i]
	if of.Warns == nil || of.Warns.Series == "" {
		return usage("add the series to its warns", "--discover: the signpost %s warns of nothing that the model has a series of", of.ID)
	}
	candidates := observable(c)
	if len(candidates) == 0 {
		return usage("give lines of programme.yaml the series that the model has of them", "--discover: the case observes nothing that the model has a series of")
	}
	ids := []string{of.Warns.Series}
	for _, w := range candidates {
		if !slices.Contains(ids, w.Series) {
			ids = append(ids, w.Series)
		}
	}
	base, err := compare.Base(c)
	if err != nil {
		return err
	}
	sources := signpost.Sources{Case: c, Series: n.series}
	k := sources.Dispersions()
	runs := [2]map[string]signpost.Paths{}
	for which := range runs {
		var all []map[string]signpost.Paths
		for _, id := range c.Default {
			paths, err := signpost.Futures(ctx, ensemble.Request{Case: c, Strategies: []string{id}, Futures: v.Futures, Seed: v.Seed + uint64(which), Engine: v.Engine, Version: version}, ids)
			if err != nil {
				if errors.Is(err, context.Canceled) {
					return &failure{code: exitInterrupted, err: errors.New("stopped")}
				}
				return err
			}
			all = append(all, paths)
		}
		runs[which] = signpost.Join(all...)
	}
	found, err := signpost.Discover(candidates, *of.Warns, runs[0], k, discoveryMonth, v.Seed)
	if errors.Is(err, signpost.ErrFew) {
		return &failure{code: exitFailed, err: fmt.Errorf("%w (run more futures with --futures, or warn of something less rare)", err)}
	}
	if err != nil {
		return err
	}
	found.Signpost.ID, found.Signpost.Alert = "discovered-"+of.ID, of.Alert
	record := signpost.Simulated(found.Signpost, base, runs[1], k, v.Seed+1)
	var b strings.Builder
	fmt.Fprintf(&b, "# %d futures under each of %s. In as many others it warned of %d of %d beginnings", v.Futures, strings.Join(c.Default, ", "), record.Warned, record.Onsets)
	if len(record.Leads) > 0 {
		fmt.Fprintf(&b, ", %g months before (median)", record.MedianLead())
	}
	fmt.Fprintf(&b, ",\n# and was false %.3f times a year.\n", record.FalsePerYear())
	text, err := yaml.MarshalWithOptions([]casefile.Signpost{found.Signpost}, yaml.IndentSequence(true), yaml.OmitEmpty(), yaml.Indent(2))
	if err != nil {
		return err
	}
	b.WriteString("signposts:\n")
	for line := range strings.SplitSeq(strings.TrimRight(string(text), "\n"), "\n") {
		b.WriteString("  " + line + "\n")
	}
	_, err = io.WriteString(to.out, b.String())
	return err
}

// observable lists what can be watched and what the model has a series of.
func observable(c *casefile.Case) (out []casefile.Watched) {
	add := func(w casefile.Watched) {
		if w.Series != "" && !slices.ContainsFunc(out, func(o casefile.Watched) bool { return o.Series == w.Series }) {
			out = append(out, w)
		}
	}
	for _, s := range c.Signposts {
		for _, w := range s.Watch {
			add(casefile.Watched{Indicator: w.Indicator, Line: w.Line, Series: w.Series})
		}
	}
	for _, l := range c.Programme.Lines {
		add(casefile.Watched{Line: l.ID, Series: l.Series})
	}
	return out
}
