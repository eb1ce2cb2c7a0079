package bridge

import (
	"steward/kernel/access"
	"steward/kernel/api"
	"steward/kernel/decisions"
	"steward/kernel/fail"
	"steward/kernel/figures"
	"steward/kernel/records"
	"steward/kernel/web"
	"steward/lib/locale"
	"steward/lib/words"
)

// operations are what programs may do with figures and decisions. The packages that
// keep them decide who may, as for the pages.
func operations() []api.Operation {
	return []api.Operation{
		api.Op("GET /figures", "", "", "The figures that the caller may see, with their last values", listFigures),
		api.Op("GET /figures/{key}", "", "", "One figure with its last value and the targets set for it", oneFigure),
		api.Op("POST /figures/{key}/targets", "", access.Approve, "Sets what a figure shall reach, for a time", setTarget),
		api.Op("POST /figures/{key}/targets/{id}/end", "", access.Approve, "Takes a target back", endTarget),
		api.Op("GET /decisions", "", "", "Decisions that wait for the caller (queue=mine), for anybody (all), or were made (decided)", listDecisions),
		api.Op("GET /decisions/{id}", "", "", "One decision with what happened to it", oneDecision),
		api.Op("POST /decisions/{id}/decide", "", access.Approve, "Chooses an option, with a reason", decide),
		api.Op("POST /decisions/{id}/agree", "", access.Approve, "Agrees, or not, to what another has decided", agree),
		api.Op("POST /decisions/{id}/delegate", "", access.Approve, "Gives the decision to another until a day; to nobody takes it back", delegate),
		api.Op("POST /decisions/{id}/ask", "", access.Approve, "Asks somebody what must be known first", askBack),
		api.Op("POST /decisions/{id}/answer", "", "", "Answers what the caller was asked", answer),
		api.Op("POST /decisions/{id}/reopen", "", access.Approve, "Asks a decided matter anew", reopen),
		api.Op("GET /decision-limits", access.Settings, access.View, "From which amounts on two persons must agree", limitsNow),
		api.Op("POST /decision-limits", access.Settings, access.Admin, "Sets from which amounts on two persons must agree", setLimits),
	}
}

type nothing struct{}

type figureOut struct {
	Key        string          `json:"key"`
	Title      string          `json:"title"`
	Definition string          `json:"definition"`
	Formula    string          `json:"formula"`
	Unit       string          `json:"unit"`
	Value      valueOut        `json:"value"`
	At         *records.Moment `json:"at"`
	Better     string          `json:"better"`
	Target     *float64        `json:"target"`
	Limit      *float64        `json:"limit"`
	State      string          `json:"state" doc:"ok, warn, bad, or empty when there is nothing to judge by"`
	Outdated   string          `json:"outdated,omitempty" doc:"Why the value is not to be relied on, when it is not"`
	Targets    []Target        `json:"targets,omitempty"`
}

type valueOut struct {
	State  string   `json:"state" doc:"known, n/a, or unknown"`
	Number *float64 `json:"number"`
	Money  any      `json:"money" doc:"An amount as text with its currency"`
}

func valueFor(v figures.Value) valueOut {
	out := valueOut{State: string(v.State)}
	switch {
	case !v.Known():
	case v.Currency != "":
		out.Money = moneyOf(v.Money())
	default:
		out.Number = &v.Number
	}
	return out
}

func moneyOf(m records.Money) any { return records.ToJSON(&records.Field{Kind: records.Amount}, m) }

func figureFor(f *figures.Figure, s *figures.Snapshot) figureOut {
	out := figureOut{Key: f.Key, Title: f.Title.English, Definition: f.Definition.English, Formula: f.Formula.English, Unit: string(f.Unit),
		Better: string(f.Better), Target: f.Target, Limit: f.Limit, Value: valueFor(figures.Unknown())}
	if s != nil {
		at := records.MomentOf(s.At)
		out.Value, out.At, out.Target, out.Limit, out.State = valueFor(s.Value), &at, s.Target, s.Limit, s.State(f)
		if s.Better != "" {
			out.Better = string(s.Better)
		}
		out.Outdated = s.Outdated.In(words.New(), locale.En)
	}
	return out
}

type figuresOut struct {
	Figures []figureOut `json:"figures"`
}

