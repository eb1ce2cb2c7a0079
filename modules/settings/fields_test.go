package settings_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"steward/kernel/access"
	"steward/kernel/app"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/testkit/apptest"
	"steward/modules/identity"
	"steward/modules/lists"
	"steward/modules/settings"
)

// ownFields runs fn in a program with lists, as an administrator of settings and units.
func ownFields(t *testing.T, fn func(t *testing.T, p *apptest.Program, admin *apptest.Browser)) {
	apptest.Each(t, []app.Module{settings.Module(), identity.Module(), lists.Module()}, func(t *testing.T, p *apptest.Program) {
		p.Organisation(t)
		fn(t, p, p.Browser(t, p.Person(t, "Helena", access.Administrator, access.MISManager)))
	})
}

func define(key, label, kind string, more ...string) url.Values {
	form := url.Values{"type": {"org.unit"}, "key": {key}, "label": {label}, "kind": {kind}}
	for i := 0; i < len(more); i += 2 {
		form.Set(more[i], more[i+1])
	}
	return form
}

func (l listed) String() string { return strings.Join(l, " ") }

type listed []string

var rowName = regexp.MustCompile(`<th scope="row"><a href="[^"]*">([^<]*)</a>`)

// rows are the names that a list's page shows.
func rows(t *testing.T, b *apptest.Browser, path string) (out listed) {
	t.Helper()
	a := b.Get(path)
	if a.Status != 200 {
		t.Fatalf("%s: %d %s", path, a.Status, a.Body)
	}
	for _, m := range rowName.FindAllStringSubmatch(a.Body, -1) {
		out = append(out, m[1])
	}
	return out
}

func indexes(t *testing.T, p *apptest.Program) (out []string) {
	t.Helper()
	if _, err := p.Runner.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.Look(t, access.System(), func(v *records.View) (err error) {
		out, err = v.Indexes("own_")
		return err
	})
	return out
}

// units makes units with values of x_place.
func units(t *testing.T, p *apptest.Program, places ...string) {
	t.Helper()
	p.Do(t, func(u *records.Tx) error {
		for i, place := range places {
			x := org.Unit{Name: fmt.Sprintf("unit-%d", i), Kind: org.Department}
			if place != "" {
				x.Custom = map[string]any{"x_place": place}
			}
			if err := org.Units.Create(u, &x); err != nil {
				return err
			}
		}
		return nil
	})
}

func TestAnOwnFieldUsedInListsSortsThemPageByPageAndHasAnIndex(t *testing.T) {
	ownFields(t, func(t *testing.T, p *apptest.Program, b *apptest.Browser) {
		if a := b.Post("/settings/fields", define("x_place", "Place", "text")); a.Status != 303 {
			t.Fatalf("adding: %d %s", a.Status, a.Body)
		}
		units(t, p, "Öl", "apple", "", "Zebra", "Ärger")
		if got := indexes(t, p); len(got) != 0 {
			t.Errorf("a field that no list uses has the index %v", got)
		}
		if a := b.Get("/org/units?sort=x_place"); a.Status != 422 || !strings.Contains(a.Body, "The field Place is not used in lists") {
			t.Errorf("sorted by a field that lists do not use: %d", a.Status)
		}
		if a := b.Post("/settings/fields", define("x_place", "Place", "text", "in_list", "1", "do", "change")); a.Status != 303 {
			t.Fatalf("changing: %d %s", a.Status, a.Body)
		}
		if got := indexes(t, p); len(got) != 1 {
			t.Errorf("the indexes are %v, want one", got)
		}
		here := rows(t, b, "/org/units?sort=x_place&x_place.known=true")
		if want := "unit-1 unit-4 unit-0 unit-3"; here.String() != want {
			t.Errorf("sorted by place: %s, want %s", here, want)
		}
		if got := rows(t, b, "/org/units?sort=-x_place"); !slices.Equal(got[:4], []string{"unit-3", "unit-0", "unit-4", "unit-1"}) || slices.Contains(got[:4], "unit-2") {
			t.Errorf("sorted by place, last first: %s", got)
		}
		page := b.Get("/org/units?sort=x_place").Body
		if !strings.Contains(page, `aria-sort="ascending"><a href="/org/units?sort=-x_place">Place</a>`) {
			t.Error("the column's head does not turn the order round")
		}
		// The API reads the same, two at a time.
		var got listed
		for next := ""; ; {
			var out struct {
				Records []struct {
					Name string `json:"name"`
				} `json:"records"`
				Next *string `json:"next"`
			}
			apiJSON(t, b, "/api/v1/org/units?sort=x_place&x_place.known=true&limit=2&after="+url.QueryEscape(next), &out)
			for _, rec := range out.Records {
				got = append(got, rec.Name)
			}
			if out.Next == nil {
				break
			}
			next = *out.Next
		}
		if got.String() != here.String() {
			t.Errorf("the API gives %s, the page %s", got, here)
		}
	})
}

