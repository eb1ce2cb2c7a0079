package privacy

import (
	"net/http"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/storage"
	"steward/kernel/web"
	"steward/lib/words"
)

type erasePage struct {
	Name, Human, Path, Record string
	Refused, Notes            []string
	Lists                     []partList
	Asked                     string // who asked for it, why and when
	Erased                    string // when
	Reason, Problem           string // typed
	HoldReason, Until         string // typed
	Holds                     []holdView
	MayErase, MayHold         bool
}

type partList struct {
	Title string
	Rows  []partView
}

type partView struct {
	Text, Why string
	Count     int64
}

type holdView struct {
	ID, Reason, When string
	State, StateText string
	InForce          bool
}

var eraseTemplate = web.MustPage[erasePage](embedded, "pages/erase.html")

// showErase is the preview of an erasure, with what stands against it and the holds.
func showErase(w http.ResponseWriter, r *web.Request) error {
	return eraseView(w, r, http.StatusOK, erasePage{})
}

// onErase is the person for who may see an erasure's preview: who may ask for one or
// keep a hold.
func onErase(r *web.Request) (records.Record, error) {
	rec, err := org.Persons.Def().Get(r.View, r.PathValue("person"))
	if err == nil && !mayAll(r.View, access.Archive) && !MayHold(r.View) {
		err = records.NotFound()
	}
	return rec, err
}

func eraseView(w http.ResponseWriter, r *web.Request, code int, p erasePage) error {
	rec, err := onErase(r)
	if err != nil {
		return err
	}
	p.Name, p.Human, p.Path, p.Record = rec.Title(), rec.Human(), pathOf(rec.ID()), rec.Path()
	p.MayErase, p.MayHold = mayAll(r.View, access.Archive), MayHold(r.View)
	at, err := erasedAt(r.View, rec.ID())
	if err != nil {
		return err
	}
	if at != 0 {
		p.Erased = r.Moment(records.Moment(at))
	} else if err := p.preview(r, rec.ID()); err != nil {
		return err
	}
	holds, err := Holds(r.View, rec.ID())
	for _, h := range holds {
		p.Holds = append(p.Holds, holdViewOf(r, h))
	}
	if err != nil {
		return err
	}
	return eraseTemplate.Status(w, r, code, web.Shell{Title: r.T("privacy.erase.title", "Erase what is held of {name}", "name", p.Name), Crumbs: []web.Crumb{{Title: rec.Title(), Href: rec.Path()}}}, p)
}

func (p *erasePage) preview(r *web.Request, id string) error {
	plan, err := Preview(r.View, id)
	if err != nil {
		return err
	}
	for _, s := range plan.Refused {
		p.Refused = append(p.Refused, r.Tell(s))
	}
	for _, s := range plan.Notes {
		p.Notes = append(p.Notes, r.Tell(s))
	}
	for _, l := range []struct {
		title words.Word
		parts []Part
	}{{words.T("privacy.cleared", "Cleared"), plan.Cleared}, {words.T("privacy.changed", "Changed"), plan.Changed}, {words.T("privacy.kept", "Kept"), plan.Kept}} {
		list := partList{Title: r.Tell(l.title.With())}
		for _, part := range l.parts {
			list.Rows = append(list.Rows, partView{part.in(r), whyIn(r, part), part.Count})
		}
		p.Lists = append(p.Lists, list)
	}
	a, err := askedFor(r.View, id)
	if err == nil && a != nil {
		p.Asked = r.T("privacy.asked.by", "{name} asked for it on {moment}: {reason}", "name", a.name, "moment", r.Moment(a.at), "reason", a.reason)
	}
	return err
}

// in is what a part is called for a reader.
func (p Part) in(r *web.Request) string {
	switch {
	case p.def != nil && p.field != nil:
		return r.Plural(p.def) + " · " + r.Label(p.def, p.field)
	case p.def != nil:
		return r.Plural(p.def)
	}
	return r.Tell(p.What)
}

func whyIn(r *web.Request, p Part) string {
	if p.Why.Zero() {
		return ""
	}
	return r.Tell(p.Why)
}

func holdViewOf(r *web.Request, h Hold) holdView {
	v := holdView{ID: h.ID, Reason: h.Reason, When: h.SetBy + ", " + r.Moment(h.SetAt), InForce: h.InForce(r.View), State: "warn", StateText: r.T("privacy.hold.in-force", "In force")}
	if h.Until != "" {
		v.When += " · " + r.T("privacy.hold.until", "until {day}", "day", r.Day(records.Date(h.Until)))
	}
	switch {
	case h.LiftedAt != 0:
		v.State, v.StateText = "mute", r.T("privacy.hold.lifted", "Lifted")
		v.When += " · " + r.T("privacy.hold.lifted-by", "lifted by {name}, {moment}", "name", h.LiftedBy, "moment", r.Moment(h.LiftedAt))
	case !v.InForce:
		v.State, v.StateText = "mute", r.T("privacy.hold.ended", "Ended")
	}
	return v
}

// askErase asks for an erasure, or takes back that it was asked for.
func askErase(w http.ResponseWriter, r *web.Request) error {
	if _, err := onErase(r); err != nil {
		return err
	}
	p := erasePage{Reason: r.PostFormValue("reason")}
	return tried(w, r, p, func(u *records.Tx) error {
		if r.PostFormValue("do") == "withdraw" {
			return Withdraw(u, r.PathValue("person"))
		}
		return Request(u, r.PathValue("person"), p.Reason)
	})
}

// changeHolds sets or lifts a hold.
func changeHolds(w http.ResponseWriter, r *web.Request) error {
	if _, err := onErase(r); err != nil {
		return err
	}
	p := erasePage{HoldReason: r.PostFormValue("reason"), Until: r.PostFormValue("until")}
	return tried(w, r, p, func(u *records.Tx) error {
		if r.PostFormValue("do") == "lift" {
			return LiftHold(u, r.PathValue("person"), r.PostFormValue("id"))
		}
		return SetHold(u, r.PathValue("person"), p.HoldReason, records.Date(p.Until))
	})
}

// tried does what a form asks for; what is wrong is shown with what was typed.
func tried(w http.ResponseWriter, r *web.Request, p erasePage, do func(u *storage.Update) error) error {
	err := r.Update(do)
	if e := fail.As(err); e != nil && (e.Kind == fail.Invalid || e.Kind == fail.Conflict) {
		p.Problem = r.Say(e)
		return eraseView(w, r, web.Status(e.Kind), p)
	}
	if err != nil {
		return err
	}
	r.Toast(w, "saved")
	return r.Redirect(w, pathOf(r.PathValue("person"))+"/erase")
}