func listFigures(u *records.Tx, in struct {
	Scope string `json:"scope,omitempty" doc:"The unit or record, such as org.unit/0198…; empty is the organisation"`
}) (out figuresOut, err error) {
	out.Figures = []figureOut{}
	latest, err := figures.Latest(u, figures.Scope(in.Scope))
	if err != nil {
		return out, err
	}
	for _, f := range figures.SetOf(u).All() {
		if s := latest[f.Key]; s != nil {
			out.Figures = append(out.Figures, figureFor(f, s))
		}
	}
	return out, nil
}

type figureIn struct {
	Key   string `json:"key"`
	Scope string `json:"scope,omitempty"`
}

func oneFigure(u *records.Tx, in figureIn) (out figureOut, err error) {
	f := figures.SetOf(u).Figure(in.Key)
	if f == nil {
		return out, records.NotFound()
	}
	s, err := figures.LatestOf(u, f, figures.Scope(in.Scope))
	if err != nil {
		return out, err
	}
	out = figureFor(f, s)
	out.Targets, err = Targets(u, f, figures.Scope(in.Scope))
	return out, err
}

type targetIn struct {
	Key    string       `json:"key"`
	Scope  string       `json:"scope,omitempty"`
	From   records.Date `json:"from"`
	Until  records.Date `json:"until,omitempty"`
	Better string       `json:"better" doc:"higher or lower"`
	Target *float64     `json:"target" doc:"Short of it a value wants attention"`
	Limit  *float64     `json:"limit" doc:"Beyond it a value is bad"`
	Reason string       `json:"reason"`
}

type idOut struct {
	ID string `json:"id"`
}

func setTarget(u *records.Tx, in targetIn) (out idOut, err error) {
	out.ID, err = SetTarget(u, Target{Figure: in.Key, Scope: figures.Scope(in.Scope), From: in.From, Until: in.Until,
		Better: figures.Direction(in.Better), Target: in.Target, Limit: in.Limit, Reason: in.Reason})
	return out, err
}

func endTarget(u *records.Tx, in struct {
	Key string `json:"key"`
	ID  string `json:"id"`
}) (nothing, error) {
	return nothing{}, EndTarget(u, in.Key, in.ID)
}

type optionOut struct {
	Key   string `json:"key"`
	Label string `json:"label"`
}

type decisionOut struct {
	ID        string       `json:"id"`
	Kind      string       `json:"kind"`
	Area      string       `json:"area"`
	Subject   string       `json:"subject"`
	Title     string       `json:"title"`
	State     string       `json:"state"`
	Options   []optionOut  `json:"options"`
	DecideBy  records.Date `json:"decide_by"`
	Assignee  string       `json:"assignee"`
	Role      string       `json:"role"`
	Delegate  string       `json:"delegate"`
	AskedOf   string       `json:"asked_of"`
	Outcome   string       `json:"outcome"`
	Reason    string       `json:"reason"`
	DecidedBy string       `json:"decided_by"`
	SecondBy  string       `json:"second_by"`
	Amount    any          `json:"amount"`
	Version   int64        `json:"version"`
	MayDecide bool         `json:"may_decide"`
	Events    []eventOut   `json:"events,omitempty"`
}

type eventOut struct {
	At    records.Moment `json:"at"`
	Act   string         `json:"act"`
	Actor string         `json:"actor"`
	Note  string         `json:"note"`
}

// english says a sentence in the language of programs.
func english(s words.Said) string { return s.In(web.PlainEnglish(), locale.En) }

func decisionFor(u *records.Tx, d *decisions.Decision) (out decisionOut, err error) {
	out = decisionOut{ID: d.ID, Kind: d.Kind, Area: d.Area, Title: english(d.Title), State: string(d.State), DecideBy: d.DecideBy, Assignee: d.Assignee, Role: d.Role,
		Delegate: d.Delegate, AskedOf: d.AskedOf, Outcome: d.Outcome, Reason: d.Reason, DecidedBy: d.DecidedBy, SecondBy: d.SecondBy, Version: d.Version, Options: []optionOut{}}
	for _, o := range d.Options {
		out.Options = append(out.Options, optionOut{o.Key, english(o.Label)})
	}
	if d.Amount.Set {
		out.Amount = moneyOf(d.Amount.V)
	}
	// The subject is named to those who see it, as on the page.
	if typeName, id := d.Subject.Split(); id != "" {
		if def := records.RegistryOf(u).Def(typeName); def != nil {
			if _, err := def.Get(u, id); err == nil {
				out.Subject = string(d.Subject)
			} else if !fail.Is(err, fail.NotFound) {
				return out, err
			}
		}
	}
	if d.Waits() {
		out.MayDecide, err = decisions.MayDecide(u, d)
	}
	return out, err
}

