package casefile

import (
	"fmt"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"

	"handover/diagnostic"
	"handover/model"
)

// While a strategy's model is checked, the positions of what comes from YAML
// carry the path in the file name. So the offset that the check finds in an
// equation leads back to the place in the file, whatever quotes or folded lines
// lie between.
const mark = "\x00"

func marked(file, path string) diagnostic.Position {
	return diagnostic.Position{File: mark + file + mark + path, Line: 1, Column: 1}
}

var markedPosition = regexp.MustCompile(`\x00([^\x00]+)\x00([^:\x00]*)(:\d+)?(:\d+)?`)

// unmark turns a marked position into the place in the file.
func (l *loader) unmark(p diagnostic.Position, text string) diagnostic.Position {
	parts := strings.SplitN(p.File, mark, 3)
	if len(parts) != 3 {
		return p
	}
	d := l.document(parts[1])
	if d == nil {
		return diagnostic.Position{File: parts[1]}
	}
	offset := 0
	if p.Column > 0 {
		for range p.Line - 1 {
			offset += strings.IndexByte(text[min(offset, len(text)):], '\n') + 1
		}
		offset += p.Column - 1
	}
	if offset == 0 {
		return d.at(parts[2])
	}
	return d.inside(parts[2], offset)
}

// unmarkText turns the marked positions inside a message into places.
func (l *loader) unmarkText(message string) string {
	return markedPosition.ReplaceAllStringFunc(message, func(s string) string {
		g := markedPosition.FindStringSubmatch(s)
		p := diagnostic.Position{File: mark + g[1] + mark + g[2]}
		return l.unmark(p, "").String()
	})
}

// checkModels composes the model of every strategy, with outcomes and series,
// and checks it. A mistake of an outcome that shows under every strategy is
// reported once.
func (l *loader) checkModels() {
	if l.c.Model == nil {
		return
	}
	known := map[diagnostic.Diagnostic]bool{}
	for _, d := range l.checked {
		known[d] = true
	}
	strategies := make([]*Strategy, 0, len(l.c.Strategies)+1)
	for i := range l.c.Strategies {
		strategies = append(strategies, &l.c.Strategies[i])
	}
	if len(strategies) == 0 {
		strategies = append(strategies, &Strategy{})
	}
	found := map[diagnostic.Diagnostic][]string{}
	var order []diagnostic.Diagnostic
	composers := make([]*composer, len(strategies))
	for i, s := range strategies {
		composers[i] = l.c.compose(s, marked)
	}
	lists := l.checkComposed(composers)
	for i, s := range strategies {
		for _, x := range lists[i] {
			if known[x] || !l.months && x.Severity == diagnostic.Warning {
				continue // the wrong time unit, reported once, upsets all units
			}
			if !strings.HasPrefix(x.Position.File, mark) {
				// A mistake that the strategy brings about in the model itself, such as a
				// cycle.
				x.Message = fmt.Sprintf("under this strategy, at %s: %s: %s", x.Position, x.Subject, x.Message)
				x.Subject = s.ID
				x.Position = marked(StrategiesName, fmt.Sprintf("strategies[%d].id", i))
			}
			x.Position, x.Message = l.unmark(x.Position, l.text(x.Position)), l.unmarkText(x.Message)
			if found[x] == nil {
				order = append(order, x)
			}
			found[x] = append(found[x], s.ID)
		}
	}
	for _, x := range order {
		if under := found[x]; x.Position.File == OutcomesName && len(under) < len(strategies) {
			x.Message = "under strategy " + strings.Join(under, ", ") + ": " + x.Message
		}
		l.list = append(l.list, x)
	}
}

// text is the decoded text at a marked position.
func (l *loader) text(p diagnostic.Position) string {
	parts := strings.SplitN(p.File, mark, 3)
	if len(parts) != 3 {
		return ""
	}
	if d := l.document(parts[1]); d != nil {
		return d.scalars[parts[2]]
	}
	return ""
}

// places collects where everything stands that a strategy's model is made of.
func (l *loader) places() map[place]diagnostic.Position {
	all := map[place]diagnostic.Position{}
	for _, d := range []*document{l.strategies, l.outcomes, l.checks, l.history} {
		if d == nil {
			continue
		}
		for path := range d.positions {
			all[place{d.file, path}] = d.start(path)
		}
	}
	return all
}

// checkComposed lists what is wrong with each of some composed models, which are
// checked side by side: a case has dozens, and they take most of reading it.
func (l *loader) checkComposed(composers []*composer) []diagnostic.List {
	lists := make([]diagnostic.List, len(composers))
	var next atomic.Int64
	var all sync.WaitGroup
	for range min(len(composers), runtime.GOMAXPROCS(0)) {
		all.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(composers) {
					return
				}
				lists[i] = composers[i].list
				if l.complete {
					lists[i] = append(lists[i], model.Check(composers[i].m)...)
				}
			}
		})
	}
	all.Wait()
	return lists
}
