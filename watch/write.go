package watch

import (
	"embed"
	"fmt"
	"html/template"
	"io"
	"strings"

	"handover/report"
)

//go:embed template/bulletin.html
var templates embed.FS

// Markdown writes a bulletin as Markdown with tables.
func (b *Bulletin) Markdown(w io.Writer) error {
	var t strings.Builder
	fmt.Fprintf(&t, "# %s: %s\n\n", plain(b.Title), b.Month)
	for _, line := range b.Lead {
		fmt.Fprintf(&t, "**%s**\n\n", plain(line))
	}
	for _, s := range b.Sections {
		fmt.Fprintf(&t, "## %s\n\n", plain(s.Title))
		if s.Lead != "" {
			fmt.Fprintf(&t, "%s\n\n", plain(s.Lead))
		}
		for _, item := range s.Items {
			fmt.Fprintf(&t, "- %s\n", plain(item))
		}
		if len(s.Items) > 0 {
			t.WriteByte('\n')
		}
		if len(s.Rows) > 0 {
			row := func(cells []string) {
				for _, c := range cells {
					t.WriteString("| " + plain(c) + " ")
				}
				t.WriteString("|\n")
			}
			row(s.Heads)
			t.WriteString(strings.Repeat("|---", len(s.Heads)) + "|\n")
			for _, r := range s.Rows {
				row(r)
			}
			t.WriteByte('\n')
		}
	}
	t.WriteString("---\n\n")
	for _, line := range b.Foot {
		fmt.Fprintf(&t, "%s\n\n", plain(line))
	}
	_, err := io.WriteString(w, strings.TrimSuffix(t.String(), "\n"))
	return err
}

// plain keeps text from being taken for marks of Markdown or of HTML in it.
func plain(text string) string {
	return strings.NewReplacer(`\`, `\\`, "|", `\|`, "*", `\*`, "_", `\_`, "`", "\\`", "<", "&lt;", ">", "&gt;", "[", `\[`, "\n", " ").Replace(text)
}

// Page writes a bulletin as one HTML file that works offline. The same bulletin
// gives the same bytes.
func (b *Bulletin) Page(w io.Writer) error {
	t, err := template.ParseFS(templates, "template/bulletin.html")
	if err != nil {
		return err
	}
	frame, err := report.NewFrame()
	if err != nil {
		return err
	}
	return t.Execute(w, struct {
		report.Frame
		*Bulletin
	}{frame, b})
}
