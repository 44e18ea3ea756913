package trajectory

import (
	"bufio"
	"encoding/csv"
	"io"
	"strconv"
)

// WriteCSV writes a table: time first, then a column an element, a row a save time.
// Numbers are written with as many digits as it takes to read the same number
// again; what is not finite is written NaN, Inf or -Inf.
func (t *Trajectory) WriteCSV(w io.Writer) error {
	buffer := bufio.NewWriterSize(w, 1<<16)
	table := csv.NewWriter(buffer)
	row := []string{"time"}
	for _, v := range t.Variables {
		row = append(row, v.Columns...)
	}
	if err := table.Write(row); err != nil {
		return err
	}
	for k, time := range t.Times {
		row = append(row[:0], number(time))
		for _, v := range t.Variables {
			for _, values := range v.Values {
				row = append(row, number(values[k]))
			}
		}
		if err := table.Write(row); err != nil {
			return err
		}
	}
	table.Flush()
	if err := table.Error(); err != nil {
		return err
	}
	return buffer.Flush()
}

func number(x float64) string {
	s := strconv.FormatFloat(x, 'g', -1, 64)
	if s == "+Inf" {
		return "Inf"
	}
	return s
}
