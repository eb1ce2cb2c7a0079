package banner

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"steward/collect/network/seen"
)

// serving makes a port that says text to whoever connects, as the service
// known at that port number would.
func serving(t *testing.T, service, text string) (netip.Addr, int) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = c.Write([]byte(text))
			c.Close()
		}
	}()
	return known(t, l.Addr(), service)
}

func known(t *testing.T, at net.Addr, service string) (netip.Addr, int) {
	a := at.(*net.TCPAddr).AddrPort()
	kinds[int(a.Port())] = service
	t.Cleanup(func() { delete(kinds, int(a.Port())) })
	return a.Addr(), int(a.Port())
}

func TestTheGreetingOfAServiceIsRead(t *testing.T) {
	for name, c := range map[string]struct{ service, says, want string }{
		"ssh":                   {"ssh", "SSH-2.0-ROSSSH\r\n\x00\x00\x01", "SSH-2.0-ROSSSH"},
		"ssh after other lines": {"ssh", "Private property.\r\nGo away.\r\nSSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", "SSH-2.0-OpenSSH_9.2p1 Debian-2"},
		"ssh without an end":    {"ssh", "SSH-1.99-Cisco-1.25", "SSH-1.99-Cisco-1.25"},
		"not ssh":               {"ssh", "220 hello\r\n", ""},
		"ftp":                   {"ftp", "220 APC FTP server ready.\r\n", "220 APC FTP server ready."},
		"telnet":                {"telnet", "\xff\xfd\x18\xff\xfa\x18\x01\xff\xf0\xff\xff\r\n\r\nMikroTik v6.49\r\nLogin: ", "� MikroTik v6.49 Login:"},
		"silence":               {"smtp", "", ""},
		"binary":                {"", "\x00\x01\x02\n", ""},
		"a long line":           {"ftp", "220 " + strings.Repeat("x", 5000), "220 " + strings.Repeat("x", maxLine-4)},
	} {
		host, port := serving(t, c.service, c.says)
		b, err := Read(t.Context(), host, port)
		if b.Greeting != c.want || (err == nil) != (c.want != "") || err != nil && !errors.Is(err, ErrNothing) {
			t.Errorf("%s: got %q %v, want %q", name, b.Greeting, err, c.want)
		}
	}
}

func TestAWebInterfaceTellsServerTitleRealmAndCertificate(t *testing.T) {
	elsewhere := 0
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere++ }))
	defer other.Close()
	mux := http.NewServeMux()
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, q *http.Request) { http.Redirect(w, q, "/login", http.StatusFound) })
	mux.HandleFunc("/login", func(w http.ResponseWriter, q *http.Request) {
		w.Header().Set("Server", "thing/1.2")
		w.Header().Set("WWW-Authenticate", `Basic realm="level_15_access"`)
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = w.Write([]byte("<HTML><head><TITLE lang=en>\n Switch &amp; more\n</TITLE>" + strings.Repeat("x", 2*maxPage)))
	})
	s := httptest.NewTLSServer(mux)
	defer s.Close()
	host, port := known(t, s.Listener.Addr(), "https")
	b, err := Read(t.Context(), host, port)
	if want := (seen.Banner{Port: port, Service: "https", Server: "thing/1.2", Realm: `Basic realm="level_15_access"`, Title: "Switch & more", Organisation: "Acme Co"}); err != nil || b != want {
		t.Errorf("got %+v %v, want %+v", b, err, want)
	}
	away := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		w.Header().Set("Server", "away")
		http.Redirect(w, q, strings.Replace(other.URL, "127.0.0.1", "localhost", 1), http.StatusFound)
	}))
	defer away.Close()
	host, port = known(t, away.Listener.Addr(), "http")
	if b, err = Read(t.Context(), host, port); err != nil || b.Server != "away" || elsewhere != 0 {
		t.Errorf("got %+v %v; %d requests went elsewhere", b, err, elsewhere)
	}
}

func FuzzGreeting(f *testing.F) {
	f.Add([]byte("x\r\nSSH-2.0-x\r\n"), true)
	f.Add([]byte("\xff\xfa\x18\xff\xf0\xff"), false)
	f.Fuzz(func(t *testing.T, b []byte, ssh bool) {
		for _, service := range []string{"ssh", "telnet", ""} {
			if s := greeting(strings.NewReader(string(b)), service); len([]rune(s)) > maxLine || strings.ContainsAny(s, "\n\x00") {
				t.Errorf("%q", s)
			}
		}
	})
}
