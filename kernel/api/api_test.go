package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"steward/kernel/access"
	"steward/kernel/records"
	"steward/kernel/signin"
	"steward/kernel/testkit/apptest"
	"steward/modules"
)

// client is a program with a token.
type client struct {
	t     *testing.T
	b     *apptest.Browser
	p     *apptest.Program
	token string
}

// program opens a program with an organisation and a manager's client.
func program(t *testing.T, p *apptest.Program) *client {
	t.Helper()
	p.Organisation(t)
	return clientOf(t, p, p.Person(t, "Helena Lindqvist", access.Administrator, access.MISManager))
}

func clientOf(t *testing.T, p *apptest.Program, who *access.Actor, scopes ...access.TokenScope) *client {
	t.Helper()
	if scopes == nil {
		scopes = []access.TokenScope{{Area: access.Everywhere, Act: "*"}}
	}
	c := &client{t: t, b: p.Browser(t, nil), p: p}
	p.Do(t, func(u *records.Tx) (err error) {
		c.token, err = signin.CreateToken(u, signin.Token{Person: who.Person, Name: "test", Scopes: scopes, Expires: u.Now.AddDate(0, 1, 0)})
		return err
	})
	return c
}

// do sends JSON; head are pairs of a header's name and value.
func (c *client) do(method, path, body string, head ...string) (int, map[string]any, http.Header) {
	c.t.Helper()
	c.p.Clock.Advance(20 * time.Millisecond)
	req, err := http.NewRequest(method, c.b.Base+"/api/v1/"+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	for i := 0; i+1 < len(head); i += 2 {
		req.Header.Set(head[i], head[i+1])
	}
	a := c.b.Send(req)
	var out map[string]any
	if a.Body != "" {
		dec := json.NewDecoder(strings.NewReader(a.Body))
		dec.UseNumber()
		if err := dec.Decode(&out); err != nil {
			c.t.Fatalf("%s %s: %d, not JSON: %.200s", method, path, a.Status, a.Body)
		}
	}
	return a.Status, out, a.Header
}

// want sends JSON and fails on another status.
func (c *client) want(status int, method, path, body string, head ...string) map[string]any {
	c.t.Helper()
	got, out, _ := c.do(method, path, body, head...)
	if got != status {
		c.t.Fatalf("%s %s %s: %d, want %d: %v", method, path, body, got, status, out)
	}
	return out
}

const vendor = `{"name":"Acme AB","country":"SE","state":"approved"}`

func TestARecordIsMadeReadChangedArchivedAndRestored(t *testing.T) {
	apptest.Each(t, modules.All(), func(t *testing.T, p *apptest.Program) {
		c := program(t, p)
		status, made, head := c.do("POST", "vendors/vendors", vendor)
		if status != 201 || head.Get("ETag") != `"v1"` || head.Get("Location") != "/api/v1/vendors/vendors/"+fmt.Sprint(made["id"]) {
			t.Fatalf("POST: %d %v %v", status, head, made)
		}
		path := "vendors/vendors/" + fmt.Sprint(made["id"])
		if got := c.want(200, "GET", "vendors/vendors/VEN-0001", ""); got["id"] != made["id"] || got["name"] != "Acme AB" || got["website"] != nil {
			t.Errorf("by number: %v", got)
		}
		if got := c.want(200, "PATCH", path, `{"website":"https://acme.example","processor":true}`, "If-Match", `"v1"`); got["version"] != json.Number("2") || got["processor"] != true || got["name"] != "Acme AB" {
			t.Errorf("PATCH: %v", got)
		}
		if got := c.want(200, "PATCH", path, `{"website":null}`); got["website"] != nil {
			t.Errorf("null clears: %v", got)
		}
		if got := c.want(200, "DELETE", path, ""); got["archived_at"] == nil {
			t.Errorf("DELETE: %v", got)
		}
		if got := c.want(200, "GET", "vendors/vendors", ""); len(got["records"].([]any)) != 0 {
			t.Errorf("an archived record is listed: %v", got)
		}
		if got := c.want(200, "GET", "vendors/vendors?archived=true", ""); len(got["records"].([]any)) != 1 {
			t.Errorf("archived=true: %v", got)
		}
		c.want(200, "POST", path+"/restore", "")
		h := c.want(200, "GET", path+"/history", "")["entries"].([]any)
		if len(h) != 5 || h[0].(map[string]any)["act"] != "restore" || h[4].(map[string]any)["origin"] != "api" {
			t.Errorf("history: %v", h)
		}
	})
}

func TestAListIsFilteredSortedAndReadPageByPage(t *testing.T) {
	apptest.Each(t, modules.All(), func(t *testing.T, p *apptest.Program) {
		c := program(t, p)
		for i := range 25 {
			c.want(201, "POST", "vendors/vendors", fmt.Sprintf(`{"name":"Vendor %02d","country":%q,"state":"approved"}`, i, []string{"SE", "DE"}[i%2]))
		}
		var names []string
		next := "vendors/vendors?country.is=SE&sort=-name&limit=5&fields=name"
		for next != "" {
			_, page, head := c.do("GET", next, "")
			for _, r := range page["records"].([]any) {
				r := r.(map[string]any)
				if len(r) != 2 {
					t.Errorf("sparse fields: %v", r)
				}
				names = append(names, r["name"].(string))
			}
			next = ""
			for _, l := range head.Values("Link") {
				if to, ok := strings.CutSuffix(l, `>; rel="next"`); ok {
					next = strings.TrimPrefix(to, "</api/v1/")
				}
			}
		}
		if len(names) != 13 || names[0] != "Vendor 24" || names[12] != "Vendor 00" {
			t.Errorf("read %v", names)
		}
		if got := c.want(200, "GET", "vendors/vendors?q=vendor+07", "")["records"].([]any); len(got) != 1 {
			t.Errorf("q: %v", got)
		}
		if got := c.want(200, "GET", "vendors/vendors?number=VEN-0003&number=4&updated_at.gte=2026-01-01", "")["records"].([]any); len(got) != 2 {
			t.Errorf("number: %v", got)
		}
	})
}
