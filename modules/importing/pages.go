package importing

import (
	"encoding/csv"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"steward/kernel/access"
	"steward/kernel/app"
	"steward/kernel/fail"
	"steward/kernel/jobs"
	"steward/kernel/records"
	"steward/kernel/web"
	"steward/lib/locale"
)

// pages are those to start an import of each type, and those of one import.
func pages(p *app.Program) []web.Route {
	i := importer{p}
	out := []web.Route{
		{Pattern: "GET /imports/{id}", Handler: i.show},
		{Pattern: "POST /imports/{id}", Handler: i.act},
		{Pattern: "GET /imports/{id}/problems.csv", Handler: i.download},
	}
	for _, d := range p.Registry.Defs() {
		if d.IsInternal || d.Unwritten() {
			continue
		}
		out = append(out, web.Route{Pattern: "GET " + d.Path("import"), Handler: i.form(d)}, web.Route{Pattern: "POST " + d.Path("import"), Handler: i.upload(d)})
	}
	return out
}

type uploadPage struct {
	Type, Path, Problem string
	Runs                []runView
	Sheet               string // a workbook with the columns as they are called here, "" for who may not export
}

type runView struct{ Name, Path, When, State, Counts string }

var uploadTemplate = web.MustPage[uploadPage](files, "pages/upload.html")

func (i importer) form(d *records.Def) web.Handler {
	return func(w http.ResponseWriter, r *web.Request) error {
		if !d.MayAny(r.View, access.Import) {
			return records.NotFound()
		}
		return i.showForm(w, r, d, http.StatusOK, "")
	}
}

func (i importer) showForm(w http.ResponseWriter, r *web.Request, d *records.Def, code int, problem string) error {
	p := uploadPage{Type: r.Plural(d), Path: d.Path("import"), Problem: problem}
	if d.MayAny(r.View, access.Export) {
		p.Sheet = d.Path("") + ".xlsx?columns=all"
	}
	list, err := query(r.View, "WHERE type = $1 AND person = $2 ORDER BY made_at DESC LIMIT 20", d.Name, r.Actor.Person)
	if err != nil {
		return err
	}
	for _, im := range list {
		p.Runs = append(p.Runs, runView{im.Name, "/imports/" + im.ID, r.Ago(records.MomentOf(im.MadeAt)), stateWord(r, im.State), counts(r, im.Totals)})
	}
	return uploadTemplate.Status(w, r, code, web.Shell{Title: r.T("importing.title", "Import: {type}", "type", p.Type), Crumbs: []web.Crumb{{Title: p.Type, Href: d.Path("")}}}, p)
}

// upload keeps the file and leads to its preview.
func (i importer) upload(d *records.Def) web.Handler {
	return func(w http.ResponseWriter, r *web.Request) error {
		if !d.MayAny(r.View, access.Import) {
			return records.NotFound()
		}
		im, err := i.take(r, d)
		if e := fail.As(err); e != nil {
			return i.showForm(w, r, d, web.Status(e.Kind), r.Say(e))
		}
		if err != nil {
			return err
		}
		return r.Redirect(w, "/imports/"+im.ID)
	}
}

func (i importer) take(r *web.Request, d *records.Def) (*Import, error) {
	missing := fail.Named("file", "importing.file", "Choose a CSV or Excel file.")
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, missing
	}
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return nil, missing
		}
		if err != nil {
			return nil, fail.Named("file", "importing.cut", "The upload was cut off. Try again.").Because(err)
		}
		if part.FormName() != "file" || part.FileName() == "" {
			continue
		}
		hash, _, err := i.p.Files.Put(r.Context(), part)
		if err != nil {
			return nil, err
		}
		head, sheet, err := i.head(hash, r.Lang)
		if err != nil {
			return nil, err
		}
		plan, err := Guess(r.View, d, head, i.say)
		if err != nil {
			return nil, err
		}
		plan.Lang, plan.Sheet = string(r.Lang), sheet
		var im *Import
		err = r.Update(func(u *records.Tx) error {
			im, err = start(u, d, hash, clean(part.FileName()), plan)
			return err
		})
		return im, err
	}
}

type importPage struct {
	Name, Type, Path, Problem string
	State, Counts             string
	Draft, Running, MayUndo   bool
	Columns                   []columnView
	Matches                   []choice
	Langs                     []choice
	Head                      []string
	First, Wrongs             []rowView
	New, Changed, Same, Wrong string
	Done, Total               string
	Problems                  []problemView
	More                      bool
	List, Download            string
	Ready                     bool
}

type columnView struct {
	Name, Sample, Key string
	Options           []choice
}

type choice struct {
	Value, Name string
	On          bool
}

