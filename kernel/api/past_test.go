package api_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"steward/kernel/testkit/apptest"
	"steward/modules"
)

func TestAListAndARecordAreReadAsOfADayOrAMoment(t *testing.T) {
	apptest.Each(t, modules.All(), func(t *testing.T, p *apptest.Program) {
		c := program(t, p)
		vendor := c.want(201, "POST", "vendors/vendors", `{"name": "Nordwind AG", "country": "DE", "state": "approved"}`)
		made := c.want(201, "POST", "vendors/contracts", fmt.Sprintf(`{"title": "Backup", "vendor": %q, "state": "active", "starts": "2025-01-01", "working_day": "earlier", "lead_days": 10}`, vendor["id"]))
		at := p.Clock.Now()
		p.Clock.Advance(72 * time.Hour)
		path := "vendors/contracts/" + made["id"].(string)
		c.want(200, "PATCH", path, `{"title": "Backup and restore"}`)
		for query, title := range map[string]string{
			"":                                      "Backup and restore",
			"?as_of=" + at.Format(time.RFC3339Nano): "Backup",
			"?as_of=" + at.Format(time.DateOnly):    "Backup",
			"?as_of=" + at.AddDate(0, 0, 1).Format(time.DateOnly): "Backup",
		} {
			if got := c.want(200, "GET", path+query, ""); got["title"] != title {
				t.Errorf("%s: the record is %v, want %s", query, got["title"], title)
			}
			list := c.want(200, "GET", "vendors/contracts"+query, "")["records"].([]any)
			if len(list) != 1 || list[0].(map[string]any)["title"] != title {
				t.Errorf("%s: the list is %v, want %s", query, list, title)
			}
		}
		before := "?as_of=" + at.AddDate(0, 0, -2).Format(time.DateOnly)
		c.want(404, "GET", path+before, "")
		if list := c.want(200, "GET", "vendors/contracts"+before, "")["records"].([]any); len(list) != 0 {
			t.Errorf("before it was made the list is %v", list)
		}
		c.want(422, "GET", "vendors/contracts?as_of=yesterday", "")
		c.want(422, "GET", "vendors/vendors?as_of=2026-01-01", "")
	})
}

func TestWhatIsLeftOutOfANewRecordStartsAsItsTypeSays(t *testing.T) {
	p := apptest.SQLite(t, modules.All())
	c := program(t, p)
	vendor := c.want(201, "POST", "vendors/vendors", `{"name": "Nordwind AG", "country": "DE"}`)
	if vendor["state"] != "considered" {
		t.Errorf("the vendor is %v", vendor["state"])
	}
	made := c.want(201, "POST", "vendors/contracts", fmt.Sprintf(`{"title": "Backup", "vendor": %q, "starts": "2025-01-01", "lead_days": 10}`, vendor["id"]))
	if made["working_day"] != "earlier" || made["state"] != "draft" || fmt.Sprint(made["lead_days"]) != "10" {
		t.Errorf("the contract is %v", made)
	}
	c.want(422, "POST", "vendors/contracts", fmt.Sprintf(`{"title": "Backup", "vendor": %q, "starts": "2025-01-01", "working_day": null}`, vendor["id"]))
	b := p.Browser(t, p.Person(t, "Mia Manager", "mis-manager"))
	if a := b.Get("/vendors/contracts/new"); !strings.Contains(a.Body, `<option value="earlier" selected>`) || !strings.Contains(a.Body, `name="lead_days" type="text" value="30"`) {
		t.Errorf("the form does not begin as the type says: %d", a.Status)
	}
}
