package vensim

// rangeItem is an element, another range, or the elements first to last.
type rangeItem struct {
	name token
	last *token
}

type mappingItem struct {
	to    token
	items []token // empty: element by element
}

// rangeEntry defines a subscript range.
type rangeEntry struct {
	name     token
	items    []rangeItem
	mappings []mappingItem
	copyOf   *token // DimB <-> DimA
	call     *apply // GET DIRECT SUBSCRIPT
}

// rangeEntry reads "name: items -> mappings" or "name <-> other".
func (p *parser) rangeEntry() (*rangeEntry, error) {
	d := &rangeEntry{name: p.now()}
	p.next()
	if p.symbol("<->") {
		p.next()
		other := p.now()
		if other.kind != tokenName {
			return nil, p.expected("the range of which this is a copy")
		}
		d.copyOf = &other
		p.next()
		return d, p.finished()
	}
	p.next()
	for {
		switch t := p.now(); {
		case p.symbol("("):
			p.next()
			first := p.now()
			p.next()
			if err := p.take("-"); err != nil {
				return nil, err
			}
			last := p.now()
			if first.kind != tokenName || last.kind != tokenName {
				return nil, p.expected("a range of elements such as (A1-A10)")
			}
			p.next()
			if err := p.take(")"); err != nil {
				return nil, err
			}
			d.items = append(d.items, rangeItem{first, &last})
		case t.kind == tokenName && p.ahead(1).kind == tokenSymbol && p.ahead(1).text == "(":
			x, err := p.primary()
			if err != nil {
				return nil, err
			}
			d.call = x.(*apply)
		case t.kind == tokenName || t.kind == tokenNumber:
			d.items = append(d.items, rangeItem{name: t})
			p.next()
		default:
			return nil, p.expected("an element or range")
		}
		if !p.symbol(",") {
			break
		}
		p.next()
	}
	if p.symbol("->") {
		p.next()
		for {
			var m mappingItem
			bracket := p.symbol("(")
			if bracket {
				p.next()
			}
			if m.to = p.now(); m.to.kind != tokenName {
				return nil, p.expected("the range to map to")
			}
			p.next()
			if bracket {
				if err := p.take(":"); err != nil {
					return nil, err
				}
				for !p.symbol(")") {
					if k := p.now().kind; k != tokenName && k != tokenNumber {
						return nil, p.expected("an element or range")
					}
					m.items = append(m.items, p.now())
					p.next()
					if p.symbol(",") {
						p.next()
					}
				}
				p.next()
			}
			d.mappings = append(d.mappings, m)
			if !p.symbol(",") {
				break
			}
			p.next()
		}
	}
	return d, p.finished()
}