type rowView struct {
	Line, Outcome, State string
	Cells                []cellView
	Problem              string
}

type cellView struct{ Text, Problem string }

type problemView struct{ Line, Text string }

var importTemplate = web.MustPage[importPage](files, "pages/import.html")

func (i importer) show(w http.ResponseWriter, r *web.Request) error {
	im, d, err := get(r.View, r.PathValue("id"))
	if err != nil {
		return err
	}
	return i.showOne(w, r, im, d, http.StatusOK, nil)
}

func (i importer) showOne(w http.ResponseWriter, r *web.Request, im *Import, d *records.Def, code int, problem *fail.Error) error {
	p := importPage{Name: im.Name, Type: r.Plural(d), Path: "/imports/" + im.ID, List: d.Path(""), State: stateWord(r, im.State), Draft: im.State == Draft,
		Running: im.State == Running || im.State == Undoing, Counts: counts(r, im.Totals), Download: "/imports/" + im.ID + "/problems.csv",
		MayUndo: (im.State == Done || im.State == Cancelled) && im.New+im.Changed > 0, Done: r.Lang.Int(im.Rows), Total: r.Lang.Int(im.Total)}
	totals := im.Totals
	if p.Draft {
		pre, err := i.preview(r.View, d, im)
		if e := fail.As(err); e != nil {
			problem = e
		} else if err != nil {
			return err
		}
		p.Ready = problem == nil && pre.New+pre.Changed > 0
		totals = pre.Totals
		if err := i.choices(r, d, im, pre, &p); err != nil {
			return err
		}
	} else {
		list, err := problems(r.View, im, 201)
		if err != nil {
			return err
		}
		p.More = len(list) > 200
		for _, one := range list[:min(200, len(list))] {
			p.Problems = append(p.Problems, problemView{strconv.Itoa(one.Line), because(one.Problem, r.Tell)})
		}
	}
	p.New, p.Changed, p.Same, p.Wrong = r.Lang.Int(totals.New), r.Lang.Int(totals.Changed), r.Lang.Int(totals.Unchanged), r.Lang.Int(totals.Wrong)
	if problem != nil {
		for _, e := range problem.All() {
			p.Problem += r.Say(e) + " "
		}
	}
	return importTemplate.Status(w, r, code, web.Shell{Title: r.T("importing.title", "Import: {type}", "type", p.Type), Crumbs: []web.Crumb{{Title: p.Type, Href: d.Path("")}, {Title: r.T("importing.import", "Import"), Href: d.Path("import")}}}, p)
}

// choices are what a draft's form offers, with the preview.
func (i importer) choices(r *web.Request, d *records.Def, im *Import, pre Preview, p *importPage) error {
	all, err := fields(r.View, d, i.say)
	if err != nil {
		return err
	}
	label := func(f *records.Field) string {
		if amount, of := strings.CutSuffix(f.Name, ofCurrency); of {
			return labelled(d, d.Field(amount), i.say, r.Lang)
		}
		if f.Name == "number" {
			return r.T("importing.number", "Number")
		}
		return r.Label(d, f)
	}
	p.Head = im.Plan.Head
	for n, head := range im.Plan.Head {
		c := columnView{Name: head, Key: "col" + strconv.Itoa(n)}
		if len(pre.First) > 0 {
			c.Sample = pre.First[0].cells[n]
		}
		c.Options = []choice{{"", r.T("importing.leave-out", "Leave out"), im.Plan.Fields[n] == ""}}
		for _, f := range all {
			c.Options = append(c.Options, choice{f.Name, label(f), im.Plan.Fields[n] == f.Name})
		}
		p.Columns = append(p.Columns, c)
	}
	for _, f := range all {
		if slices.Contains(im.Plan.Fields, f.Name) && (f.Name == "id" || f.Name == "number" || f.Filters && f.Kind != records.Amount) {
			p.Matches = append(p.Matches, choice{f.Name, label(f), slices.Contains(im.Plan.Match, f.Name)})
		}
	}
	for _, l := range locale.Langs() {
		p.Langs = append(p.Langs, choice{string(l), l.Name(), string(l) == im.Plan.Lang})
	}
	p.First, p.Wrongs = i.rows(r, pre.First), i.rows(r, pre.Wrongs)
	return nil
}

