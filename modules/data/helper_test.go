package data_test

import (
	"bytes"
	"log/slog"
	"mime/multipart"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"steward/kernel/app"
	"steward/kernel/records"
	"steward/kernel/testkit/apptest"
	"steward/modules/bridge"
	"steward/modules/data"
	"steward/modules/infrastructure"
	"steward/modules/systems"
	"steward/modules/vendors"
)

func modules() []app.Module {
	return []app.Module{vendors.Module(), infrastructure.Module(), systems.Module(), data.Module(), bridge.Module()}
}

func each(t *testing.T, fn func(t *testing.T, p *apptest.Program)) {
	t.Helper()
	apptest.Each(t, modules(), func(t *testing.T, p *apptest.Program) {
		p.Organisation(t)
		p.Site.Log = slog.New(slog.NewTextHandler(t.Output(), nil))
		fn(t, p)
	})
}

// send posts a file with the form's other values.
func send(t *testing.T, b *apptest.Browser, path, name string, content []byte, values ...string) apptest.Answer {
	t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for i := 0; i+1 < len(values); i += 2 {
		if err := w.WriteField(values[i], values[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	part, err := w.CreateFormFile("file", name)
	if err != nil {
		t.Fatal(err)
	}
	part.Write(content)
	w.Close()
	req, err := http.NewRequest(http.MethodPost, b.Base+path, &body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", w.FormDataContentType())
	req.Header.Set("Origin", b.Base)
	return b.Send(req)
}

var uploadToken = regexp.MustCompile(`name="upload" value="([^"]+)"`)

// token is what the preview's form carries.
func token(t *testing.T, a apptest.Answer) string {
	t.Helper()
	m := uploadToken.FindStringSubmatch(a.Body)
	if a.Status != 200 || m == nil {
		t.Fatalf("no preview: %d\n%s", a.Status, a.Body)
	}
	return strings.ReplaceAll(m[1], "&#43;", "+")
}

// idOf is the record's id at the end of the address the answer leads to.
func idOf(t *testing.T, a apptest.Answer) string {
	t.Helper()
	to := a.Header.Get("Location")
	if a.Status != http.StatusSeeOther || to == "" {
		t.Fatalf("not taken: %d\n%s", a.Status, a.Body)
	}
	return to[strings.LastIndex(to, "/")+1:]
}

func holds(t *testing.T, a apptest.Answer, status int, parts ...string) {
	t.Helper()
	if a.Status != status {
		t.Errorf("status %d, want %d\n%s", a.Status, status, a.Body)
		return
	}
	for _, p := range parts {
		if !strings.Contains(a.Body, p) {
			t.Errorf("%q is not on the page:\n%s", p, a.Body)
		}
	}
}

// source returns a source by id as Steward itself sees it.
func source(t *testing.T, p *apptest.Program, id string) (s *data.Source) {
	t.Helper()
	p.Do(t, func(u *records.Tx) (err error) {
		s, err = data.Sources.Get(u, records.ID[data.Source](id))
		return err
	})
	return s
}
