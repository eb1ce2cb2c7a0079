package lists

import (
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"steward/kernel/fail"
	"steward/kernel/jobs"
	"steward/kernel/records"
	"steward/kernel/web"
)

// shown is how many refused records a page names.
const shown = 100

// choose writes the rows chosen in a list, or all that match, to a file, or begins a
// change to them.
func choose(d *records.Def) web.Handler {
	return func(w http.ResponseWriter, r *web.Request) error {
		if err := r.ParseForm(); err != nil {
			return err
		}
		f := r.PostForm
		here, err := url.Parse(f.Get("query"))
		if err != nil || here.Path != d.Path("") {
			here = &url.URL{Path: d.Path("")}
		}
		ids, err := chosen(f)
		if err != nil {
			return err
		}
		if at := slices.IndexFunc(formats, func(x format) bool { return x.name == f.Get("do") }); at >= 0 {
			return formats[at].write(w, r, d, here.Query(), ids)
		}
		q := records.Query{IDs: ids, Both: true}
		if ids == nil {
			if q, err = records.ParseQuery(r.View, d, here.Query()); err != nil {
				return err
			}
			q.After, q.Before = "", ""
		}
		var c *Change
		err = r.Update(func(u *records.Tx) (err error) {
			if c, err = Start(u, d, q, here.String()); err != nil {
				return err
			}
			switch act := Act(f.Get("do")); act {
			case Archive, Restore:
				err = c.Plan(u, d, []Step{{Act: act}})
			}
			return err
		})
		if err != nil {
			return err
		}
		return r.Redirect(w, "/changes/"+c.ID)
	}
}

type changePage struct {
	Title, Path, Back, Problem string
	State                      State
	Steps                      []stepView
	Choices                    []choiceView
	Field                      string
	Input                      template.HTML
	MayClear, IsTag            bool
	Tried, Beyond              string
	Counts                     []countView
	Problems                   []problemView
	More                       bool
	Ready, MayUndo             bool
	Run, Done, Total           string
	Waiting                    bool
}

type (
	stepView    struct{ Text, Value, At string }
	choiceView  struct{ Value, Name, Group string }
	countView   struct{ State, Name, N string }
	problemView struct{ Title, Human, Href, Why string }
)

var changeTemplate = web.MustPage[changePage](files, "pages/change.html")

func showChange(w http.ResponseWriter, r *web.Request) error {
	c, d, err := Get(r.View, r.PathValue("id"))
	if err != nil {
		return err
	}
	return writeChange(w, r, c, d, http.StatusOK, r.URL.Query(), nil)
}

func writeChange(w http.ResponseWriter, r *web.Request, c *Change, d *records.Def, code int, typed url.Values, wrong *fail.Error) error {
	total := c.total()
	p := changePage{Title: r.T("lists.change-title", "{type}: change {count} {count|record|records}", "type", r.Plural(d), "count", total), Path: "/changes/" + c.ID, Back: c.Back,
		State: c.State, Field: typed.Get("field"), Waiting: c.State == Running || c.State == Undoing, Total: r.Lang.Int(total), Done: "0"}
	if wrong != nil {
		p.Problem = r.Say(wrong)
	}
	all, err := Fields(r.View, d)
	if err != nil {
		return err
	}
	if p.Steps, err = stepViews(r, c, d, all); err != nil {
		return err
	}
	var refused []row
	switch {
	case c.State == Draft:
		if refused, err = p.draft(r, c, d, all, typed); err != nil {
			return err
		}
	case p.Waiting && c.Job != "":
		job, err := jobs.Get(r.View, c.Job)
		if err != nil && !fail.Is(err, fail.NotFound) {
			return err
		}
		if job != nil {
			p.Done = r.Lang.Int(job.Done)
		}
	default:
		p.MayUndo = c.State == Done && c.Counts[Changed] > 0
		p.count(r, c.Counts[Changed], c.Counts[Same], c.Counts[Refused])
		if c.State == Undone {
			p.Counts = []countView{{"ok", r.T("lists.set-back", "Set back"), r.Lang.Int(c.Counts[TookOff])}, {"bad", r.T("lists.refused", "Refused"), r.Lang.Int(c.Counts[Refused])}}
		}
		if refused, err = c.rows(r.View, Refused, shown+1); err != nil {
			return err
		}
	}
	p.More = len(refused) > shown
	if p.Problems, err = problemViews(r, d, refused[:min(shown, len(refused))]); err != nil {
		return err
	}
	return changeTemplate.Status(w, r, code, web.Shell{Title: p.Title, Crumbs: []web.Crumb{{Title: r.Plural(d), Href: c.Back}}}, p)
}

func (p *changePage) count(r *web.Request, changed, same, refused int64) {
	p.Counts = []countView{{"ok", r.T("lists.changed", "Changed"), r.Lang.Int(changed)}, {"mute", r.T("lists.same", "Already so"), r.Lang.Int(same)}, {"bad", r.T("lists.refused", "Refused"), r.Lang.Int(refused)}}
}

