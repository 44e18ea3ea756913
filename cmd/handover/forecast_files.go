package main

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"handover/cases"
	"handover/forecast/book"
	"handover/forecast/metaculus"
)

// forecastImportVerb reads the files of Metaculus.
type forecastImportVerb struct {
	Files []string `arg:"" help:"The zip file that Metaculus gives, or question_data.csv and forecast_data.csv." predictor:"file"`
	bookFlag
	As string `help:"The name under which the questions are kept (default ${default})." default:"metaculus" placeholder:"NAME"`
}

// mostUnpacked bounds a file in an archive.
const mostUnpacked = 1 << 30

// Run imports.
func (v *forecastImportVerb) Run(to streams) error {
	if slices.Contains(cases.Names(), v.As) {
		return usage("choose another name with --as", "%s is the name of a case, whose questions are forecast here and not imported", v.As)
	}
	if len(book.Pseudonym(v.As)) > 0 {
		return usage("", "--as takes lower-case letters, digits and hyphens, and is %q", v.As)
	}
	questions, forecasts, release, err := v.find()
	if err != nil {
		return err
	}
	defer release()
	batch, wrong := metaculus.Read(v.As, questions, forecasts)
	if len(wrong) > 0 {
		fmt.Fprintln(to.err, wrong.Error())
		return &failure{code: exitMistakes, err: fmt.Errorf("%s; nothing was imported", tally(wrong))}
	}
	ctx, stop := interruptible(to.err)
	defer stop()
	b, err := v.open(ctx, false)
	if err != nil {
		return err
	}
	defer b.Close()
	n, err := b.Import(ctx, batch)
	if err != nil {
		if ctx.Err() != nil {
			return &failure{code: exitInterrupted, err: fmt.Errorf("the import was stopped; the book is as before: %w", context.Canceled)}
		}
		return refusal(err)
	}
	_, err = fmt.Fprintf(to.out, "%s: %s, %s, %s, %s entered; %s in the book before\n", v.As, count(n.Questions, "question", "questions"), count(n.People, "forecaster", "forecasters"),
		count(n.Forecasts, "forecast", "forecasts"), count(n.Resolutions, "resolution", "resolutions"), count(n.Known, "forecast", "forecasts"))
	return err
}

// find opens the two files, in an archive or beside each other.
func (v *forecastImportVerb) find() (questions, forecasts io.Reader, release func(), err error) {
	var closers []io.Closer
	release = func() {
		for _, c := range closers {
			_ = c.Close()
		}
	}
	take := func(name string, r io.Reader) error {
		switch filepath.Base(filepath.ToSlash(name)) {
		case metaculus.QuestionFile:
			questions = r
		case metaculus.ForecastFile:
			forecasts = r
		default:
			return usage("", "%s is neither %s nor %s, nor a zip file with both", shown(name), metaculus.QuestionFile, metaculus.ForecastFile)
		}
		return nil
	}
	for _, name := range v.Files {
		if strings.EqualFold(filepath.Ext(name), ".zip") {
			archive, err := zip.OpenReader(name)
			if err != nil {
				release()
				return nil, nil, nil, fmt.Errorf("cannot read %s: %w", shown(name), cause(err))
			}
			closers = append(closers, archive)
			for _, entry := range archive.File {
				base := filepath.Base(entry.Name)
				if base != metaculus.QuestionFile && base != metaculus.ForecastFile {
					continue
				}
				f, err := entry.Open()
				if err != nil {
					release()
					return nil, nil, nil, fmt.Errorf("cannot read %s in %s: %w", base, shown(name), err)
				}
				closers = append(closers, f)
				_ = take(base, &bounded{f, mostUnpacked})
			}
			continue
		}
		f, err := os.Open(name)
		if err != nil {
			release()
			return nil, nil, nil, usage("", "cannot read %s: %w", shown(name), cause(err))
		}
		closers = append(closers, f)
		if err := take(name, f); err != nil {
			release()
			return nil, nil, nil, err
		}
	}
	for _, missing := range []struct {
		r    io.Reader
		name string
	}{{questions, metaculus.QuestionFile}, {forecasts, metaculus.ForecastFile}} {
		if missing.r == nil {
			release()
			return nil, nil, nil, usage("give both files, or the zip file", "%s is missing", missing.name)
		}
	}
	return questions, forecasts, release, nil
}

// bounded fails when more is read than it allows.
type bounded struct {
	r    io.Reader
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, errors.New("the file unpacks to more than a gigabyte")
	}
	return n, err
}

// forecastExportVerb writes the files of Metaculus.
type forecastExportVerb struct {
	Case string `arg:"" help:"The case, or the name of an import."`
	bookFlag
	Out string `short:"o" required:"" help:"The folder to write question_data.csv and forecast_data.csv into." placeholder:"DIR" predictor:"folder"`
}

// Run exports.
func (v *forecastExportVerb) Run(to streams) error {
	ctx, release := interruptible(to.err)
	defer release()
	b, err := v.open(ctx, true)
	if err != nil {
		return err
	}
	defer b.Close()
	name, err := bookName(v.Case, to.err)
	if err != nil {
		return err
	}
	asked, err := knownQuestions(ctx, b, name, "")
	if err != nil {
		return err
	}
	resolutions, err := b.Resolutions(ctx, name)
	if err != nil {
		return err
	}
	forecasts, err := b.Forecasts(ctx, book.Filter{Case: name})
	if err != nil {
		return err
	}
	people, err := b.People(ctx)
	if err != nil {
		return err
	}
	last := map[[2]string]book.Resolution{}
	for _, r := range resolutions {
		last[[2]string{r.Case, r.Question}] = r
	}
	if err := os.MkdirAll(v.Out, 0o755); err != nil {
		return fmt.Errorf("cannot make the folder %s: %w", shown(v.Out), cause(err))
	}
	for _, file := range []struct {
		name string
		fill func(io.Writer) error
	}{
		{metaculus.QuestionFile, func(w io.Writer) error { return metaculus.WriteQuestions(w, asked, last) }},
		{metaculus.ForecastFile, func(w io.Writer) error { return metaculus.WriteForecasts(w, asked, people, forecasts) }},
	} {
		name := filepath.Join(v.Out, file.name)
		if err := writeWhole(name, func(f *os.File) error { return file.fill(f) }); err != nil {
			return fmt.Errorf("cannot write %s: %w", shown(name), cause(err))
		}
		if _, err := fmt.Fprintln(to.out, name); err != nil {
			return err
		}
	}
	return nil
}
