package bridge

import (
	"html/template"
	"net/http"
	"slices"
	"strings"
	"time"

	"steward/kernel/decisions"
	"steward/kernel/figures"
	"steward/kernel/records"
	"steward/kernel/web"
	"steward/lib/locale"
)

// page is the Bridge.
type page struct {
	Greeting, Date, Week string
	Age                  string // how old the oldest figure shown is
	Steps                []step // what is still to be done first; none in a running installation
	Done, All            int    // of the first steps
	Early                bool   // most of them are still to be done: they come before the figures
	Tiles                template.HTML
	More                 template.HTML // the figures that have no tile here
	Cards                []*web.PanelView
	Decisions            []row
	Waiting              int64
	Ahead                []ahead
	Changes              []change
}

type ahead struct{ Day, Month, Title, Note, Href, Left, State string }

var pageTemplate = web.MustPage[page](files, "pages/bridge.html")

// How much of each the Bridge shows.
const (
	topTiles     = 12
	topDecisions = 6
	topDeadlines = 6
	horizon      = 90 // days
)

func show(w http.ResponseWriter, r *web.Request) error {
	now := r.View.Now.In(r.Zone)
	p := page{Greeting: greeting(r, now), Date: r.Lang.Date(now, locale.Full), Week: r.Lang.Week(now)}
	list, err := tilesOf(r, figures.Organisation, true)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		if list, err = ownTiles(r); err != nil {
			return err
		}
	}
	if len(list) > 0 {
		top := 0
		for top < min(len(list), topTiles) && !list[top].NA {
			top++
		}
		if len(list) > top {
			if p.More, err = figsTemplate.Body(r, tilesView{list[top:]}); err != nil {
				return err
			}
			list = list[:top]
		}
		if p.Tiles, err = tilesTemplate.Body(r, tilesView{list}); err != nil {
			return err
		}
		if p.Age, err = age(r); err != nil {
			return err
		}
	}
	waiting, err := decisions.List(r.View, decisions.Mine, topDecisions)
	if err != nil {
		return err
	}
	if p.Decisions, err = rowsOf(r, waiting); err != nil {
		return err
	}
	if p.Waiting, err = decisions.Waiting(r.View); err != nil {
		return err
	}
	for i := range p.Decisions {
		// Beside its title a decision says only what the title does not.
		d := &p.Decisions[i]
		if d.Amount == web.Unknown || strings.Contains(d.Title, d.Amount) {
			d.Amount = ""
		}
		if strings.Contains(d.Title, d.About) {
			d.About = ""
		}
	}
	p.Waiting = max(p.Waiting, int64(len(waiting)))
	if p.Ahead, err = deadlines(r); err != nil {
		return err
	}
	if p.Changes, err = changes(r); err != nil {
		return err
	}
	first, err := steps(r)
	if err != nil {
		return err
	}
	p.All = len(first)
	for _, s := range first {
		if s.Done {
			p.Done++
		} else {
			p.Steps = append(p.Steps, s)
		}
	}
	p.Early = 2*p.Done < p.All
	if p.Cards, err = cards(r); err != nil {
		return err
	}
	return pageTemplate.Show(w, r, web.Shell{Title: r.T("nav.bridge", "Bridge")}, p)
}

// cards are what other modules show on the Bridge.
func cards(r *web.Request) (out []*web.PanelView, err error) {
	for _, panel := range r.Site.Panels {
		if panel.Place != web.Home {
			continue
		}
		v, err := panel.Show(r, records.Record{})
		if err != nil {
			return nil, err
		}
		if v != nil {
			out = append(out, v)
		}
	}
	return out, nil
}

// greeting is by the hour where the organisation is.
func greeting(r *web.Request, now time.Time) string {
	name, _, _ := strings.Cut(r.Actor.Name, " ")
	switch h := now.Hour(); {
	case h >= 4 && h < 12:
		return r.T("bridge.morning", "Good morning, {name}", "name", name)
	case h >= 12 && h < 18:
		return r.T("bridge.afternoon", "Good afternoon, {name}", "name", name)
	}
	return r.T("bridge.evening", "Good evening, {name}", "name", name)
}

// age is how old the oldest of the figures is.
func age(r *web.Request) (string, error) {
	latest, err := figures.Latest(r.View, figures.Organisation)
	if err != nil {
		return "", err
	}
	var oldest time.Time
	for _, s := range latest {
		if oldest.IsZero() || s.At.Before(oldest) {
			oldest = s.At
		}
	}
	if oldest.IsZero() {
		return "", nil
	}
	return r.Ago(records.MomentOf(oldest)), nil
}

// deadlines are the next ones of all modules, the earliest first.
func deadlines(r *web.Request) ([]ahead, error) {
	var all []web.Deadline
	for _, find := range r.Site.Deadlines {
		more, err := find(r, r.Today().AddDays(horizon))
		if err != nil {
			return nil, err
		}
		all = append(all, more...)
	}
	slices.SortStableFunc(all, func(a, b web.Deadline) int { return strings.Compare(string(a.Day), string(b.Day)) })
	var out []ahead
	for _, d := range all[:min(len(all), topDeadlines)] {
		t := d.Day.Time()
		left := int(t.Sub(r.Today().Time()).Hours() / 24)
		a := ahead{Day: t.Format("2"), Month: r.Lang.MonthAxis(t.Month()), Title: d.Title, Note: d.Note, Href: d.Href, Left: r.Lang.RelativeDays(left)}
		switch {
		case left < 0:
			a.State = "bad"
		case left <= 14:
			a.State = "warn"
		}
		out = append(out, a)
	}
	return out, nil
}
