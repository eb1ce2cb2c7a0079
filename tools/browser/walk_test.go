package browser

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// screen is how somebody looks at the pages.
type screen struct {
	name, theme, lang string
	width, height     int64
}

var (
	desk  = screen{"desk", "light", "en", 1440, 900}
	phone = screen{"phone", "dark", "hu", 390, 844}
)

// seen is what a page looked like in the browser.
type seen struct {
	Status, Nodes, Wide int
	H1                  int
	Out                 []string // what stands out to the side
	Found               []struct {
		ID, Help string
		Nodes    []string
	}
}

// inspect runs inside the page once axe is there.
const inspect = `(async () => {
  const wide = document.documentElement.scrollWidth, w = document.documentElement.clientWidth
  const out = wide > w ? [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > w + 1 && !e.closest('.tscroll,.tabs,.facs,svg,[popover]')).slice(0, 4).map(e => e.outerHTML.slice(0, 140)) : []
  const r = %s ? await axe.run({resultTypes: ["violations"]}) : {violations: []}
  return JSON.stringify({Status: performance.getEntriesByType('navigation')[0].responseStatus, Nodes: document.querySelectorAll('*').length, Wide: wide, Out: out, H1: document.querySelectorAll('h1').length,
    Found: r.violations.map(v => ({ID: v.id, Help: v.help, Nodes: v.nodes.slice(0, 3).map(n => n.html.slice(0, 200))}))})
})()`

// look opens a page on a screen and holds it against what every page keeps.
func (p *product) look(t *testing.T, path string, s screen, withAxe bool) {
	t.Helper()
	var raw string
	script := "0"
	if withAxe {
		script = axe
	}
	p.run(t, emulation.SetDeviceMetricsOverride(s.width, s.height, 1, s.width < 500), chromedp.Navigate(p.base+path), chromedp.Evaluate(script, nil),
		chromedp.Evaluate(fmt.Sprintf(inspect, fmt.Sprint(withAxe)), &raw, func(e *runtime.EvaluateParams) *runtime.EvaluateParams { return e.WithAwaitPromise(true) }))
	var got seen
	if err := json.Unmarshal([]byte(raw), &got); err != nil {
		t.Fatal(err)
	}
	where := path + " (" + s.name + ")"
	if got.Status != 200 || got.H1 != 1 {
		t.Errorf("%s answers %d with %d headings of the first order", where, got.Status, got.H1)
	}
	if got.Nodes > 1500 {
		t.Errorf("%s has %d elements, more than 1,500", where, got.Nodes)
	}
	if got.Wide > int(s.width) {
		t.Errorf("%s is %d px wide on a screen of %d: %s", where, got.Wide, s.width, strings.Join(got.Out, " | "))
	}
	for _, f := range got.Found {
		t.Errorf("%s: %s (%s): %s", where, f.ID, f.Help, strings.Join(f.Nodes, " | "))
	}
	p.silent(t, where)
}

// visitor is somebody signed in by a one-time link, beside the browser.
type visitor struct {
	t    *testing.T
	base string
	http *http.Client
}

func visit(t *testing.T, base, welcome string) *visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	v := &visitor{t, base, &http.Client{Jar: jar}}
	v.post(welcome, nil)
	v.post("/account", url.Values{"do": {"password"}, "password": {"correct horse battery staple"}})
	return v
}

