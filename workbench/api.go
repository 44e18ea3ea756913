package workbench

import (
	"context"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"handover/report"
)

func typeOf[T any]() reflect.Type { return reflect.TypeFor[T]() }

// answer is the body of a response.
type answer[T any] struct{ Body T }

// settingsInput is a request about the futures of some settings.
type settingsInput struct{ Body Settings }

type mapInput struct {
	Body struct {
		Settings
		Map   string `json:"map" minLength:"1" maxLength:"200" doc:"The id of a map of the case."`
		Month int    `json:"month" minimum:"0" maximum:"600"`
	}
}

func post(id, path, summary string) huma.Operation {
	return huma.Operation{OperationID: id, Method: http.MethodPost, Path: "/api/v1/" + path, Summary: summary, MaxBodyBytes: mostBody,
		Errors: []int{http.StatusUnprocessableEntity, http.StatusServiceUnavailable, http.StatusConflict}}
}

func get(id, path, summary string) huma.Operation {
	return huma.Operation{OperationID: id, Method: http.MethodGet, Path: "/api/v1/" + path, Summary: summary}
}

// register registers all operations.
func (s *Server) register(api huma.API) {
	huma.Register(api, get("case", "case", "The case: its question, strategies, levers, outcomes, series and maps"),
		func(context.Context, *struct{}) (*answer[*Case], error) {
			c, _ := s.current()
			return &answer[*Case]{describe(c, s.o.Folder != "")}, nil
		})
	huma.Register(api, get("model", "model", "The model: sectors, variables, diagrams and feedback loops"),
		func(context.Context, *struct{}) (*answer[*Model], error) {
			m, err := s.pages.model(s)
			return &answer[*Model]{m}, err
		})
	huma.Register(api, get("watch", "watch", "Verdicts on claims and alarms on counts"),
		func(ctx context.Context, _ *struct{}) (*answer[*Watch], error) {
			w, err := s.watch(ctx)
			return &answer[*Watch]{w}, err
		})
	huma.Register(api, get("bulletin", "bulletin", "The bulletin of the last month: what changed, forecasts, signposts, the programme planned against actual, doubts"), s.bulletin)
	huma.Register(api, get("found", "searches", "What searches for plans have found"), s.found)
	found := post("save-plan", "searches/plans", "Save a plan that a search found as a strategy in the case folder")
	found.DefaultStatus = http.StatusCreated
	huma.Register(api, found, s.savePlan)
	s.registerAsking(api)
	s.registerLive(api)
	huma.Register(api, post("briefing", "briefing", "The finished answer for some settings"),
		func(ctx context.Context, q *settingsInput) (*answer[*report.Briefing], error) {
			one, err := s.computed(ctx, q.Body)
			if err != nil {
				return nil, err
			}
			b, err := report.NewBriefing(one.c, one.picture.Summary, report.Selection{})
			return &answer[*report.Briefing]{b}, err
		})
	huma.Register(api, post("maps", "maps", "A map in a month, one a strategy"),
		func(ctx context.Context, q *mapInput) (*answer[*report.MapGroup], error) {
			one, err := s.computed(ctx, q.Body.Settings)
			if err != nil {
				return nil, err
			}
			if q.Body.Month > one.picture.Summary.Manifest.Horizon {
				return nil, huma.Error422UnprocessableEntity("the month lies after the end of the futures")
			}
			g, err := report.Maps(one.c, one.picture.Summary, q.Body.Map, q.Body.Month)
			if err == nil && g == nil {
				err = huma.Error422UnprocessableEntity("the case has no such map")
			}
			return &answer[*report.MapGroup]{g}, err
		})
	huma.Register(api, post("plans", "plans", "What matters, when an outcome comes to pass, and what holds"), s.plans)
	save := post("save-strategy", "strategies", "Save a draft as a named strategy in the case folder")
	save.DefaultStatus = http.StatusCreated
	huma.Register(api, save, s.saveStrategy)
	huma.Register(api, post("preview-report", "report/preview", "The report as one HTML page"), s.previewReport)
	keep := post("save-report", "report", "Save the report and its run in the folder of runs")
	keep.DefaultStatus = http.StatusCreated
	huma.Register(api, keep, s.saveReport)
}
