package casefile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"

	"handover/diagnostic"
)

// mostFeatures bounds the shapes of a map.
const mostFeatures = 10_000

// readMap reads the case's GeoJSON and returns the ids of its features; nil
// when the file cannot be used. from is where case.yaml names it.
func (l *loader) readMap(from diagnostic.Position, name string) []string {
	if !fs.ValidPath(name) || name == "." {
		l.fail(from, "path", "places.map", "", "%q is not a path inside the case folder", name)
		return nil
	}
	if _, taken := l.files[name]; taken {
		l.fail(from, "path", "places.map", "", "%q is not a map", name)
		return nil
	}
	data := l.read(name, MostMap)
	if data == nil {
		return nil
	}
	ids, d := features(name, data)
	if d != nil {
		l.list = append(l.list, *d)
		return nil
	}
	l.c.Boundaries = data
	return ids
}

// features lists the ids of the features of a GeoJSON feature collection (RFC
// 7946): the member id, or else the property id.
func features(name string, data []byte) ([]string, *diagnostic.Diagnostic) {
	fail := func(p diagnostic.Position, code, subject, format string, arguments ...any) *diagnostic.Diagnostic {
		p.File = name
		return &diagnostic.Diagnostic{Position: p, Code: code, Subject: subject, Message: fmt.Sprintf(format, arguments...)}
	}
	if d, bad := notText(name, data); bad {
		return nil, &d
	}
	var collection struct {
		Type     string `json:"type"`
		Features []struct {
			Type       string          `json:"type"`
			ID         json.RawMessage `json:"id"`
			Properties struct {
				ID json.RawMessage `json:"id"`
			} `json:"properties"`
			Geometry struct {
				Type string `json:"type"`
			} `json:"geometry"`
		} `json:"features"`
	}
	if err := json.Unmarshal(data, &collection); err != nil {
		var syntax *json.SyntaxError
		var kind *json.UnmarshalTypeError
		switch {
		case errors.As(err, &syntax):
			return nil, fail(lineAt(data, syntax.Offset), "json-syntax", "", "not valid JSON: %v", err)
		case errors.As(err, &kind):
			return nil, fail(lineAt(data, kind.Offset), "wrong-type", kind.Field, "expected %s, found %s", jsonWord(kind.Type.Kind().String()), kind.Value)
		}
		return nil, fail(diagnostic.Position{}, "json-syntax", "", "not valid JSON: %v", err)
	}
	switch {
	case collection.Type != "FeatureCollection":
		return nil, fail(diagnostic.Position{}, "geojson", "type", "found type %q, expected a GeoJSON FeatureCollection", shorten(collection.Type))
	case len(collection.Features) > mostFeatures:
		return nil, fail(diagnostic.Position{}, "too-large", "features", "the map has %d features; at most %d are allowed", len(collection.Features), mostFeatures)
	}
	ids := []string{}
	seen := map[string]bool{}
	for i, f := range collection.Features {
		subject := fmt.Sprintf("features[%d]", i)
		id := jsonID(f.ID)
		if id == "" {
			id = jsonID(f.Properties.ID)
		}
		switch {
		case id == "":
			return nil, fail(diagnostic.Position{}, "geojson", subject, "the feature has no id; expected a text or number as id, or as id among its properties")
		case seen[id]:
			return nil, fail(diagnostic.Position{}, "duplicate-name", subject, "two features have the id %q", id)
		case f.Geometry.Type != "Polygon" && f.Geometry.Type != "MultiPolygon":
			return nil, fail(diagnostic.Position{}, "geojson", subject, "the geometry of %q is %q; expected Polygon or MultiPolygon", id, f.Geometry.Type)
		}
		seen[id] = true
		ids = append(ids, id)
	}
	return ids, nil
}

// jsonID reads an id: text, or a number as written.
func jsonID(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	var n json.Number
	if json.Unmarshal(raw, &n) == nil {
		return n.String()
	}
	return ""
}

func jsonWord(kind string) string {
	switch kind {
	case "struct":
		return "an object"
	case "slice":
		return "a list"
	}
	return "text"
}

// lineAt is the line and column of a byte offset.
func lineAt(data []byte, offset int64) diagnostic.Position {
	before := data[:min(max(int(offset)-1, 0), len(data))]
	return diagnostic.Position{Line: 1 + bytes.Count(before, []byte("\n")), Column: len(bytes.Runes(before[bytes.LastIndexByte(before, '\n')+1:])) + 1}
}
