package agents

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/andybalholm/brotli"
)

// receiver is a handler that keeps what came.
type receiver struct {
	*Handler
	mu   sync.Mutex
	docs []Document
}

func newReceiver() *receiver {
	r := &receiver{}
	r.Handler = &Handler{Options: Options{Now: noon}, Receive: func(_ context.Context, _ Peer, d Document) error {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.docs = append(r.docs, d)
		return nil
	}}
	return r
}

func post(t *testing.T, h http.Handler, body, kind, agent string) (int, string, string) {
	t.Helper()
	r := httptest.NewRequest("POST", "/front/inventory.php", strings.NewReader(body))
	r.Header.Set("Content-Type", kind)
	if agent != "" {
		r.Header.Set("GLPI-Agent-ID", agent)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code, w.Header().Get("Content-Type"), w.Body.String()
}

const prolog = `<?xml version="1.0"?><REQUEST><DEVICEID>vm-1</DEVICEID><QUERY>PROLOG</QUERY><TOKEN>12345678</TOKEN></REQUEST>`
const small = `{"action":"inventory","deviceid":"d","itemtype":"Computer","content":{"versionclient":"v","hardware":{"name":"h"}}}`

func packed(t *testing.T, how, text string) string {
	var b bytes.Buffer
	var w io.WriteCloser
	switch how {
	case "zlib":
		w = zlib.NewWriter(&b)
	case "gzip":
		w = gzip.NewWriter(&b)
	case "br":
		w = brotli.NewWriter(&b)
	}
	io.WriteString(w, text)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestEveryStepOfTheConversationIsAnsweredAsAgentsExpect(t *testing.T) {
	h := newReceiver()
	for name, c := range map[string]struct {
		body, kind, agent string
		status            int
		want              string
	}{
		"GLPI's first word": {prolog, "application/xml", "uuid", 202, `{"status":"pending"}`},
		"others' first":     {prolog, "application/xml", "", 200, `<PROLOG_FREQ>24</PROLOG_FREQ><RESPONSE>SEND</RESPONSE>`},
		"contact":           {`{"action":"contact","deviceid":"d","installed-tasks":["inventory"]}`, "application/json", "u", 200, `"no-category":"environment,process,user`},
		"inventory":         {small, "application/json", "u", 200, `{"status":"ok","expiration":24}`},
		"zlib":              {packed(t, "zlib", small), "application/x-compress-zlib", "u", 200, `"ok"`},
		"gzip":              {packed(t, "gzip", small), "application/x-compress-gzip", "u", 200, `"ok"`},
		"brotli":            {packed(t, "br", small), "application/x-br", "u", 200, `"ok"`},
		"misnamed":          {packed(t, "zlib", small), "text/plain", "u", 200, `"ok"`},
		"parameters":        {`{"action":"get_params","deviceid":"d"}`, "application/json", "u", 200, `"credentials":[]`},
		"unknown":           {`{"action":"dance","deviceid":"d"}`, "application/json", "u", 501, `"status":"error"`},
		"broken":            {`{"action":"inventory","content":{"bios":`, "application/json", "u", 400, `content.bios`},
		"cut zlib":          {packed(t, "zlib", small)[:40], "application/x-compress-zlib", "u", 400, `"error"`},
	} {
		status, _, body := post(t, h, c.body, c.kind, c.agent)
		if status != c.status || !strings.Contains(body, c.want) {
			t.Errorf("%s: %d %s, want %d %s", name, status, body, c.status, c.want)
		}
	}
	if len(h.docs) != 5 {
		t.Errorf("%d inventories arrived, 5 were sent", len(h.docs))
	}
}

func TestPackedXMLIsAnsweredPacked(t *testing.T) {
	_, kind, body := post(t, newReceiver(), packed(t, "zlib", prolog), "application/x-compress", "")
	z, err := zlib.NewReader(strings.NewReader(body))
	if err != nil || kind != "application/x-compress-zlib" {
		t.Fatal(kind, err)
	}
	if text, _ := io.ReadAll(z); !strings.Contains(string(text), "SEND") {
		t.Errorf("%s", text)
	}
}

func TestWhoIsNotAdmittedIsNotRead(t *testing.T) {
	h := newReceiver()
	h.Admit = func(*http.Request) error { return ErrRefused }
	if status, _, _ := post(t, h, small, "", ""); status != http.StatusForbidden || len(h.docs) != 0 {
		t.Errorf("%d, %d documents", status, len(h.docs))
	}
	h = newReceiver()
	h.Receive = func(context.Context, Peer, Document) error { return errors.New("disk of /secret is full") }
	if status, _, body := post(t, h, small, "", ""); status != 500 || strings.Contains(body, "secret") {
		t.Errorf("%d %s", status, body)
	}
	h.MaxPacked = 10
	if status, _, _ := post(t, h, small, "", ""); status != http.StatusRequestEntityTooLarge {
		t.Errorf("above the limit: %d", status)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	if w.Code != http.StatusMethodNotAllowed {
		t.Errorf("GET: %d", w.Code)
	}
}

// The agents of Debian deliver, as they are.
func TestUnmodifiedAgentsDeliver(t *testing.T) {
	if testing.Short() {
		t.Skip("NOT TESTED WITH THE REAL AGENTS: -short")
	}
	for name, args := range map[string]func(url, folder string) []string{
		"fusioninventory-agent": func(url, _ string) []string {
			return []string{"--server", url, "--force", "--config", "none", "--tasks", "inventory", "--tag", "testing"}
		},
		"ocsinventory-agent": func(url, folder string) []string {
			return []string{"--server", url + "/ocsinventory", "--force", "--local", "", "--basevardir", folder, "--tag", "testing"}
		},
	} {
		t.Run(name, func(t *testing.T) {
			program, err := exec.LookPath(name)
			if err != nil {
				t.Skipf("NOT TESTED WITH %s: it is not installed (apt-get install %s)", name, name)
			}
			h := newReceiver()
			server := httptest.NewServer(h)
			defer server.Close()
			out, err := exec.CommandContext(t.Context(), program, args(server.URL, t.TempDir())...).CombinedOutput()
			if err != nil {
				t.Logf("%s ended with %v", name, err)
			}
			if len(h.docs) != 1 {
				t.Fatalf("%d inventories arrived; it said:\n%s", len(h.docs), out)
			}
			inv := h.docs[0].Inventory
			if inv.Identity.Value.Hostname == "" || inv.System.Value.Name == "" || len(inv.Packages.Value) < 50 || len(inv.Interfaces.Value) == 0 {
				t.Errorf("%d packages of %q (%q)", len(inv.Packages.Value), inv.Identity.Value.Hostname, inv.System.Value.Name)
			}
			t.Logf("%s: %d packages, tag %q, refused %v", h.docs[0].Agent, len(inv.Packages.Value), h.docs[0].Tag, h.docs[0].Refused)
		})
	}
}