// draft fills in what a change that is not begun offers, and tries it.
func (p *changePage) draft(r *web.Request, c *Change, d *records.Def, all []*records.Field, typed url.Values) ([]row, error) {
	p.Choices = append(p.Choices, choiceView{"+tag", r.T("lists.add-tag", "Put a tag on"), ""}, choiceView{"-tag", r.T("lists.remove-tag", "Take a tag off"), ""})
	for _, f := range all {
		if !slices.ContainsFunc(c.Steps, func(s Step) bool { return s.Field == f.Name }) {
			p.Choices = append(p.Choices, choiceView{f.Name, r.Label(d, f), ""})
		}
	}
	p.IsTag = p.Field == "+tag" || p.Field == "-tag"
	if at := slices.IndexFunc(all, func(f *records.Field) bool { return f.Name == p.Field }); at >= 0 {
		var err error
		p.MayClear = all[at].Optional
		if p.Input, err = r.Input(d, all[at], typed); err != nil {
			return nil, err
		}
	}
	if len(c.Steps) == 0 {
		return nil, nil
	}
	pre, err := c.Try(r.Context(), r.Site.DB, r.Actor, d)
	if err != nil {
		return nil, err
	}
	p.count(r, pre.Change, pre.Same, pre.Refused)
	p.Ready = pre.Change > 0
	p.Run = r.T("lists.run", "Change {count} {count|record|records}", "count", pre.Change)
	if more := c.total() - pre.Tried; more > 0 {
		p.Ready = true
		p.Run = r.T("lists.run-all", "Change them")
		p.Beyond = r.T("lists.beyond", "These are the first {tried}; the other {count} are tried when they are changed.", "tried", pre.Tried, "count", more)
	}
	return pre.Problems, nil
}

func stepViews(r *web.Request, c *Change, d *records.Def, all []*records.Field) (out []stepView, err error) {
	for i, s := range c.Steps {
		v := stepView{At: strconv.Itoa(i)}
		switch s.Act {
		case AddTag:
			v.Text, v.Value = r.T("lists.add-tag", "Put a tag on"), s.Tag
		case RemoveTag:
			v.Text, v.Value = r.T("lists.remove-tag", "Take a tag off"), s.Tag
		case Archive:
			v.Text = r.T("kernel.web.archive", "Archive")
		case Restore:
			v.Text = r.T("kernel.web.restore", "Bring back")
		default:
			at := slices.IndexFunc(all, func(f *records.Field) bool { return f.Name == s.Field })
			if at < 0 {
				v.Text = s.Field
				break
			}
			f, rec := all[at], records.Record{Def: d, V: d.New()}
			val, err := records.FromJSON(f, s.Value)
			if err != nil {
				return nil, err
			}
			rec.Set(f, val)
			labels, err := r.LabelsOf([]records.Record{rec}, []*records.Field{f})
			if err != nil {
				return nil, err
			}
			v.Text, v.Value = r.Label(d, f), r.Cell(d, f, val, labels).Text
		}
		out = append(out, v)
	}
	return out, nil
}

func problemViews(r *web.Request, d *records.Def, list []row) (out []problemView, err error) {
	var ids []string
	for _, one := range list {
		ids = append(ids, one.record)
	}
	labels, err := d.Labels(r.View, ids)
	for _, one := range list {
		l := labels[one.record]
		v := problemView{Title: l.Title, Human: l.Human, Href: l.Path, Why: r.Tell(one.problem.Said)}
		if f := d.Field(one.problem.Field); f != nil {
			v.Why = r.Label(d, f) + ": " + v.Why
		}
		out = append(out, v)
	}
	return out, err
}

// actOnChange adds and drops steps of a draft, carries it out, and undoes it.
func actOnChange(w http.ResponseWriter, r *web.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	form := r.PostForm
	c, d, err := Get(r.View, r.PathValue("id"))
	if err != nil {
		return err
	}
	do := form.Get("do")
	var add *Step
	switch {
	case do == "set" && strings.HasSuffix(form.Get("field"), "tag"):
		add = &Step{Act: AddTag, Tag: strings.Join(strings.Fields(form.Get("tag")), " ")}
		if form.Get("field") == "-tag" {
			add.Act = RemoveTag
		}
	case do == "clear":
		add = &Step{Act: ClearField, Field: form.Get("field")}
	case do == "set":
		all, err := Fields(r.View, d)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(all, func(f *records.Field) bool { return f.Name == form.Get("field") })
		if at < 0 {
			return records.NotFound()
		}
		v, _, err := r.Entered(all[at], form)
		if e := fail.As(err); e != nil {
			return writeChange(w, r, c, d, web.Status(e.Kind), form, e)
		} else if err != nil {
			return err
		}
		add = &Step{Act: SetField, Field: all[at].Name, Value: records.ToJSON(all[at], v)}
	}
	err = r.Update(func(u *records.Tx) error {
		now, _, err := Get(u, c.ID)
		if err != nil {
			return err
		}
		switch {
		case add != nil:
			return now.Plan(u, d, append(now.Steps, *add))
		case do == "run":
			return now.Begin(u, d)
		case do == "undo":
			return now.Undo(u, d)
		}
		if i, err := strconv.Atoi(strings.TrimPrefix(do, "drop ")); err == nil && i >= 0 && i < len(now.Steps) {
			return now.Plan(u, d, slices.Delete(now.Steps, i, i+1))
		}
		return fail.New(fail.Invalid, "lists.act", "There is no such action.")
	})
	if e := fail.As(err); e != nil && e.Kind == fail.Invalid {
		return writeChange(w, r, c, d, web.Status(e.Kind), form, e)
	}
	if err != nil {
		return err
	}
	return r.Redirect(w, "/changes/"+c.ID)
}
