package casefile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"

	"handover/diagnostic"
)

// Names of the files of a case folder.
const (
	SettingsName      = "case.yaml"
	ModelName         = "model.xmile"
	UncertaintiesName = "uncertainties.yaml"
	StrategiesName    = "strategies.yaml"
	OutcomesName      = "outcomes.yaml"
	// ProgrammeName and SignpostsName may be missing: a case without them compares
	// no programme and watches for nothing.
	ProgrammeName = "programme.yaml"
	SignpostsName = "signposts.yaml"
	// BeliefName may be missing: nothing observed after the base date then weighs
	// futures.
	BeliefName = "belief.yaml"
	// HoldoutName may be missing: a case without it was not tested on what came after
	// its base date.
	HoldoutName = "holdout.yaml"
	// The next four may be missing: a case without them has no evidence and asks
	// for no forecasts.
	EvidenceName  = "evidence.yaml"
	ActorsName    = "actors.yaml"
	ClaimsName    = "claims.yaml"
	QuestionsName = "questions.yaml"
	// ChecksName may be missing: a case without it has no reality checks.
	ChecksName = "checks.yaml"
	// HistoryName may be missing: a case without it cannot be calibrated.
	// PosteriorName and HindcastName are what its calibration and its hindcasts left.
	HistoryName   = "history.yaml"
	PosteriorName = "posterior.csv"
	HindcastName  = "hindcast.json"
	// TablesFolder holds the data tables.
	TablesFolder = "data"
)

// Limits on the sizes of the files of a case, in bytes. A larger file is
// refused without being read.
const (
	MostYAML  = 4 << 20
	MostXMILE = 32 << 20
	MostCSV   = 16 << 20
	MostMap   = 16 << 20
	// MostPosterior bounds the draws of a posterior.
	MostPosterior = 64 << 20
	// MostTables is how many data tables a case may have.
	MostTables = 256
)

// read returns the content of a file of the case, or nil after reporting why
// there is none. It remembers the content for the case's hash.
func (l *loader) read(name string, most int64) []byte {
	data, d := readBounded(l.fsys, name, most)
	if d != nil {
		if d.Code == "missing-file" {
			d.Hint = l.similarFile(name)
		}
		l.list = append(l.list, *d)
		return nil
	}
	l.files[name] = data
	return data
}

// readBounded reads a file of at most so many bytes.
func readBounded(fsys fs.FS, name string, most int64) ([]byte, *diagnostic.Diagnostic) {
	fail := func(code, format string, arguments ...any) *diagnostic.Diagnostic {
		return &diagnostic.Diagnostic{Position: diagnostic.Position{File: name}, Code: code, Message: fmt.Sprintf(format, arguments...)}
	}
	info, err := fs.Stat(fsys, name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fail("missing-file", "the file is missing")
	case err != nil:
		return nil, fail("unreadable", "the file cannot be read: %v", reason(err))
	case info.IsDir():
		return nil, fail("unreadable", "this is a folder; expected a file")
	case !info.Mode().IsRegular():
		return nil, fail("unreadable", "this is not a regular file")
	case info.Size() > most:
		return nil, fail("too-large", "the file has %s; at most %s are allowed", megabytes(info.Size()), megabytes(most))
	}
	f, err := fsys.Open(name)
	if err != nil {
		return nil, fail("unreadable", "the file cannot be read: %v", reason(err))
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, most+1))
	switch {
	case err != nil:
		return nil, fail("unreadable", "the file cannot be read: %v", reason(err))
	case int64(len(data)) > most:
		return nil, fail("too-large", "the file has more than %s, which is the most allowed", megabytes(most))
	case len(data) == 0:
		return nil, fail("empty-file", "the file is empty")
	}
	return data, nil
}

// similarFile hints at a file in the folder whose name is near.
func (l *loader) similarFile(name string) string {
	entries, err := fs.ReadDir(l.fsys, ".")
	if err != nil {
		return ""
	}
	var names []string
	for _, e := range entries {
		switch e.Name() {
		case SettingsName, ModelName, UncertaintiesName, StrategiesName, OutcomesName, EvidenceName, ActorsName, ClaimsName, ChecksName, QuestionsName, ProgrammeName, SignpostsName, BeliefName, HoldoutName, HistoryName, PosteriorName, HindcastName:
		default:
			if !e.IsDir() {
				names = append(names, e.Name())
			}
		}
	}
	if n := diagnostic.Nearest(name, names); n != "" {
		return fmt.Sprintf("the folder has %q; rename it if it was meant", n)
	}
	return "a case folder holds " + SettingsName + ", " + ModelName + ", " + UncertaintiesName + ", " + StrategiesName + ", " + OutcomesName
}

// reason drops the path that file errors repeat.
func reason(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/(1<<20)) }
