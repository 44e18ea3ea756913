package schema

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"handover/casefile"
)

// generate runs Generate in the folder of package casefile, as go generate
// does.
func generate(t *testing.T) map[string][]byte {
	t.Helper()
	t.Chdir("..")
	schemas, err := Generate(".")
	if err != nil {
		t.Fatal(err)
	}
	return schemas
}

func TestUpToDate(t *testing.T) {
	generated := generate(t)
	committed, err := casefile.Schemas()
	if err != nil {
		t.Fatal(err)
	}
	if len(committed) != len(generated) {
		t.Errorf("%d schemas are committed, %d generated", len(committed), len(generated))
	}
	for name, data := range generated {
		if !bytes.Equal(data, committed[name]) {
			t.Errorf("%s is out of date: run go generate ./casefile", name)
		}
		onDisk, err := os.ReadFile(filepath.Join("schema", name))
		if err != nil || !bytes.Equal(onDisk, data) {
			t.Errorf("the file schema/%s is not what is generated: %v", name, err)
		}
	}
}

// TestSchemaSaysWhatTheLoaderSays compares required keys and allowed words of
// every Go type with those of the schema.
func TestSchemaSaysWhatTheLoaderSays(t *testing.T) {
	type object struct {
		Properties           map[string]struct{ Enum []string }
		Required             []string
		AdditionalProperties *bool
		Description          string
	}
	schemas := generate(t)
	types := map[string]reflect.Type{}
	var collect func(reflect.Type)
	collect = func(t reflect.Type) {
		for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
			t = t.Elem()
		}
		if t.Kind() != reflect.Struct || types[t.Name()] != nil {
			return
		}
		types[t.Name()] = t
		for i := range t.NumField() {
			collect(t.Field(i).Type)
		}
	}
	found := map[string]object{}
	for _, f := range files {
		collect(reflect.TypeOf(f.content))
		var s struct {
			object
			Defs   map[string]object `json:"$defs"`
			Schema string            `json:"$schema"`
		}
		if err := json.Unmarshal(schemas[f.name+".schema.json"], &s); err != nil {
			t.Fatal(err)
		}
		if s.Schema != "https://json-schema.org/draft/2020-12/schema" {
			t.Errorf("%s: the schema is of %q", f.name, s.Schema)
		}
		found[reflect.TypeOf(f.content).Name()] = s.object
		for name, o := range s.Defs {
			found[name] = o
		}
	}
	for name, typ := range types {
		o, ok := found[name]
		if !ok || o.AdditionalProperties == nil || *o.AdditionalProperties || o.Description == "" {
			t.Errorf("%s: no closed object with a description in the schemas: %+v", name, o)
			continue
		}
		var required []string
		for i := range typ.NumField() {
			field := typ.Field(i)
			key, tag := field.Tag.Get("yaml"), field.Tag.Get("jsonschema")
			p, ok := o.Properties[key]
			if !ok {
				t.Errorf("%s: the schema lacks %s", name, key)
			}
			if strings.Contains(tag, "required") {
				required = append(required, key)
			}
			if want := strings.Count(tag, "enum="); len(p.Enum) != want {
				t.Errorf("%s.%s: the schema allows %d words, the type %d", name, key, len(p.Enum), want)
			}
		}
		if !slices.Equal(required, o.Required) {
			t.Errorf("%s: the schema requires %v, the type %v", name, o.Required, required)
		}
	}
}
