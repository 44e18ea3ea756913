package casefile

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"handover/diagnostic"
	"handover/model"
	"handover/model/xmile"
)

// UncertaintyFile is the content of uncertainties.yaml.
type UncertaintyFile struct {
	Uncertainties []Uncertainty `yaml:"uncertainties" jsonschema:"required"`
	Correlations  []Correlation `yaml:"correlations"`
}

// StrategyFile is the content of strategies.yaml.
type StrategyFile struct {
	Strategies []Strategy `yaml:"strategies" jsonschema:"required"`
}

// OutcomeFile is the content of outcomes.yaml.
type OutcomeFile struct {
	Outcomes []Outcome `yaml:"outcomes" jsonschema:"required"`
	// Series are quantities over time that are shown as fans.
	Series []Series `yaml:"series"`
	// Maps are conditions per place that are shown on the map.
	Maps []Map `yaml:"maps"`
}

// loader reads one case and collects what is wrong with it.
type loader struct {
	fsys  fs.FS
	list  diagnostic.List
	files map[string][]byte
	c     *Case
	// The YAML files, each nil when it could not be read.
	settings, uncertainties, strategies, outcomes *document
	programme, signposts, belief, holdout         *document
	evidence, actors, claims, checks, questions   *document
	history                                       *document
	// complete says that the model file was understood as a whole, so that what
	// is missing in the model is missing in the file.
	complete bool
	// checked is what the check of the model by itself found.
	checked diagnostic.List
	// months says that the model counts time in months.
	months bool
}

// Load reads the case folder fsys and checks it as a whole. The list holds
// every mistake of every file, sorted by place. The case is nil when one of
// them is an error; with warnings alone it is usable.
func Load(fsys fs.FS) (*Case, diagnostic.List) {
	l := &loader{fsys: fsys, files: map[string][]byte{}, c: &Case{Tables: map[string]*Table{}}}
	if info, err := fs.Stat(fsys, "."); err != nil || !info.IsDir() {
		message := "the case folder cannot be read: not a folder"
		if err != nil {
			message = fmt.Sprintf("the case folder cannot be read: %v", reason(err))
		}
		return nil, diagnostic.List{{Position: diagnostic.Position{File: "."}, Code: "missing-folder", Message: message, Hint: "give the path of a folder that holds " + SettingsName}}
	}
	l.decode()
	l.readModel()
	l.readTables()
	l.checkSettings()
	l.checkUncertainties()
	l.checkStrategies()
	l.checkOutcomes()
	l.checkEvidence()
	l.checkProgramme()
	l.checkSignposts()
	l.checkChecks()
	l.checkQuestions()
	l.applyInitial()
	l.checkModels()
	l.checkBelief()
	l.checkHoldout()
	l.checkSetups()
	l.checkHistory()
	l.readPosterior()
	l.readHindcast()
	l.collect()
	if l.list.Errors() > 0 {
		return nil, l.list
	}
	l.c.Hash = hash(l.files)
	l.c.ModelHash = hash(map[string][]byte{ModelName: l.files[ModelName]})
	l.c.places = l.places()
	if l.c.History != nil {
		l.c.historyOf = l.c.historyHash(l.files)
	}
	return l.c, l.list
}

