package report

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"html/template"
	"strings"

	"handover/chart"
)

// Frame is what every page of the program carries: its looks, the script that
// draws charts, and the policy that lets nothing else run and nothing be
// fetched.
type Frame struct {
	// Policy is the content of the page's Content-Security-Policy.
	Policy string
	Style  template.CSS
	Script template.JS
}

// NewFrame reads the embedded style sheet, fonts and script.
func NewFrame() (Frame, error) {
	script, err := assets.ReadFile("assets/handover.js")
	if err != nil {
		return Frame{}, err
	}
	style, err := css()
	if err != nil {
		return Frame{}, err
	}
	// The script must not end the element that it stands in.
	code := strings.ReplaceAll(string(script), "</script", `<\/script`)
	sum := sha256.Sum256([]byte(code))
	return Frame{
		Policy: "default-src 'none'; script-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
			"'; style-src 'unsafe-inline'; img-src data: blob:; font-src data:; base-uri 'none'; form-action 'none'",
		Style: template.CSS(style), Script: template.JS(code), //nolint:gosec // our own files
	}, nil
}

// css is the style sheet with the fonts inside.
func css() (string, error) {
	sheet, err := templates.ReadFile("template/style.css")
	if err != nil {
		return "", err
	}
	var fonts strings.Builder
	for _, f := range []struct {
		family, file string
		weight       int
	}{{"IBM Plex Sans", "ibm-plex-sans-400", 400}, {"IBM Plex Sans", "ibm-plex-sans-500", 500}, {"IBM Plex Sans", "ibm-plex-sans-600", 600}, {"IBM Plex Mono", "ibm-plex-mono-400", 400}} {
		data, err := assets.ReadFile("assets/" + f.file + ".woff2")
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&fonts, "@font-face{font-family:\"%s\";font-weight:%d;src:url(data:font/woff2;base64,%s) format(\"woff2\")}\n", f.family, f.weight, base64.StdEncoding.EncodeToString(data))
	}
	text := strings.Replace(string(sheet), "/*light*/", chart.Variables(0), 1)
	text = strings.Replace(text, "/*dark*/", chart.Variables(1), 1)
	return fonts.String() + text, nil
}
