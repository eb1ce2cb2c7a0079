package bridge

import (
	"html/template"
	"net/http"
	"slices"

	"steward/kernel/access"
	"steward/kernel/decisions"
	"steward/kernel/fail"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/web"
)

type decisionPage struct {
	row
	Path                                          string
	Context                                       string
	Facts                                         []factView
	Options                                       []optionView
	Version                                       int64
	Open, Second, Decided, Withdrawn              bool
	MayDecide, MayAgree, MayDelegate              bool
	Own                                           bool // decided by the reader, waits for another
	NeedsSecond                                   bool
	Outcome, Reason, Decider, DecidedWhen, Agreed string
	SecondReason                                  string
	Asked, Requester                              string
	Delegate, DelegateUntil                       string
	Events                                        []eventView
	Problem                                       map[string]string
	General                                       string
	Typed                                         typed
	People                                        []choiceView
	MayReopen                                     bool
	AskedOf                                       string // who was asked something first; "" for nobody
	AskedMe                                       bool
	Min                                           string
}

type factView struct{ Label, Value, Href string }

type optionView struct {
	Key, Label, Effect      string
	Changes                 []factView
	Recommended, On, Chosen bool
}

type eventView struct{ Icon, Class, Who, Text, When, Exact, Note string }

type typed struct{ Option, Reason, To, Until string }

type choiceView struct {
	ID, Name  string
	On        bool
	Requester bool // asked for the decision: may be asked, and not decide
}

var decisionTemplate = web.MustPage[decisionPage](files, "pages/decision.html")

func showDecision(w http.ResponseWriter, r *web.Request) error {
	return decisionAnswer(w, r, http.StatusOK, nil)
}

// decisionAnswer is the page of one decision, with what was typed and what is wrong with it.
func decisionAnswer(w http.ResponseWriter, r *web.Request, code int, problem *fail.Error) error {
	d, err := decisions.Get(r.View, r.PathValue("id"))
	if err != nil {
		return err
	}
	p, err := pageOf(r, d)
	if err != nil {
		return err
	}
	p.Problem = map[string]string{}
	if problem != nil {
		p.Typed = typed{r.PostFormValue("option"), r.PostFormValue("reason"), r.PostFormValue("to"), r.PostFormValue("until")}
		for _, e := range problem.All() {
			if e.Field == "" {
				p.General = r.Say(e)
			}
			p.Problem[e.Field] = r.Say(e)
		}
	}
	for i := range p.Options {
		o := &p.Options[i]
		o.On = o.Key == p.Typed.Option || p.Typed.Option == "" && o.Recommended
	}
	for i := range p.People {
		p.People[i].On = p.People[i].ID == p.Typed.To
	}
	return decisionTemplate.Status(w, r, code, web.Shell{Title: p.Title, Crumbs: []web.Crumb{{Title: r.T("bridge.decisions.inbox", "Decisions"), Href: "/inbox"}}}, p)
}

func pageOf(r *web.Request, d *decisions.Decision) (decisionPage, error) {
	p := decisionPage{Path: "/decisions/" + d.ID, Context: r.Tell(d.Context), Version: d.Version, Open: d.State == decisions.Open, Second: d.State == decisions.Second, Decided: d.State == decisions.Decided,
		Withdrawn: d.State == decisions.Withdrawn, Asked: r.Moment(records.MomentOf(d.AskedAt)), Min: string(r.Today()),
		Reason: d.Reason, Decider: d.DecidedName, Agreed: d.SecondName, SecondReason: d.SecondReason}
	rows, err := rowsOf(r, []*decisions.Decision{d})
	if err != nil {
		return p, err
	}
	p.row = rows[0]
	labels, err := labelsOf(r, []*decisions.Decision{d})
	if err != nil {
		return p, err
	}
	if l, ok := labels[person(d.Requester)]; ok {
		p.Requester = l.Title
	}
	if d.Delegate != "" {
		p.Delegate, p.DelegateUntil = r.T("bridge.decisions.somebody", "Somebody"), r.Day(d.DelegatedUntil)
		if l, ok := labels[person(d.Delegate)]; ok {
			p.Delegate = l.Title
		}
	}
	if d.AskedOf != "" {
		p.AskedOf, p.AskedMe = r.T("bridge.decisions.somebody", "Somebody"), d.Waits() && d.AskedOf == r.Actor.Person
		if l, ok := labels[person(d.AskedOf)]; ok {
			p.AskedOf = l.Title
		}
	}
	p.Facts = facts(r, d.Facts)
	for _, o := range d.Options {
		v := optionView{Key: o.Key, Label: r.Tell(o.Label), Effect: r.Tell(o.Effect), Recommended: o.Key == d.Recommended, Chosen: o.Key == d.Outcome, Changes: facts(r, o.Changes)}
		if v.Chosen {
			p.Outcome = v.Label
		}
		second, err := decisions.NeedsSecond(r.View, d, &o)
		if err != nil {
			return p, err
		}
		p.NeedsSecond = p.NeedsSecond || second
		p.Options = append(p.Options, v)
	}
	if !d.DecidedAt.IsZero() {
		p.DecidedWhen = r.Moment(records.MomentOf(d.DecidedAt))
	}
	if err := p.rights(r, d); err != nil {
		return p, err
	}
	events, err := decisions.Events(r.View, d.ID)
	for _, e := range events {
		p.Events = append(p.Events, eventOf(r, d, e))
	}
	return p, err
}