func (i importer) rows(r *web.Request, list []*row) (out []rowView) {
	for _, one := range list {
		v := rowView{Line: strconv.Itoa(one.line), Outcome: outcomeWord(r, one.outcome), State: map[string]string{"create": "ok", "update": "info", "same": "mute", "wrong": "bad"}[one.outcome]}
		for n, text := range one.cells {
			c := cellView{Text: clean(text)}
			if n < len(one.problems) && one.problems[n] != nil {
				c.Problem = r.Say(one.problems[n])
			}
			v.Cells = append(v.Cells, c)
		}
		if n := len(one.cells); n < len(one.problems) && one.problems[n] != nil {
			v.Problem = r.Say(one.problems[n])
		}
		out = append(out, v)
	}
	return out
}

func outcomeWord(r *web.Request, outcome string) string {
	switch outcome {
	case "create":
		return r.T("importing.new", "New")
	case "update":
		return r.T("importing.changed", "Changed")
	case "same":
		return r.T("importing.unchanged", "Unchanged")
	}
	return r.T("importing.wrong", "Wrong")
}

func stateWord(r *web.Request, s State) string {
	switch s {
	case Draft:
		return r.T("importing.draft", "Not begun")
	case Running:
		return r.T("importing.running", "Running")
	case Done:
		return r.T("importing.done", "Done")
	case Undoing:
		return r.T("importing.undoing", "Being undone")
	case Undone:
		return r.T("importing.undone", "Undone")
	}
	return r.T("importing.cancelled", "Stopped")
}

func counts(r *web.Request, t Totals) string {
	return r.T("importing.counts", "{new} new, {changed} changed, {same} unchanged, {wrong} wrong", "new", t.New, "changed", t.Changed, "same", t.Unchanged, "wrong", t.Wrong)
}

// act maps columns, starts, stops or undoes an import.
func (i importer) act(w http.ResponseWriter, r *web.Request) error {
	im, d, err := get(r.View, r.PathValue("id"))
	if err != nil {
		return err
	}
	do := r.PostFormValue("do")
	var pre Preview
	if im.State == Draft && (do == "map" || do == "run") {
		for n := range im.Plan.Fields {
			im.Plan.Fields[n] = r.PostFormValue("col" + strconv.Itoa(n))
		}
		im.Plan.Match = slices.DeleteFunc(r.PostForm["match"], func(s string) bool { return !slices.Contains(im.Plan.Fields, s) })
		if l := locale.Lang(r.PostFormValue("lang")); l.Valid() {
			im.Plan.Lang = string(l)
		}
		pre, err = i.preview(r.View, d, im)
		if e := fail.As(err); e != nil {
			return i.showOne(w, r, im, d, http.StatusUnprocessableEntity, e)
		} else if err != nil {
			return err
		}
	}
	err = r.Update(func(u *records.Tx) error {
		now, _, err := get(u, im.ID)
		if err != nil {
			return err
		}
		late := fail.New(fail.Conflict, "importing.late", "This import has moved on meanwhile; look again.")
		if now.State != im.State {
			return late
		}
		switch {
		case do == "map" && im.State == Draft:
		case do == "run" && im.State == Draft:
			im.State, im.Total = Running, pre.Rows
			im.Job, err = jobs.Enqueue(u, importKind, args{im.ID}, jobs.Options{Key: importKind + im.ID, Priority: 10})
			u.After(i.wake)
		case do == "cancel" && im.State == Running:
			if err := jobs.Cancel(u, im.Job); err != nil && !fail.Is(err, fail.Conflict) {
				return err
			}
			im.State = Cancelled
		case do == "undo" && (im.State == Done || im.State == Cancelled):
			im.State = Undoing
			im.Job, err = jobs.Enqueue(u, undoKind, args{im.ID}, jobs.Options{Key: undoKind + im.ID, Priority: 10})
			u.After(i.wake)
		default:
			return late
		}
		if err != nil {
			return err
		}
		if do == "cancel" { // the job keeps the counts
			_, err := u.Exec("UPDATE importing_run SET state = $1, ended_at = $2 WHERE id = $3", string(Cancelled), u.Now.UnixMicro(), im.ID)
			return err
		}
		return im.keep(u)
	})
	if err != nil {
		return err
	}
	return r.Redirect(w, "/imports/"+im.ID)
}

// wake lets the import begin at once, where the runner runs in this program.
func (i importer) wake() { i.p.Runner.Wake() }

// download gives the rows that were refused or kept.
func (i importer) download(w http.ResponseWriter, r *web.Request) error {
	im, _, err := get(r.View, r.PathValue("id"))
	if err != nil {
		return err
	}
	list, err := problems(r.View, im, maxRows)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="problems.csv"`)
	out := csv.NewWriter(w)
	out.Write([]string{"line", "problem"})
	for _, p := range list {
		out.Write([]string{strconv.Itoa(p.Line), web.Harmless(because(p.Problem, r.Tell))})
	}
	out.Flush()
	return out.Error()
}
