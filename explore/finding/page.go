package finding

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"

	"handover/report"
)

//go:embed template/page.html
var templates embed.FS

type pageFigure struct {
	ID, Title, Measure, Source string
	Spec                       template.JS
}

type pageTable struct {
	Title, Note string
	Columns     []Column
	Rows        [][]string
	Left        int
}

// page is the finding as one HTML file.
func (f *Finding) page() ([]byte, error) {
	frame, err := report.NewFrame()
	if err != nil {
		return nil, err
	}
	content := struct {
		report.Frame
		*Finding
		Charts []pageFigure
		Shown  []pageTable
	}{Frame: frame, Finding: f}
	for i, g := range f.Figures {
		spec, err := g.Spec.JSON()
		if err != nil {
			return nil, err
		}
		content.Charts = append(content.Charts, pageFigure{fmt.Sprintf("chart-%d", i+1), g.Title, g.Measure, g.Source, template.JS(spec)}) //nolint:gosec // JSON with < and > escaped
	}
	for i := range f.Tables {
		t := &f.Tables[i]
		columns, rows := t.Shown()
		content.Shown = append(content.Shown, pageTable{t.Title, t.Note, columns, rows, len(t.Rows) - len(rows)})
	}
	t, err := template.ParseFS(templates, "template/page.html")
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = t.Execute(&b, content)
	return b.Bytes(), err
}