func facts(r *web.Request, list []decisions.Fact) []factView {
	out := make([]factView, len(list))
	for i, f := range list {
		out[i] = factView{Label: r.Tell(f.Label), Value: r.Tell(f.Value)}
		if f.Figure != "" {
			out[i].Href = "/figures/" + f.Figure
		}
	}
	return out
}

// rights says what the reader may do here.
func (p *decisionPage) rights(r *web.Request, d *decisions.Decision) error {
	if d.State == decisions.Withdrawn {
		return nil
	}
	may, err := decisions.MayDecide(r.View, d)
	if err != nil {
		return err
	}
	if p.MayReopen = may && d.State == decisions.Decided; !d.Waits() {
		return nil
	}
	p.Own = d.State == decisions.Second && d.DecidedBy == r.Actor.Person
	p.MayDecide = may && d.State == decisions.Open
	p.MayAgree = may && d.State == decisions.Second && !p.Own
	if !may {
		return nil
	}
	if p.MayDelegate, err = decisions.MayDelegate(r.View, d); err != nil {
		return err
	}
	p.People, err = deciders(r, d)
	return err
}

// involved are the people who took part in a decision. Their names stand on its page
// anyway, so a delegate who may see no people can still ask who gave it away.
func involved(r *web.Request, d *decisions.Decision) (out []*org.Person, err error) {
	var ids []string
	for _, id := range []string{d.DelegatedBy, d.Requester, d.DecidedBy} {
		if id != "" {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	err = r.Site.DB.View(r.Context(), access.System(), func(v *records.View) error {
		out, err = org.Persons.List(v, records.Query{IDs: ids})
		return err
	})
	return out, err
}

// deciders are the persons a decision can be given to, or who can be asked about it:
// those who can sign in.
func deciders(r *web.Request, d *decisions.Decision) ([]choiceView, error) {
	all, err := org.Persons.List(r.View, records.Query{})
	if err != nil {
		return nil, err
	}
	part, err := involved(r, d)
	if err != nil {
		return nil, err
	}
	for _, p := range part {
		if !slices.ContainsFunc(all, func(other *org.Person) bool { return other.ID == p.ID }) {
			all = append(all, p)
		}
	}
	can := map[string]bool{}
	rows, err := r.View.Query("SELECT person FROM signin_account WHERE NOT disabled")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		can[id] = true
	}
	var out []choiceView
	for _, p := range all {
		if id := string(p.ID); can[id] && id != r.Actor.Person {
			out = append(out, choiceView{ID: id, Name: p.Name, Requester: id == d.Requester})
		}
	}
	return out, rows.Err()
}

func eventOf(r *web.Request, d *decisions.Decision, e decisions.Event) eventView {
	v := eventView{Who: e.ActorName, When: r.Ago(records.MomentOf(e.At)), Exact: r.Moment(records.MomentOf(e.At)), Note: e.Note, Icon: "clock"}
	option := ""
	if o := d.Option(e.Detail); o != nil {
		option = r.Tell(o.Label)
	}
	switch e.Act {
	case "asked":
		v.Text = r.T("bridge.decisions.event.asked", "asked this")
	case "changed":
		v.Text = r.T("bridge.decisions.event.changed", "asked it anew, because the facts changed")
		v.Icon = "refresh"
	case "decided":
		v.Text, v.Icon, v.Class = r.T("bridge.decisions.event.decided", "chose “{option}”", "option", option), "check", "ok"
	case "agreed":
		v.Text, v.Icon, v.Class = r.T("bridge.decisions.event.agreed", "agreed to “{option}”", "option", option), "check", "ok"
	case "refused":
		v.Text, v.Icon, v.Class = r.T("bridge.decisions.event.refused", "did not agree to “{option}”", "option", option), "x", "bad"
	case "asked-back":
		v.Text = r.T("bridge.decisions.event.asked-back", "asked {name}", "name", e.Detail)
		v.Icon = "help-circle"
	case "answered":
		v.Text, v.Icon = r.T("bridge.decisions.event.answered", "answered"), "message"
	case "reopened":
		v.Text, v.Icon = r.T("bridge.decisions.event.reopened", "opened it again; “{option}” was chosen before", "option", option), "refresh"
	case "delegated":
		v.Icon = "user-check"
		if e.Detail == "" {
			v.Text = r.T("bridge.decisions.event.taken-back", "took the delegation back")
		} else {
			v.Text = r.T("bridge.decisions.event.delegated", "gave it to {name}", "name", e.Detail)
		}
	case "withdrawn":
		v.Text, v.Icon = r.T("bridge.decisions.event.withdrawn", "withdrew it, because its cause is gone"), "archive"
	}
	return v
}

// answered runs a form's write and shows the page again with what is wrong.
func answered(w http.ResponseWriter, r *web.Request, write func(u *records.Tx) error) error {
	err := r.Update(write)
	if e := fail.As(err); e != nil && (e.Kind == fail.Invalid || e.Kind == fail.Conflict || e.Kind == fail.Forbidden) {
		return r.Reopen(func() error { return decisionAnswer(w, r, web.Status(e.Kind), e) })
	}
	if err != nil {
		return err
	}
	r.Toast(w, "decided")
	return r.Redirect(w, r.Back("/decisions/"+r.PathValue("id")))
}

func version(r *web.Request) (n int64) {
	for _, c := range r.PostFormValue("version") {
		if c < '0' || c > '9' || n > 1<<50 {
			return -1 // not a version that this page gave out
		}
		n = n*10 + int64(c-'0')
	}
	return n
}

func postDecide(w http.ResponseWriter, r *web.Request) error {
	return answered(w, r, func(u *records.Tx) error {
		return decisions.Decide(u, r.PathValue("id"), decisions.Choice{Option: r.PostFormValue("option"), Reason: r.PostFormValue("reason"), Version: version(r)})
	})
}

func postAgree(w http.ResponseWriter, r *web.Request) error {
	return answered(w, r, func(u *records.Tx) error {
		return decisions.Agree(u, r.PathValue("id"), r.PostFormValue("agrees") == "yes", r.PostFormValue("reason"), version(r))
	})
}

func postDelegate(w http.ResponseWriter, r *web.Request) error {
	return answered(w, r, func(u *records.Tx) error {
		return decisions.Delegate(u, r.PathValue("id"), r.PostFormValue("to"), records.Date(r.PostFormValue("until")), r.PostFormValue("reason"))
	})
}

func postAsk(w http.ResponseWriter, r *web.Request) error {
	return answered(w, r, func(u *records.Tx) error {
		return decisions.AskBack(u, r.PathValue("id"), r.PostFormValue("of"), r.PostFormValue("reason"))
	})
}

func postAnswer(w http.ResponseWriter, r *web.Request) error {
	return answered(w, r, func(u *records.Tx) error { return decisions.Answer(u, r.PathValue("id"), r.PostFormValue("reason")) })
}

func postReopen(w http.ResponseWriter, r *web.Request) error {
	return answered(w, r, func(u *records.Tx) error { return decisions.Reopen(u, r.PathValue("id"), r.PostFormValue("reason")) })
}

func roleTitle(r *web.Request, name string) string {
	role, ok := access.RoleNamed(name)
	if !ok {
		return name
	}
	return r.T("kernel.access.role."+role.Name, role.Title)
}

type panelView struct{ Rows []row }

var panelTemplate = web.MustPage[panelView](files, "pages/panel.html")

// shown is how many decisions a record's page shows.
const shown = 5

// decisionsPanel shows on any record the decisions that are about it.
func decisionsPanel() web.Panel {
	return web.Panel{Place: web.Main, Show: func(r *web.Request, rec records.Record) (*web.PanelView, error) {
		list, err := decisions.About(r.View, records.MakeRef(rec.Def.Name, rec.ID()), shown)
		if err != nil || len(list) == 0 {
			return nil, err
		}
		rows, err := rowsOf(r, list)
		if err != nil {
			return nil, err
		}
		body, err := panelTemplate.Body(r, panelView{rows})
		if err != nil {
			return nil, err
		}
		v := &web.PanelView{ID: "decisions", Title: r.T("bridge.decisions.panel", "Decisions"), Body: template.HTML(body)}
		for i, d := range list {
			may, err := decisions.MayDecide(r.View, d)
			if err != nil {
				return nil, err
			}
			if d.Waits() && may {
				v.Actions = []web.Action{{Text: r.T("bridge.decisions.decide", "Decide"), Icon: "check", Href: rows[i].Href, Primary: true}}
				break
			}
		}
		return v, nil
	}}
}
