package programme

import (
	"encoding/csv"
	"strings"

	"handover/casefile"
	"handover/diagnostic"
	"handover/evidence"
)

// ShippedBy is who enters what comes with a case.
const ShippedBy = "case"

// Shipped is the ledger of the data table that comes with a case; nil when
// programme.yaml names none. The list says what is wrong with the table.
func Shipped(c *casefile.Case) (*Ledger, diagnostic.List) {
	source := c.Tables[c.Programme.Ledger]
	if source == nil {
		return nil, nil
	}
	var text strings.Builder
	w := csv.NewWriter(&text)
	// A strings.Builder takes all that is written to it.
	_ = w.Write(source.Columns)
	_ = w.WriteAll(source.Rows)
	table, list := NewTable(source.Path, strings.NewReader(text.String()), NamesOf(c), ShippedBy)
	if len(list) > 0 {
		return nil, list
	}
	var all []Entry
	for row, err := range table.Rows() {
		if err != nil {
			return nil, table.Mistakes()
		}
		if row.Corrects != 0 {
			table.Fail(row.Line, "kind", "corrects", "change the row that it corrects", "a table that comes with a case holds no corrections")
			return nil, table.Mistakes()
		}
		row.Number = int64(len(all) + 1)
		all = append(all, row.Entry)
	}
	return NewLedger(all), nil
}

// LastMonth is the last month in which something that was done became public;
// false when there is nothing of the kind.
func (l *Ledger) LastMonth() (last evidence.Month, ok bool) {
	for _, e := range l.All {
		if e.Side == Done && (!ok || e.Known() > last) {
			last, ok = e.Known(), true
		}
	}
	return last, ok
}