func TestAClosedFieldIsShownAsClosedAndOpenedAgainWithItsValues(t *testing.T) {
	ownFields(t, func(t *testing.T, p *apptest.Program, b *apptest.Browser) {
		b.Post("/settings/fields", define("x_place", "Place", "text", "in_list", "1"))
		units(t, p, "Åbo")
		var id string
		p.Look(t, access.System(), func(v *records.View) error {
			page, err := org.Units.Def().List(v, records.Query{Where: []records.Cond{{Field: "name", Op: records.OpIs, Value: "unit-0"}}})
			id = page.Rows[0].ID()
			return err
		})
		path := "/org/units/" + id
		// A change of it stands in the history, and the page of the record shows that.
		p.Do(t, func(u *records.Tx) error {
			return org.Units.Update(u, records.ID[org.Unit](id), func(x *org.Unit) error { x.Custom["x_place"] = "Turku"; return nil })
		})
		if a := b.Get(path); a.Status != 200 || !strings.Contains(a.Body, "Åbo") || !strings.Contains(a.Body, "Turku") {
			t.Fatalf("the record with a change of an own field: %d", a.Status)
		}
		if a := b.Post("/settings/fields", url.Values{"type": {"org.unit"}, "key": {"x_place"}, "do": {"close"}}); a.Status != 303 {
			t.Fatalf("closing: %d", a.Status)
		}
		if a := b.Post("/settings/fields", url.Values{"type": {"org.unit"}, "key": {"x_place"}, "do": {"close"}}); a.Status != 303 {
			t.Errorf("closing twice, as by a double click: %d", a.Status)
		}
		if got := indexes(t, p); len(got) != 0 {
			t.Errorf("a closed field has the index %v", got)
		}
		page := b.Get(path).Body
		if !strings.Contains(page, "Closed fields") || !strings.Contains(page, "Turku") || !strings.Contains(page, "Åbo") {
			t.Error("the record's page does not show the closed field with its value and history")
		}
		for _, at := range []string{path + "/edit", "/org/units/new", "/org/units"} {
			if strings.Contains(b.Get(at).Body, "x_place") {
				t.Errorf("%s offers the closed field", at)
			}
		}
		if a := b.Get("/org/units?x_place=Turku"); a.Status != 422 || !strings.Contains(a.Body, "The field Place is closed") {
			t.Errorf("filtered by the closed field: %d", a.Status)
		}
		for body, want := range map[string]int{`{"x_place":"Oslo"}`: 422, `{"x_place":"Turku"}`: 200} { // what is sent as it is changes nothing
			req, err := http.NewRequest("PATCH", b.Base+"/api/v1"+path, strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/json")
			req.Header.Set("Origin", b.Base)
			if a := b.Send(req); a.Status != want || !strings.Contains(a.Body, map[int]string{422: "The field Place is closed", 200: "Turku"}[want]) {
				t.Errorf("%s by the API: %d %s", body, a.Status, a.Body)
			}
		}
		if a := b.Get("/settings/fields"); !strings.Contains(a.Body, ">Open again</button>") {
			t.Error("it is not offered to be opened again")
		}
		if a := b.Post("/settings/fields", define("x_place", "Place", "int")); a.Status != 422 || !strings.Contains(a.Body, "The closed field “Place” has this key") {
			t.Errorf("a new field of its key: %d", a.Status)
		}
		// It may be renamed, and is as it was when it is opened again.
		if a := b.Post("/settings/fields", define("x_place", "Location", "int", "in_list", "1", "do", "change")); a.Status != 303 {
			t.Fatalf("renaming: %d %s", a.Status, a.Body)
		}
		if a := b.Post("/settings/fields", url.Values{"type": {"org.unit"}, "key": {"x_place"}, "do": {"open"}}); a.Status != 303 {
			t.Fatalf("opening: %d", a.Status)
		}
		if got := rows(t, b, "/org/units?x_place=turku"); got.String() != "unit-0" || len(indexes(t, p)) != 1 {
			t.Errorf("opened again the list gives %s", got)
		}
		if page := b.Get(path).Body; !strings.Contains(page, "Location") || strings.Contains(page, "Closed fields") || !strings.Contains(page, "Turku") {
			t.Error("the record's page does not show the renamed field")
		}
		if a := b.Get("/settings/log"); strings.Count(a.Body, "org.unit x_place") < 4 {
			t.Error("the log does not tell what was done to the field")
		}
	})
}

func TestAWrongDefinitionIsRefusedAndWhatWasTypedStays(t *testing.T) {
	ownFields(t, func(t *testing.T, p *apptest.Program, b *apptest.Browser) {
		b.Post("/settings/fields", define("x_place", "Place", "text"))
		for want, form := range map[string]url.Values{
			"The key must start with x_":         define("place", "Place", "text"),
			"Give the field a name":              define("x_a", " ", "text"),
			"A field cannot be of this kind":     define("x_a", "A", "money"),
			"Name at least one choice":           define("x_a", "A", "choice", "options", " \n "),
			"A choice has up to 100 characters":  define("x_a", "A", "choice", "options", strings.Repeat("ö", 101)),
			"The choice “gold” is there twice":   define("x_a", "A", "choice", "options", "gold\ntin\ngold"),
			"The field “Place” has this key":     define("x_place", "Other", "text"),
			"The place must be a whole number":   define("x_a", "A", "text", "position", "first"),
			"Name 200 choices at the most":       define("x_a", "A", "choice", "options", strings.Repeat("x\n", 201)),
			"Give the field a name of up to 100": define("x_a", strings.Repeat("ö", 101), "text"),
		} {
			form.Set("required", "1")
			a := b.Post("/settings/fields", form)
			if a.Status != 422 || !strings.Contains(a.Body, want) || !strings.Contains(a.Body, `<option value="org.unit" selected>`) || !strings.Contains(a.Body, `name="required" value="1" checked`) {
				t.Errorf("%s: %d, or not said, or what was typed is lost", want, a.Status)
			}
		}
		emil := p.Browser(t, p.Person(t, "Emil", access.Technician))
		for _, form := range []url.Values{define("x_b", "B", "text"), {"type": {"org.unit"}, "key": {"x_place"}, "do": {"close"}}, define("x_place", "B", "text", "do", "change")} {
			if a := emil.Post("/settings/fields", form); a.Status != 403 && a.Status != 404 {
				t.Errorf("a technician with %v: %d", form, a.Status)
			}
		}
		if a := b.Post("/settings/fields", define("x_none", "B", "text", "do", "change")); a.Status != 404 {
			t.Errorf("changing a field that is not there: %d", a.Status)
		}
	})
}

// Written by an older version of the program, own texts have no keys.
func TestTextsOfAnOlderVersionSortAsAllOthers(t *testing.T) {
	ownFields(t, func(t *testing.T, p *apptest.Program, b *apptest.Browser) {
		b.Post("/settings/fields", define("x_place", "Place", "text", "in_list", "1"))
		units(t, p, "Öl", "apple", "Zebra", "Ärger")
		p.Do(t, func(u *records.Tx) error {
			for i, place := range []string{"Öl", "apple", "Zebra", "Ärger"} {
				if _, err := u.Exec("UPDATE org_unit SET custom = $1 WHERE name = $2", `{"x_place":"`+place+`"}`, fmt.Sprintf("unit-%d", i)); err != nil {
					return err
				}
			}
			return nil
		})
		indexes(t, p)
		if got, want := rows(t, b, "/org/units?sort=x_place&x_place.known=true"), "unit-1 unit-3 unit-0 unit-2"; got.String() != want {
			t.Errorf("sorted by place: %s, want %s", got, want)
		}
		if got := rows(t, b, "/org/units?x_place=ARGER"); got.String() != "unit-3" {
			t.Errorf("looked for without its dots: %s", got)
		}
	})
}

// apiJSON reads an answer of the API as the browser's person.
func apiJSON(t *testing.T, b *apptest.Browser, path string, into any) {
	t.Helper()
	req, err := http.NewRequest("GET", b.Base+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	a := b.Send(req)
	if a.Status != 200 {
		t.Fatalf("%s: %d %s", path, a.Status, a.Body)
	}
	decode(t, a.Body, into)
}

func decode(t *testing.T, body string, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(body), into); err != nil {
		t.Fatal(err)
	}
}