type decisionsOut struct {
	Decisions []decisionOut `json:"decisions"`
}

func listDecisions(u *records.Tx, in struct {
	Queue string `json:"queue,omitempty" doc:"mine (default), all, or decided"`
}) (out decisionsOut, err error) {
	out.Decisions = []decisionOut{}
	q := decisions.Queue(in.Queue)
	switch q {
	case "":
		q = decisions.Mine
	case decisions.Mine, decisions.All, decisions.Ended:
	default:
		return out, fail.Named("queue", "bridge.queue", "The queues are mine, all and decided.")
	}
	list, err := decisions.List(u, q, most)
	if err != nil {
		return out, err
	}
	for _, d := range list {
		one, err := decisionFor(u, d)
		if err != nil {
			return out, err
		}
		out.Decisions = append(out.Decisions, one)
	}
	return out, nil
}

type decisionIn struct {
	ID string `json:"id"`
}

func oneDecision(u *records.Tx, in decisionIn) (out decisionOut, err error) {
	d, err := decisions.Get(u, in.ID)
	if err != nil {
		return out, err
	}
	if out, err = decisionFor(u, d); err != nil {
		return out, err
	}
	events, err := decisions.Events(u, in.ID)
	for _, e := range events {
		out.Events = append(out.Events, eventOut{records.MomentOf(e.At), e.Act, e.ActorName, e.Note})
	}
	return out, err
}

// done answers a decision as it stands after the act; one that the caller does not see
// any more is named by its id alone.
func done(u *records.Tx, id string, err error) (out decisionOut, _ error) {
	if err != nil {
		return out, err
	}
	out, err = oneDecision(u, decisionIn{id})
	if fail.Is(err, fail.NotFound) {
		return decisionOut{ID: id, Options: []optionOut{}}, nil
	}
	return out, err
}

func decide(u *records.Tx, in struct {
	ID      string `json:"id"`
	Option  string `json:"option"`
	Reason  string `json:"reason"`
	Version int64  `json:"version,omitempty" doc:"As it was read; another one is refused"`
}) (decisionOut, error) {
	return done(u, in.ID, decisions.Decide(u, in.ID, decisions.Choice{Option: in.Option, Reason: in.Reason, Version: in.Version}))
}

func agree(u *records.Tx, in struct {
	ID      string `json:"id"`
	Agrees  bool   `json:"agrees"`
	Reason  string `json:"reason"`
	Version int64  `json:"version,omitempty"`
}) (decisionOut, error) {
	return done(u, in.ID, decisions.Agree(u, in.ID, in.Agrees, in.Reason, in.Version))
}

func delegate(u *records.Tx, in struct {
	ID     string       `json:"id"`
	To     string       `json:"to"`
	Until  records.Date `json:"until,omitempty"`
	Reason string       `json:"reason,omitempty"`
}) (decisionOut, error) {
	return done(u, in.ID, decisions.Delegate(u, in.ID, in.To, in.Until, in.Reason))
}

func askBack(u *records.Tx, in struct {
	ID       string `json:"id"`
	Of       string `json:"of"`
	Question string `json:"question"`
}) (decisionOut, error) {
	return done(u, in.ID, decisions.AskBack(u, in.ID, in.Of, in.Question))
}

func answer(u *records.Tx, in struct {
	ID   string `json:"id"`
	Text string `json:"text"`
}) (decisionOut, error) {
	return done(u, in.ID, decisions.Answer(u, in.ID, in.Text))
}

func reopen(u *records.Tx, in struct {
	ID     string `json:"id"`
	Reason string `json:"reason"`
}) (decisionOut, error) {
	return done(u, in.ID, decisions.Reopen(u, in.ID, in.Reason))
}

func limitsNow(u *records.Tx, _ nothing) (decisions.Limits, error) { return decisions.LimitsOf(u) }

func setLimits(u *records.Tx, in decisions.Limits) (decisions.Limits, error) {
	return in, SetLimits(u, in)
}
