package infrastructure

import (
	"net/http"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/records"
	"steward/kernel/web"
)

func ownRoutes() []web.Route {
	area := access.Infrastructure
	return []web.Route{
		{Pattern: "GET /infrastructure/hosts/{id}/software", Area: area, Handler: showPackages},
		{Pattern: "GET /infrastructure/hosts/{id}/updates", Area: area, Handler: showUpdates},
		{Pattern: "POST /infrastructure/hosts/{id}/unmerge", Area: area, Handler: unmerge},
		{Pattern: "POST /infrastructure/software/{id}/allow", Area: area, Handler: standing(Allowed)},
		{Pattern: "POST /infrastructure/software/{id}/block", Area: area, Handler: standing(Blocked)},
		{Pattern: "GET /infrastructure/duplicates", Area: area, Handler: showDuplicates},
		{Pattern: "POST /infrastructure/duplicates", Area: area, Handler: settleDuplicate},
	}
}

type duplicatesPage struct {
	Pairs     []pairView
	MayDecide bool
}

type pairView struct {
	ID, A, B, APath, BPath, Reason, When string
	Facts                                []labelled
}

type labelled struct{ Label, Value string }

var duplicatesTemplate = web.MustPage[duplicatesPage](files, "pages/duplicates.html")

// showDuplicates lists the pairs of hosts that the reader sees both of.
func showDuplicates(w http.ResponseWriter, r *web.Request) error {
	open, err := Duplicates(r.View, "open", 100)
	if err != nil {
		return err
	}
	var ids []string
	for _, d := range open {
		ids = append(ids, string(d.A), string(d.B))
	}
	labels, err := Hosts.Def().Labels(r.View, ids)
	if err != nil {
		return err
	}
	p := duplicatesPage{MayDecide: r.May(access.Edit, access.Infrastructure)}
	for _, d := range open {
		a, okA := labels[string(d.A)]
		b, okB := labels[string(d.B)]
		if !okA || !okB {
			continue
		}
		v := pairView{ID: d.ID, A: a.Title, B: b.Title, APath: a.Path, BPath: b.Path, Reason: r.Tell(reasonWord(d.Reason).With()), When: r.Ago(d.FoundAt)}
		if v.A == v.B { // their names do not tell them apart
			v.A, v.B = v.A+" ("+a.Human+")", v.B+" ("+b.Human+")"
		}
		for _, e := range d.Shares {
			v.Facts = append(v.Facts, labelled{r.Tell(evidenceWord(e.Kind).With()), e.Value})
		}
		for _, kind := range d.Differs {
			v.Facts = append(v.Facts, labelled{r.Tell(evidenceWord(kind).With()), r.T("infrastructure.duplicate.differs", "differs")})
		}
		p.Pairs = append(p.Pairs, v)
	}
	return duplicatesTemplate.Show(w, r, web.Shell{Title: r.T("infrastructure.duplicates.title", "Possible duplicates")}, p)
}

func settleDuplicate(w http.ResponseWriter, r *web.Request) error {
	id := r.FormValue("id")
	err := r.Update(func(u *records.Tx) error {
		d, err := openDuplicate(u, id)
		if err != nil {
			return err
		}
		switch r.FormValue("do") {
		case "first":
			return Merge(u, d.A, d.B, "")
		case "second":
			return Merge(u, d.B, d.A, "")
		case "distinct":
			return Distinct(u, id)
		}
		return fail.Named("do", "infrastructure.duplicates.choose", "Say whether it is one machine or two.")
	})
	if err != nil {
		return err
	}
	return r.Redirect(w, "/infrastructure/duplicates")
}

func unmerge(w http.ResponseWriter, r *web.Request) error {
	id := records.ID[Host](r.PathValue("id"))
	if err := r.Update(func(u *records.Tx) error { return Unmerge(u, id) }); err != nil {
		return err
	}
	return r.Redirect(w, Hosts.Path(id))
}
