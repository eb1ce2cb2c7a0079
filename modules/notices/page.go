package notices

import (
	"net/http"
	"strconv"

	"steward/kernel/records"
	"steward/kernel/web"
)

// pageSize is how many notices a page shows.
const pageSize = 40

type noticesPage struct {
	Title  string
	Unread bool // only those
	Count  int64
	Days   []dayView
	Next   string
	Empty  bool
}

type dayView struct {
	Day  string
	List []noticeView
}

type noticeView struct {
	ID, Icon, Kind, Text, Href, When, Exact string
	New                                     bool
}

var noticesTemplate = web.MustPage[noticesPage](files, "pages/notices.html")

func showNotices(w http.ResponseWriter, r *web.Request) error {
	in := r.URL.Query()
	p := noticesPage{Title: r.T("notices.title", "Notifications"), Unread: in.Get("unread") == "true"}
	before, _ := strconv.ParseInt(in.Get("before"), 10, 64)
	list, err := List(r.View, p.Unread, records.Moment(before), pageSize+1)
	if err != nil {
		return err
	}
	if p.Count, err = Unread(r.View); err != nil {
		return err
	}
	if len(list) > pageSize {
		list = list[:pageSize]
		p.Next = "/notifications?before=" + strconv.FormatInt(int64(list[pageSize-1].At), 10)
		if p.Unread {
			p.Next += "&unread=true"
		}
	}
	p.Empty = len(list) == 0
	for _, n := range list {
		k, _ := kindNamed(n.Kind)
		v := noticeView{ID: n.ID, Icon: k.Icon, Kind: r.T(k.Title.Key, k.Title.English), Text: r.Tell(n.Said), Href: n.Href, When: r.Ago(n.At), Exact: r.Moment(n.At), New: !n.Read}
		if n.Hidden {
			v.Text = r.T("notices.hidden", "This is about something that you may not see any more.")
		}
		if v.Href != "" {
			v.Href = "/notifications/" + n.ID
		}
		day := r.Day(records.DateOf(n.At.Time().In(r.Zone)))
		if last := len(p.Days) - 1; last < 0 || p.Days[last].Day != day {
			p.Days = append(p.Days, dayView{Day: day})
		}
		at := &p.Days[len(p.Days)-1]
		at.List = append(at.List, v)
	}
	return noticesTemplate.Show(w, r, web.Shell{Title: p.Title}, p)
}

// openNotice leads to what a notice is about; it counts as read then.
func openNotice(w http.ResponseWriter, r *web.Request) error {
	list, err := query(r.View, "id = $1 AND person = $2", r.PathValue("id"), r.Actor.Person)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return records.NotFound()
	}
	if err := see(r.View, list); err != nil {
		return err
	}
	if err := r.Update(func(u *records.Tx) error { return Read(u, []string{list[0].ID}, false) }); err != nil {
		return err
	}
	if list[0].Href == "" {
		return r.Redirect(w, "/notifications")
	}
	return r.Redirect(w, list[0].Href)
}

func readNotices(w http.ResponseWriter, r *web.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	err := r.Update(func(u *records.Tx) error { return Read(u, r.PostForm["id"], r.PostForm.Get("do") == "all") })
	if err != nil {
		return err
	}
	return r.Redirect(w, r.Back("/notifications"))
}

type waysPage struct {
	Title    string
	Kinds    []wayView
	Together bool
	Followed int64
}

type wayView struct {
	Name, Title string
	Options     []optionView
}

type optionView struct {
	Value, Name string
	On          bool
}

var waysTemplate = web.MustPage[waysPage](files, "pages/ways.html")

func showWays(w http.ResponseWriter, r *web.Request) error {
	chosen, err := loadWays(r.View, r.Actor.Person)
	if err != nil {
		return err
	}
	p := waysPage{Title: r.T("notices.ways-title", "What I want to hear of")}
	_, p.Together = chosen[[2]string{r.Actor.Person, daily}]
	names := map[Way]string{Program: r.T("notices.program", "In the program"), Mail: r.T("notices.by-mail", "By mail"), Both: r.T("notices.both", "In the program and by mail"), None: r.T("notices.not", "Not at all")}
	for _, k := range Kinds {
		v := wayView{Name: k.Name, Title: r.T(k.Title.Key, k.Title.English)}
		for _, way := range Ways {
			v.Options = append(v.Options, optionView{string(way), names[way], way == chosen.of(r.Actor.Person, k.Name)})
		}
		p.Kinds = append(p.Kinds, v)
	}
	if _, err := r.View.Row("SELECT COUNT(*) FROM notices_follow WHERE person = $1", []any{r.Actor.Person}, &p.Followed); err != nil {
		return err
	}
	return waysTemplate.Show(w, r, web.Shell{Title: p.Title, Crumbs: []web.Crumb{{Title: r.T("notices.title", "Notifications"), Href: "/notifications"}}}, p)
}

func saveWays(w http.ResponseWriter, r *web.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	chosen := map[string]Way{}
	for _, k := range Kinds {
		if way := r.PostForm.Get(k.Name); way != "" {
			chosen[k.Name] = Way(way)
		}
	}
	if err := r.Update(func(u *records.Tx) error { return Choose(u, chosen, r.PostForm.Get(daily) != "") }); err != nil {
		return err
	}
	r.Toast(w, "saved")
	return r.Redirect(w, "/notifications/settings")
}

// followAction is the button on every record's page.
func followAction(r *web.Request, rec records.Record) (*web.PanelView, error) {
	on, err := Follows(r.View, rec.Def, rec.ID())
	a := web.Action{Text: r.T("notices.follow", "Follow"), Icon: "eye", Href: "/follow/" + rec.Def.Name + "/" + rec.ID(), Post: true}
	if on {
		a.Text, a.Icon = r.T("notices.unfollow", "Unfollow"), "eye-off"
	}
	return &web.PanelView{Actions: []web.Action{a}}, err
}

func changeFollow(w http.ResponseWriter, r *web.Request) error {
	d := r.Site.Registry.Def(r.PathValue("type"))
	if d == nil || d.IsInternal {
		return records.NotFound()
	}
	id := r.PathValue("id")
	on, err := Follows(r.View, d, id)
	if err == nil {
		err = r.Update(func(u *records.Tx) error { return Follow(u, d, id, !on) })
	}
	if err != nil {
		return err
	}
	r.Toast(w, "saved")
	return r.Redirect(w, d.Path(id))
}
