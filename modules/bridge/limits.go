package bridge

import (
	"net/http"
	"strconv"
	"strings"

	"steward/kernel/access"
	"steward/kernel/decisions"
	"steward/kernel/fail"
	"steward/kernel/records"
	"steward/kernel/web"
)

type limitsPage struct {
	Currency string
	Default  string
	Roles    []roleLimit
	More     []moreLimit
	Coins    []string
	Seconds  []choiceView
	MayEdit  bool
	Problem  map[string]string
	General  string
}

type roleLimit struct{ Name, Title, Amount string }

type moreLimit struct {
	N                      int
	Kind, Currency, Amount string
	Kinds                  []choiceView
}

var limitsTemplate = web.MustPage[limitsPage](files, "pages/limits.html")

func showLimits(w http.ResponseWriter, r *web.Request) error {
	l, err := decisions.LimitsOf(r.View)
	if err != nil {
		return err
	}
	return limitsAnswer(w, r, http.StatusOK, l, nil)
}

// spare is how many empty lines for limits of their own the page offers.
const spare = 2

func limitsAnswer(w http.ResponseWriter, r *web.Request, code int, l decisions.Limits, problem *fail.Error) error {
	p := limitsPage{Currency: r.Org.Currency, Default: strconv.FormatInt(l.Default, 10), MayEdit: r.May(access.Admin, access.Settings), Coins: web.Currencies(r.Org.Currency), Problem: map[string]string{}}
	if problem != nil {
		for _, e := range problem.All() {
			p.Problem[e.Field] = r.Say(e)
			if e.Field == "" {
				p.General = r.Say(e)
			}
		}
	}
	p.Seconds = []choiceView{{Name: r.T("bridge.limits.nobody", "only who may decide it too"), On: l.Second == ""}}
	for _, role := range access.Roles() {
		title := roleTitle(r, role.Name)
		one := roleLimit{Name: role.Name, Title: title}
		if n, ok := l.Roles[role.Name]; ok {
			one.Amount = strconv.FormatInt(n, 10)
		}
		p.Roles = append(p.Roles, one)
		p.Seconds = append(p.Seconds, choiceView{ID: role.Name, Name: title, On: l.Second == role.Name})
	}
	for n := range len(l.More) + spare {
		m := moreLimit{N: n}
		if n < len(l.More) {
			m.Kind, m.Currency, m.Amount = l.More[n].Kind, l.More[n].Currency, strconv.FormatInt(l.More[n].Amount, 10)
		}
		m.Kinds = []choiceView{{Name: r.T("bridge.limits.any", "any kind"), On: m.Kind == ""}}
		for _, k := range decisions.SetOf(r.View).All() {
			m.Kinds = append(m.Kinds, choiceView{ID: k.Name, Name: r.T(k.Title.Key, k.Title.English), On: k.Name == m.Kind})
		}
		p.More = append(p.More, m)
	}
	return limitsTemplate.Status(w, r, code, web.Shell{Title: r.T("nav.four-eyes", "Four eyes")}, p)
}

// saveLimits keeps the limits; an amount left empty is no limit of its own.
func saveLimits(w http.ResponseWriter, r *web.Request) error {
	if !r.May(access.Admin, access.Settings) {
		return fail.New(fail.Forbidden, "bridge.limits.may-not", "Only who may change settings may change the limits.")
	}
	var bad []*fail.Error
	amount := func(field, text string) int64 {
		n, err := r.Lang.ParseInt(text)
		if err != nil {
			bad = append(bad, fail.Named(field, "bridge.limits.amount-wrong", "A limit is an amount of 0 or more."))
		}
		return n
	}
	v := func(name string) string { return strings.TrimSpace(r.PostFormValue(name)) }
	l := decisions.Limits{Default: amount("default", v("default")), Roles: map[string]int64{}, Second: v("second")}
	for _, role := range access.Roles() {
		if text := v("role." + role.Name); text != "" {
			l.Roles[role.Name] = amount("roles", text)
		}
	}
	for n := 0; n < 100 && r.PostForm.Has("amount."+strconv.Itoa(n)); n++ {
		at := "." + strconv.Itoa(n)
		if text := v("amount" + at); text != "" {
			l.More = append(l.More, decisions.Limit{Kind: v("kind" + at), Currency: strings.ToUpper(v("currency" + at)), Amount: amount("more", text)})
		}
	}
	err := fail.Join(bad)
	if err == nil {
		err = r.Update(func(u *records.Tx) error { return SetLimits(u, l) })
	}
	if e := fail.As(err); e != nil && e.Kind == fail.Invalid {
		return limitsAnswer(w, r, http.StatusUnprocessableEntity, l, e)
	}
	if err != nil {
		return err
	}
	r.Toast(w, "saved")
	return r.Redirect(w, "/settings/limits")
}
