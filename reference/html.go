package reference

import (
	_ "embed"
	"html/template"
	"io"
	"strings"

	"handover/model"
)

//go:embed page.html
var page string

var pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{
	"of":     Of,
	"curve":  Curve,
	"number": model.Number64,
	"lines":  func(s string) []string { return strings.Split(strings.TrimSpace(s), "\n") },
	"join":   strings.Join,
}).Parse(page))

// WriteHTML writes the reference as one page that needs nothing else: no script, no
// network.
func (r *Reference) WriteHTML(w io.Writer) error { return pageTemplate.Execute(w, r) }

// Title is the model's name.
func (r *Reference) Title() string {
	if r.Model.Name != "" {
		return r.Model.Name
	}
	return "Model"
}