func (v *visitor) post(path string, form url.Values) {
	v.t.Helper()
	req, err := http.NewRequest(http.MethodPost, v.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		v.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", v.base)
	res, err := v.http.Do(req)
	if err != nil {
		v.t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode >= 400 {
		v.t.Fatalf("POST %s: %s", path, res.Status)
	}
}

func (v *visitor) get(path string) string {
	v.t.Helper()
	res, err := v.http.Get(v.base + path)
	if err != nil {
		v.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	if res.StatusCode != 200 {
		return ""
	}
	return string(body)
}

var (
	navPart = regexp.MustCompile(`(?s)<nav class="side".*?</nav>`)
	navLink = regexp.MustCompile(`<a href="(/[a-z][^"]*)"`)
	typeURL = regexp.MustCompile(`^/[a-z-]+/[a-z-]+$`)
)

// places are pages in groups: the sort of page, then an address for each type.
func (v *visitor) places() map[string][]string {
	v.t.Helper()
	out := map[string][]string{"other": {"/", "/notifications", "/notifications/settings", "/account", "/search?q=erp", "/inbox?queue=all"}}
	for _, m := range navLink.FindAllStringSubmatch(navPart.FindString(v.get("/")), -1) {
		out["nav"] = append(out["nav"], m[1])
	}
	var doc struct {
		Paths map[string]map[string]any `json:"paths"`
	}
	if err := json.Unmarshal([]byte(v.get("/api/v1/openapi.json")), &doc); err != nil {
		v.t.Fatal(err)
	}
	var types []string
	for path := range doc.Paths {
		if _, has := doc.Paths[path+"/{id}"]; has && typeURL.MatchString(path) && doc.Paths[path]["get"] != nil {
			types = append(types, path)
		}
	}
	slices.Sort(types)
	for _, path := range types {
		var list struct {
			Records []struct {
				ID string `json:"id"`
			} `json:"records"`
		}
		raw := v.get("/api/v1" + path + "?limit=1")
		if raw == "" {
			continue // nothing of the kind is for this person
		}
		if err := json.Unmarshal([]byte(raw), &list); err != nil {
			v.t.Fatal(err)
		}
		out["list"] = append(out["list"], path)
		writes := doc.Paths[path]["post"] != nil && v.get(path+"/new") != "" // salaries are another's to write
		if writes {
			out["new"] = append(out["new"], path+"/new")
			out["import"] = append(out["import"], path+"/import")
		}
		out["views"] = append(out["views"], path+"/views")
		if len(list.Records) > 0 {
			out["record"] = append(out["record"], path+"/"+list.Records[0].ID)
			if writes {
				out["edit"] = append(out["edit"], path+"/"+list.Records[0].ID+"/edit")
			}
		}
	}
	for prefix, from := range map[string]string{"/decisions/": "/inbox?queue=all", "/figures/": "/figures"} {
		if at := regexp.MustCompile(`href="(` + prefix + `[^"]+)"`).FindStringSubmatch(v.get(from)); at != nil {
			out["other"] = append(out["other"], at[1])
		}
	}
	return out
}

// TestEveryPageOfTheSampleOrganisationIsAccessibleAndFits walks the pages of the
// sample organisation on a phone, dark, in Hungarian and on a desk, light, in
// English. A list is looked at on one of the two and a record of its type on the
// other, with some of the forms; axe, which takes the time, tries every fourth page.
// With STEWARD_LONG all pages are tried whole on both.
func TestEveryPageOfTheSampleOrganisationIsAccessibleAndFits(t *testing.T) {
	inBrowser(t)
	chromium(t)
	data := filepath.Join(t.TempDir(), "data")
	told, err := exec.Command(program(t), "demo", "load", "--data", data, "--scale", "0.05").Output()
	if err != nil {
		t.Fatal(err)
	}
	base := strings.TrimRight(strings.Fields(serve(t, data, func(string) bool { return true }))[0], "/")
	welcome := regexp.MustCompile(`(?m)^\s*(\w+)\s.*(/welcome/\S+)$`)
	links := map[string]string{}
	for _, m := range welcome.FindAllStringSubmatch(string(told), -1) {
		links[m[1]] = m[2]
	}
	long := os.Getenv("STEWARD_LONG") != ""
	for side, s := range []screen{phone, desk} {
		who := []string{"helena", "anders"}[side]
		v := visit(t, base, links[who])
		v.post("/account", url.Values{"do": {"lang"}, "lang": {s.lang}})
		groups := v.places()
		var paths []string
		for name, every := range map[string]int{"other": 1, "nav": 2, "list": 2, "record": 2, "new": 4, "edit": 6, "import": 12, "views": 12} {
			for i, path := range groups[name] {
				// A list and the record of its type are looked at on different screens.
				shift := side
				if name == "record" || name == "new" {
					shift = 1 - side
				}
				if long || every == 1 || i%every == shift {
					paths = append(paths, path)
				}
			}
		}
		slices.Sort(paths)
		paths = slices.Compact(paths)
		if len(paths) < 25 {
			t.Fatalf("%s finds only %d pages: %v", who, len(paths), paths)
		}
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			p := &product{base: base, ctx: chrome(t)}
			p.run(t, network.Enable(), cookie(v, s))
			p.listen()
			t.Logf("%s looks at %d pages on the %s", who, len(paths), s.name)
			for i, path := range paths {
				p.look(t, path, s, long || i%4 == side)
			}
		})
	}
}

// cookie gives a browser the visitor's session and theme.
func cookie(v *visitor, s screen) chromedp.Action {
	at, _ := url.Parse(v.base)
	var all chromedp.Tasks
	for _, c := range v.http.Jar.Cookies(at) {
		all = append(all, network.SetCookie(c.Name, c.Value).WithDomain(at.Hostname()).WithPath("/"))
	}
	return append(all, network.SetCookie("theme", s.theme).WithDomain(at.Hostname()).WithPath("/"))
}
