package bridge

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"steward/kernel/decisions"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/web"
)

// row is a decision as lists show it, on the inbox, the Bridge and record pages.
type row struct {
	Title, Href, Icon string
	Kind              string
	About, AboutHref  string // the subject; "" when the reader may not see it
	Amount            string
	Due, DueState     string // "in 8 days", "bad" when late, "warn" when near
	By                string // the day to decide by
	Who               string // who decides, or decided
	State, StateText  string
	Colour            string // of the icon
}

// near is within how many days a deadline is near.
const near = 14

// rowsOf prepares decisions for showing; titles of records are loaded in batches.
func rowsOf(r *web.Request, list []*decisions.Decision) ([]row, error) {
	labels, err := labelsOf(r, list)
	if err != nil {
		return nil, err
	}
	out := make([]row, len(list))
	for i, d := range list {
		v := row{Title: r.Tell(d.Title), Href: "/decisions/" + d.ID, Icon: "checkbox", Amount: web.Unknown, By: web.Unknown, Colour: "c1"}
		if k := decisions.SetOf(r.View).Kind(d.Kind); k != nil {
			v.Kind = r.T(k.Title.Key, k.Title.English)
			if k.Icon != "" {
				v.Icon = k.Icon
			}
		}
		if l, ok := labels[d.Subject]; ok {
			v.About, v.AboutHref = l.Title, l.Path
		}
		if d.Amount.Set {
			v.Amount = r.Money(d.Amount.V)
		}
		if d.DecideBy != "" {
			v.By = r.Day(d.DecideBy)
			if d.Waits() {
				v.Due, v.DueState = due(r, d.DecideBy)
			}
		}
		v.Who = who(r, d, labels)
		v.State, v.StateText = stateOf(r, d)
		out[i] = v
	}
	return out, nil
}

func due(r *web.Request, by records.Date) (text, state string) {
	left := int(by.Time().Sub(r.Today().Time()).Hours() / 24)
	switch {
	case left < 0:
		state = "bad"
	case left <= near:
		state = "warn"
	}
	return r.Lang.RelativeDays(left), state
}

// who names the person or role that decides, or the one who did.
func who(r *web.Request, d *decisions.Decision, labels web.Labels) string {
	name := func(id string) string {
		if l, ok := labels[person(id)]; ok {
			return l.Title
		}
		return r.T("bridge.decisions.somebody", "Somebody")
	}
	switch {
	case d.State == decisions.Decided && d.SecondName != "":
		return d.DecidedName + ", " + d.SecondName
	case d.State == decisions.Decided:
		return d.DecidedName
	case d.State == decisions.Withdrawn:
		return ""
	case d.Delegate != "" && r.Today() <= d.DelegatedUntil:
		return name(d.Delegate)
	case d.Assignee != "":
		return name(d.Assignee)
	case d.Role != "":
		return roleTitle(r, d.Role)
	}
	return r.T("bridge.decisions.whoever", "Anyone who may approve")
}

func stateOf(r *web.Request, d *decisions.Decision) (state, text string) {
	switch d.State {
	case decisions.Second:
		return "info", r.T("bridge.decisions.state.second", "Waits for a second person")
	case decisions.Decided:
		if o := d.Option(d.Outcome); o != nil {
			return "ok", r.Tell(o.Label)
		}
		return "ok", r.T("bridge.decisions.state.decided", "Decided")
	case decisions.Withdrawn:
		return "mute", r.T("bridge.decisions.state.withdrawn", "Withdrawn")
	}
	return "warn", r.T("bridge.decisions.state.open", "Open")
}

func person(id string) records.Ref { return org.Persons.Ref(records.ID[org.Person](id)) }

// labelsOf loads the titles of all subjects and persons of the decisions that
// the reader may see, a batch a type.
func labelsOf(r *web.Request, list []*decisions.Decision) (web.Labels, error) {
	want := map[string][]string{}
	for _, d := range list {
		if t, id := d.Subject.Split(); id != "" {
			want[t] = append(want[t], id)
		}
		for _, p := range []string{d.Assignee, d.Delegate, d.Requester, d.DelegatedBy, d.AskedOf} {
			if p != "" {
				t := org.Persons.Def().Name
				want[t] = append(want[t], p)
			}
		}
	}
	out := web.Labels{}
	for _, def := range r.Site.Registry.Defs() {
		if len(want[def.Name]) == 0 {
			continue
		}
		got, err := def.Labels(r.View, want[def.Name])
		if err != nil {
			return nil, err
		}
		for id, l := range got {
			out[records.MakeRef(def.Name, id)] = l
		}
	}
	return out, nil
}

type inboxPage struct {
	Tabs  []tab
	Kinds []tab // what is asked, when several things are
	Rows  []row
	Ended bool
	More  bool
}

type tab struct {
	Title, Href string
	On          bool
	Count       int64
}

var inboxTemplate = web.MustPage[inboxPage](files, "pages/inbox.html")

// most is how many decisions the inbox shows.
const most = 100

// showInbox is the queue: what waits for the reader, for anybody, and what was decided.
func showInbox(w http.ResponseWriter, r *web.Request) error {
	q := decisions.Queue(r.FormValue("queue"))
	if q != decisions.All && q != decisions.Ended {
		q = decisions.Mine
	}
	list, err := decisions.List(r.View, q, most+1)
	if err != nil {
		return err
	}
	p := inboxPage{Ended: q == decisions.Ended, More: len(list) > most, Tabs: []tab{
		{Title: r.T("bridge.decisions.mine", "For me"), Href: "/inbox", On: q == decisions.Mine},
		{Title: r.T("bridge.decisions.all", "All that wait"), Href: "/inbox?queue=all", On: q == decisions.All},
		{Title: r.T("bridge.decisions.ended", "Decided"), Href: "/inbox?queue=decided", On: q == decisions.Ended},
	}}
	list = list[:min(len(list), most)]
	kind := r.FormValue("kind")
	p.kinds(r, q, kind, list)
	if kind != "" {
		list = slices.DeleteFunc(list, func(d *decisions.Decision) bool { return d.Kind != kind })
	}
	if p.Rows, err = rowsOf(r, list); err != nil {
		return err
	}
	return inboxTemplate.Show(w, r, web.Shell{Title: r.T("bridge.decisions.inbox", "Decisions")}, p)
}

// kinds are the things that are asked in the list, in the order of their urgency, each
// with the address that leaves the others out.
func (p *inboxPage) kinds(r *web.Request, q decisions.Queue, chosen string, list []*decisions.Decision) {
	address := func(kind string) string {
		v := url.Values{}
		if q != decisions.Mine {
			v.Set("queue", string(q))
		}
		if kind != "" {
			v.Set("kind", kind)
		}
		return strings.TrimSuffix("/inbox?"+v.Encode(), "?")
	}
	p.Kinds = []tab{{Title: r.T("bridge.decisions.every-kind", "Everything"), Href: address(""), On: chosen == "", Count: int64(len(list))}}
	at := map[string]int{}
	for _, d := range list {
		k := decisions.SetOf(r.View).Kind(d.Kind)
		if k == nil {
			continue
		}
		if at[d.Kind] == 0 {
			at[d.Kind] = len(p.Kinds)
			p.Kinds = append(p.Kinds, tab{Title: r.T(k.Title.Key, k.Title.English), Href: address(d.Kind), On: chosen == d.Kind})
		}
		p.Kinds[at[d.Kind]].Count++
	}
	if len(p.Kinds) < 3 && chosen == "" {
		p.Kinds = nil
	}
}