// decode reads the YAML files.
func (l *loader) decode() {
	one := func(name string, into any) *document {
		data := l.read(name, MostYAML)
		if data == nil {
			return nil
		}
		d := parseDocument(name, data)
		d.decode(into)
		l.list = append(l.list, d.list...)
		if d.root == nil {
			return nil
		}
		return d
	}
	l.settings = one(SettingsName, &l.c.Settings)
	var u UncertaintyFile
	l.uncertainties = one(UncertaintiesName, &u)
	l.c.Uncertainties, l.c.Correlations = u.Uncertainties, u.Correlations
	var s StrategyFile
	l.strategies = one(StrategiesName, &s)
	l.c.Strategies = s.Strategies
	var o OutcomeFile
	l.outcomes = one(OutcomesName, &o)
	l.c.Outcomes, l.c.Series, l.c.Maps = o.Outcomes, o.Series, o.Maps
	optional := func(name string, into any) *document {
		if _, err := fs.Stat(l.fsys, name); errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return one(name, into)
	}
	l.evidence = optional(EvidenceName, &l.c.Evidence)
	var a ActorFile
	l.actors = optional(ActorsName, &a)
	l.c.Groups, l.c.Actors = a.Groups, a.Actors
	var claims ClaimFile
	l.claims = optional(ClaimsName, &claims)
	l.c.Claims = claims.Claims
	l.programme = optional(ProgrammeName, &l.c.Programme)
	var signposts SignpostFile
	l.signposts = optional(SignpostsName, &signposts)
	l.c.Signposts = signposts.Signposts
	l.belief = optional(BeliefName, &l.c.Belief)
	l.holdout = optional(HoldoutName, &l.c.Holdout)
	var checks CheckFile
	l.checks = optional(ChecksName, &checks)
	l.c.Setups, l.c.Checks = checks.Setups, checks.Checks
	var history History
	if l.history = optional(HistoryName, &history); l.history != nil {
		l.c.History = &history
	}
	var questions QuestionFile
	l.questions = optional(QuestionsName, &questions)
	l.c.Questions = questions.Questions
}

// readModel reads and checks the model file.
func (l *loader) readModel() {
	data := l.read(ModelName, MostXMILE)
	if data == nil {
		return
	}
	m, list := xmile.Read(ModelName, data)
	l.list = append(l.list, list...)
	l.c.Model = m
	if m == nil {
		return
	}
	l.complete = list.Errors() == 0
	l.checked = model.Check(m)
	l.list = append(l.list, l.checked...)
	switch model.Canonical(m.Time.Unit) {
	case "month", "months":
		l.months = true
	default:
		l.fail(m.Time.Position, "time-unit", "", "set time_units to Month", "the model's time unit is %q; a case counts in months", m.Time.Unit)
	}
}

func (l *loader) fail(p diagnostic.Position, code, subject, hint, format string, arguments ...any) {
	l.list = append(l.list, diagnostic.Diagnostic{Position: p, Code: code, Subject: subject, Message: fmt.Sprintf(format, arguments...), Hint: hint})
}

func (l *loader) warn(p diagnostic.Position, code, subject, hint, format string, arguments ...any) {
	l.fail(p, code, subject, hint, format, arguments...)
	l.list[len(l.list)-1].Severity = diagnostic.Warning
}

// collect sorts the list and drops repeats.
func (l *loader) collect() {
	// A model from elsewhere may carry doubts about its units; a case may not,
	// because its results are read with theirs.
	for i := range l.list {
		if code := l.list[i].Code; code == "unit-mismatch" || code == "unknown-unit" {
			l.list[i].Severity = diagnostic.Error
		}
	}
	l.list.Sort()
	l.list = slices.CompactFunc(l.list, func(a, b diagnostic.Diagnostic) bool {
		return a == b
	})
	slices.SortStableFunc(l.list, func(a, b diagnostic.Diagnostic) int {
		return cmp.Compare(fileOrder(a.Position.File), fileOrder(b.Position.File))
	})
}

// fileOrder puts the files in the order in which an author writes them.
func fileOrder(file string) int {
	order := []string{SettingsName, ModelName, UncertaintiesName, StrategiesName, OutcomesName, EvidenceName, ActorsName, ClaimsName, ChecksName, QuestionsName, ProgrammeName, SignpostsName, BeliefName, HoldoutName, HistoryName, PosteriorName, HindcastName}
	i := slices.Index(order, file)
	if i < 0 {
		return len(order)
	}
	return i
}

// document finds the YAML file of a name; nil when it could not be read.
func (l *loader) document(file string) *document {
	for _, d := range []*document{l.settings, l.uncertainties, l.strategies, l.outcomes, l.evidence, l.actors, l.claims, l.checks, l.questions, l.programme, l.signposts, l.belief, l.holdout, l.history} {
		if d != nil && d.file == file {
			return d
		}
	}
	return nil
}
