package settings

import (
	"net/http"
	"strconv"
	"time"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/records"
	"steward/kernel/signin"
	"steward/kernel/web"
)

type tokensPage struct {
	Rows            []tokenRow
	Areas, Acts     []choice
	Secret, Problem string
	Name            string
}

type tokenRow struct{ ID, Name, Scopes, Expires, Used string }

var tokensTemplate = web.MustPage[tokensPage](files, "pages/tokens.html")

func showTokens(w http.ResponseWriter, r *web.Request) error {
	return listTokens(w, r, http.StatusOK, tokensPage{})
}

func listTokens(w http.ResponseWriter, r *web.Request, code int, p tokensPage) error {
	for _, area := range access.Areas {
		p.Areas = append(p.Areas, choice{Value: area, Title: r.Tell(areas[area].With())})
	}
	for _, act := range access.Acts {
		p.Acts = append(p.Acts, choice{Value: string(act), Title: r.T("kernel.access.act."+string(act), string(act)), On: act == access.View})
	}
	var err error
	if p.Rows, err = tokenRows(r, r.Actor.Person); err != nil {
		return err
	}
	return tokensTemplate.Status(w, r, code, web.Shell{Title: r.T("nav.access-tokens", "Access tokens")}, p)
}

// tokenRows lists a person's tokens; their secrets are not kept.
func tokenRows(r *web.Request, person string) (rows []tokenRow, err error) {
	all, err := signin.Tokens(r.View, person)
	for _, t := range all {
		row := tokenRow{ID: t.ID, Name: t.Name, Expires: r.Moment(records.MomentOf(t.Expires)), Used: web.Unknown}
		for i, s := range t.Scopes {
			if i > 0 {
				row.Scopes += ", "
			}
			row.Scopes += s.Area + ":" + string(s.Act)
		}
		if !t.UsedAt.IsZero() {
			row.Used = r.Ago(records.MomentOf(t.UsedAt))
		}
		rows = append(rows, row)
	}
	return rows, err
}

// changeTokens makes or revokes one of the person's own tokens.
func changeTokens(w http.ResponseWriter, r *web.Request) error {
	p := tokensPage{Name: r.PostFormValue("name")}
	err := r.Update(func(u *records.Tx) (err error) {
		if id := r.PostFormValue("revoke"); id != "" {
			return signin.RevokeToken(u, r.Actor.Person, id)
		}
		days, _ := strconv.Atoi(r.PostFormValue("days"))
		t := signin.Token{Person: r.Actor.Person, Name: p.Name, Expires: u.Now.Add(time.Duration(days) * 24 * time.Hour)}
		for _, area := range r.PostForm["area"] {
			for _, act := range r.PostForm["act"] {
				t.Scopes = append(t.Scopes, access.TokenScope{Area: area, Act: access.Act(act)})
			}
		}
		p.Secret, err = signin.CreateToken(u, t)
		return err
	})
	if e := fail.As(err); e != nil && e.Kind != fail.Unavailable {
		p.Problem = r.Say(e)
		return listTokens(w, r, web.Status(e.Kind), p)
	}
	if err != nil {
		return err
	}
	return r.Reopen(func() error { return listTokens(w, r, http.StatusOK, p) })
}
