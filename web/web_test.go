package web

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

func get(t *testing.T, method, url, accept string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(method, url, nil)
	r.Header.Set("Accept-Encoding", accept)
	w := httptest.NewRecorder()
	Static.ServeHTTP(w, r)
	return w
}

func TestEachFileIsServedForEverUnderItsHash(t *testing.T) {
	for _, name := range []string{"app.css", "app.js", "board.js", "icons.svg", "inter.woff2"} {
		w := get(t, "GET", Asset(name), "")
		if w.Code != 200 || w.Body.Len() == 0 {
			t.Fatalf("%s: status %d, %d bytes", name, w.Code, w.Body.Len())
		}
		if got := w.Header().Get("Cache-Control"); !strings.Contains(got, "immutable") {
			t.Errorf("%s: Cache-Control %q", name, got)
		}
	}
}

func TestAnotherVersionsAddressGetsThePresentContentUnstored(t *testing.T) {
	w := get(t, "GET", "/s/app.000000000000.css", "")
	if w.Code != 200 || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("status %d, Cache-Control %q", w.Code, w.Header().Get("Cache-Control"))
	}
}

func TestNothingElseIsServed(t *testing.T) {
	for _, u := range []string{"/s/", "/s/web.go", "/s/../web.go", "/x/app.css", "/s/app.css.map"} {
		if w := get(t, "GET", u, ""); w.Code != 404 {
			t.Errorf("%s: status %d, want 404", u, w.Code)
		}
	}
	if w := get(t, "POST", Asset("app.css"), ""); w.Code != 405 {
		t.Errorf("POST: status %d, want 405", w.Code)
	}
}

func TestGzipIsSentWhereTakenAndHoldsTheSame(t *testing.T) {
	plain := get(t, "GET", Asset("app.js"), "gzip;q=0").Body.Bytes()
	w := get(t, "GET", Asset("app.js"), "br, gzip")
	if w.Header().Get("Content-Encoding") != "gzip" {
		t.Fatal("no gzip though it is taken")
	}
	z, err := gzip.NewReader(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(z)
	if err != nil || !bytes.Equal(got, plain) {
		t.Errorf("unpacked differs (%v)", err)
	}
	if w := get(t, "HEAD", Asset("app.js"), "gzip"); w.Body.Len() != 0 || w.Header().Get("Content-Length") == "" {
		t.Error("HEAD must have a length and no body")
	}
	if w := get(t, "GET", Asset("inter.woff2"), "gzip"); w.Header().Get("Content-Encoding") != "" {
		t.Error("a font is packed already")
	}
}

func TestTheStyleNamesItsFontsByHash(t *testing.T) {
	css := get(t, "GET", Asset("app.css"), "").Body.String()
	for _, m := range regexp.MustCompile(`url\("?([^")]+)"?\)`).FindAllStringSubmatch(css, -1) {
		if w := get(t, "GET", m[1], ""); w.Code != 200 || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
			t.Errorf("%s: status %d, %q", m[1], w.Code, w.Header().Get("Cache-Control"))
		}
	}
	if !strings.Contains(css, Asset("inter.woff2")) {
		t.Error("the page font is not named by its hash")
	}
}

// The budget of a first visit is 110 KB; style, script, icons and font leave
// 25 KB for the page itself.
func TestAFirstVisitStaysWithinItsBudget(t *testing.T) {
	size := func(name string) int {
		f := files()[name]
		if f.zip == nil {
			return len(f.body)
		}
		return len(f.zip())
	}
	total := 0
	for name, most := range map[string]int{"app.css": 20 << 10, "app.js": 20 << 10, "icons.svg": 14 << 10, "inter.woff2": 40 << 10} {
		if n := size(name); n > most {
			t.Errorf("%s: %d bytes on the wire, at most %d", name, n, most)
		}
		total += size(name)
	}
	if total > 85<<10 {
		t.Errorf("a first visit loads %d bytes before the page itself, at most %d", total, 85<<10)
	}
}

func TestIcons(t *testing.T) {
	if !HasIcon("server-2") || HasIcon("no-such-icon") {
		t.Fatal("HasIcon does not tell")
	}
	if got := string(Icon("server-2")); !strings.HasSuffix(got, `#server-2"/></svg>`) || !strings.Contains(got, Asset("icons.svg")) {
		t.Errorf("Icon: %s", got)
	}
	if got := string(Icon(`"><script>`)); !strings.Contains(got, "#help-circle") {
		t.Errorf("an unknown name must not reach the page: %s", got)
	}
}

// A rule on a short class name once resized every <rect class="bar">: CSS
// geometry overrides attributes. Classes inside SVGs start with v- or only set
// --f; so no other rule may reach them.
func TestNoRuleForAPagePartReachesShapesInCharts(t *testing.T) {
	css := string(files()["app.css"].body)
	geometry := regexp.MustCompile(`(^|;)(width|height|x|y|r|cx|cy|rx|ry|d|display|transform):`)
	bare := regexp.MustCompile(`(^|,)\.(ok|warn|bad|info|mute|c[1-6]|faint)(,|$)`)
	for _, m := range regexp.MustCompile(`([^{}]+)\{([^{}]*)\}`).FindAllStringSubmatch(css, -1) {
		if bare.MatchString(m[1]) && geometry.MatchString(m[2]) {
			t.Errorf("%s sets geometry: %s", m[1], m[2])
		}
	}
	for _, banned := range []string{"@view-transition", "text-transform:uppercase"} {
		if strings.Contains(css, banned) {
			t.Errorf("the style holds %s; see docs/interface.md", banned)
		}
	}
}
