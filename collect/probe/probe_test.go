package probe

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

func ask(t *testing.T, target string, o Options) Result {
	t.Helper()
	r, err := Ask(t.Context(), target, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// serve answers each connection on a port of its own.
func serve(t *testing.T, each func(net.Conn)) string {
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
			go func() { defer c.Close(); each(c) }()
		}
	}()
	return l.Addr().String()
}

// closed is an address where nothing listens.
func closed(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func names(r Result) string {
	var all []string
	for _, p := range r.Phases {
		all = append(all, p.Name)
	}
	return strings.Join(all, " ")
}

func TestHTTPIsHeldAgainstWhatWasAskedFor(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/broken":
			http.Error(w, "no", http.StatusServiceUnavailable)
		case "/away":
			http.Redirect(w, r, "/", http.StatusFound)
		default:
			w.Header().Set("X-Version", "4.2")
			io.WriteString(w, `{"state":"ok","checks":[{"name":"db","latency":12}]}`)
		}
	}))
	defer s.Close()
	for name, c := range map[string]struct {
		path  string
		o     Options
		state string
	}{
		"plain":           {"/", Options{}, "up"},
		"all right":       {"/", Options{Status: "200", Header: []string{"X-Version: ^4"}, Body: []string{`"ok"`}, NoBody: []string{"error"}, JSON: []string{"state=ok", "checks.0.latency=12"}}, "up"},
		"status":          {"/broken", Options{}, "wrong"},
		"status wanted":   {"/broken", Options{Status: "5xx"}, "up"},
		"redirect":        {"/away", Options{Status: "302"}, "up"},
		"followed":        {"/away", Options{Status: "200", Follow: true}, "up"},
		"header missing":  {"/", Options{Header: []string{"X-Other: .*"}}, "wrong"},
		"body":            {"/", Options{Body: []string{"maintenance"}}, "wrong"},
		"body must not":   {"/", Options{NoBody: []string{"db"}}, "wrong"},
		"JSON":            {"/", Options{JSON: []string{"checks.0.latency=13"}}, "wrong"},
		"JSON not there":  {"/", Options{JSON: []string{"checks.1.latency=13"}}, "wrong"},
		"JSON not a tree": {"/", Options{JSON: []string{"state.x=1"}}, "wrong"},
	} {
		r := ask(t, s.URL+c.path, c.o)
		if r.State != c.state || (r.State == "wrong") != (r.Problem != "") {
			t.Errorf("%s: %s (%s), want %s", name, r.State, r.Problem, c.state)
		}
		if name == "plain" && names(r) != "connect first_byte body" {
			t.Errorf("phases %s", names(r))
		}
	}
}

func TestTLSTellsChainTrustAndDaysLeft(t *testing.T) {
	s := httptest.NewTLSServer(http.NotFoundHandler())
	defer s.Close()
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	ends := s.Certificate().NotAfter
	at := func(d time.Duration) func() time.Time { return func() time.Time { return ends.Add(d) } }
	target := "tls://" + s.Listener.Addr().String()
	r := ask(t, target, Options{Roots: roots, Now: at(-10*24*time.Hour - time.Hour), MinDays: 10, MinTLS: "1.3"})
	if r.State != "up" || r.TLS.DaysLeft != 10 || !r.TLS.Trusted || r.TLS.Version != "1.3" || len(r.TLS.Chain) != 1 || names(r) != "connect tls" {
		t.Errorf("%s %s %+v", r.State, r.Problem, r.TLS)
	}
	for name, o := range map[string]Options{
		"ends soon":  {Roots: roots, Now: at(-10 * 24 * time.Hour), MinDays: 11},
		"ended":      {Roots: roots, Now: at(time.Hour)},
		"not signed": {Roots: x509.NewCertPool(), Now: at(-24 * time.Hour)},
	} {
		if r := ask(t, target, o); r.State != "wrong" || r.TLS == nil || len(r.TLS.Chain) != 1 {
			t.Errorf("%s: %s %s", name, r.State, r.Problem)
		}
	}
	if r := ask(t, "https://"+s.Listener.Addr().String(), Options{Roots: roots, Now: at(-time.Hour), Status: "404"}); r.State != "up" || names(r) != "connect tls first_byte body" {
		t.Errorf("https: %s %s, phases %s", r.State, r.Problem, names(r))
	}
	if r := ask(t, "tls://"+serve(t, func(c net.Conn) { io.WriteString(c, "220 hello\r\n") }), Options{}); r.State != "down" || !strings.HasPrefix(r.Problem, "tls:") {
		t.Errorf("no TLS: %s %s", r.State, r.Problem)
	}
}

func TestOldTLSIsToldAndRefusedWhereALowestIsSet(t *testing.T) {
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.TLS = &tls.Config{MinVersion: tls.VersionTLS11, MaxVersion: tls.VersionTLS11}
	s.StartTLS()
	defer s.Close()
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	now := func() time.Time { return s.Certificate().NotAfter.Add(-time.Hour) }
	if r := ask(t, "tls://"+s.Listener.Addr().String(), Options{Roots: roots, Now: now, MinTLS: "1.2"}); r.State != "wrong" || r.TLS.Version != "1.1" {
		t.Errorf("%s %s %+v", r.State, r.Problem, r.TLS)
	}
}

func TestLineProtocolsAreReadAndWrongOnesKnown(t *testing.T) {
	talk := func(greeting string, answers ...string) string {
		return serve(t, func(c net.Conn) {
			io.WriteString(c, greeting)
			in := bufio.NewScanner(c)
			for _, a := range answers {
				if !in.Scan() {
					return
				}
				io.WriteString(c, a)
			}
			in.Scan()
		})
	}
	for name, c := range map[string]struct{ target, state, answer string }{
		"smtp":        {"smtp://" + talk("220-mail.example\r\n220 ready\r\n", "250-mail\r\n250 STARTTLS\r\n"), "up", "220-mail.example"},
		"smtp busy":   {"smtp://" + talk("421 too many\r\n"), "wrong", "421 too many"},
		"smtp no tls": {"smtp://" + talk("220 m\r\n", "250 m\r\n", "502 no\r\n") + "?starttls", "wrong", "220 m"},
		"imap":        {"imap://" + talk("* OK Dovecot ready.\r\n"), "up", "* OK Dovecot ready."},
		"imap bye":    {"imap://" + talk("* BYE full\r\n"), "wrong", "* BYE full"},
		"ftp":         {"ftp://" + talk("220 files\r\n"), "up", "220 files"},
		"ssh":         {"ssh://" + talk("hello\r\nSSH-2.0-OpenSSH_9.2p1\r\n"), "up", "SSH-2.0-OpenSSH_9.2p1"},
		"ssh 1":       {"ssh://" + talk("SSH-1.5-old\r\n"), "wrong", "SSH-1.5-old"},
		"not smtp":    {"smtp://" + talk("SSH-2.0-x\r\n"), "wrong", ""},
		"no line end": {"ssh://" + talk(strings.Repeat("x", 9000)), "wrong", ""},
	} {
		if r := ask(t, c.target, Options{}); r.State != c.state || r.Answer != c.answer {
			t.Errorf("%s: %s %q (%s)", name, r.State, r.Answer, r.Problem)
		}
	}
	if r := ask(t, "ssh://"+talk("SSH-2.0-dropbear\r\n"), Options{Expect: "OpenSSH"}); r.State != "wrong" {
		t.Errorf("expected another banner: %s", r.State)
	}
}

func TestBinaryProtocols(t *testing.T) {
	reply := func(b ...byte) string {
		return serve(t, func(c net.Conn) {
			if _, err := c.Read(make([]byte, 512)); err == nil {
				c.Write(b)
			}
		})
	}
	for name, c := range map[string]struct{ target, state, answer string }{
		"ldap":         {"ldap://" + reply(0x30, 12, 2, 1, 1, 0x61, 7, 10, 1, 0, 4, 0, 4, 0), "up", "anonymous bind accepted"},
		"ldap long":    {"ldap://" + reply(0x30, 0x84, 0, 0, 0, 16, 2, 1, 1, 0x61, 0x84, 0, 0, 0, 7, 10, 1, 48, 4, 0, 4, 0), "up", "anonymous bind refused"},
		"ldap busy":    {"ldap://" + reply(0x30, 12, 2, 1, 1, 0x61, 7, 10, 1, 51, 4, 0, 4, 0), "wrong", ""},
		"not ldap":     {"ldap://" + reply([]byte("HTTP/1.1 400 Bad")...), "wrong", ""},
		"mqtt":         {"mqtt://" + reply(0x20, 2, 0, 0), "up", "accepted"},
		"mqtt sign-in": {"mqtt://" + reply(0x20, 2, 0, 5), "up", "sign-in wanted"},
		"mqtt refuses": {"mqtt://" + reply(0x20, 2, 0, 3), "wrong", ""},
		"rdp":          {"rdp://" + reply(3, 0, 0, 19, 14, 0xd0, 0, 0, 0x12, 0x34, 0, 2, 0, 8, 0, 2, 0, 0, 0), "up", "CredSSP"},
		"cut":          {"mqtt://" + reply(0x20), "wrong", ""},
	} {
		if r := ask(t, c.target, Options{}); r.State != c.state || r.Answer != c.answer {
			t.Errorf("%s: %s %q (%s)", name, r.State, r.Answer, r.Problem)
		}
	}
}

// datagrams answers on a UDP port of its own.
func datagrams(t *testing.T, answer func([]byte) []byte) string {
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	go func() {
		b := make([]byte, 1500)
		for {
			n, from, err := c.ReadFrom(b)
			if err != nil {
				return
			}
			c.WriteTo(answer(b[:n]), from)
		}
	}()
	return c.LocalAddr().String()
}

func TestDNSAnswersAreRead(t *testing.T) {
	server := datagrams(t, func(q []byte) []byte {
		var m dnsmessage.Message
		if m.Unpack(q) != nil {
			return nil
		}
		m.Response = true
		switch n := m.Questions[0].Name; n.String() {
		case "www.example.":
			m.Answers = []dnsmessage.Resource{{Header: dnsmessage.ResourceHeader{Name: n, Class: dnsmessage.ClassINET, TTL: 60}, Body: &dnsmessage.AResource{A: [4]byte{192, 0, 2, 7}}}}
		case "empty.example.":
		case "stray.example.":
			m.ID++
		default:
			m.RCode = dnsmessage.RCodeNameError
		}
		b, _ := m.Pack()
		return b
	})
	for name, want := range map[string]string{"www.example": "up", "empty.example": "wrong", "stray.example": "wrong", "no.example": "wrong"} {
		if r := ask(t, "dns://"+server+"/"+name, Options{}); r.State != want {
			t.Errorf("%s: %s (%s)", name, r.State, r.Problem)
		}
	}
	if r := ask(t, "dns://"+server+"/www.example", Options{Expect: `^192\.0\.2\.8$`}); r.State != "wrong" || r.Answer != "192.0.2.7" {
		t.Errorf("another address expected: %s %s", r.State, r.Answer)
	}
}

func TestNTPTellsHowFarTheClocksAreApart(t *testing.T) {
	ahead := 100 * time.Second
	answer := func(stratum byte) func([]byte) []byte {
		return func(q []byte) []byte {
			b := make([]byte, 48)
			b[0], b[1] = 4<<3|4, stratum
			copy(b[24:], q[40:48])
			putNTP(b[32:], time.Now().Add(ahead))
			putNTP(b[40:], time.Now().Add(ahead))
			return b
		}
	}
	r := ask(t, "ntp://"+datagrams(t, answer(2)), Options{})
	if r.State != "up" || *r.Stratum != 2 || *r.Clock < 90 || *r.Clock > 110 {
		t.Errorf("%s %s %v", r.State, r.Problem, r.Answer)
	}
	if r := ask(t, "ntp://"+datagrams(t, answer(16)), Options{}); r.State != "wrong" {
		t.Errorf("a server that is not synchronised: %s", r.State)
	}
	if r := ask(t, "ntp://"+datagrams(t, func(q []byte) []byte { return make([]byte, 48) }), Options{}); r.State != "wrong" {
		t.Errorf("zeros: %s", r.State)
	}
}

func TestGRPCHealthOverPlainHTTP2(t *testing.T) {
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "application/grpc")
		w.Header().Set("Trailer", "Grpc-Status")
		switch {
		case r.ProtoMajor != 2 || len(b) < 5 || int(binary.BigEndian.Uint32(b[1:5])) != len(b)-5:
			w.Header().Set("Grpc-Status", "3")
		case strings.HasSuffix(string(b), "sick"):
			w.Write([]byte{0, 0, 0, 0, 2, 8, 2})
			w.Header().Set("Grpc-Status", "0")
		case strings.HasSuffix(string(b), "nobody"):
			w.Header().Set("Grpc-Status", "5")
		default:
			w.Write([]byte{0, 0, 0, 0, 2, 8, 1})
			w.Header().Set("Grpc-Status", "0")
		}
	})
	s := httptest.NewUnstartedServer(h)
	s.Config.Protocols = new(http.Protocols)
	s.Config.Protocols.SetUnencryptedHTTP2(true)
	s.Start()
	defer s.Close()
	for path, want := range map[string]string{"": "up", "/sick": "wrong", "/nobody": "wrong"} {
		if r := ask(t, "grpc://"+s.Listener.Addr().String()+path, Options{}); r.State != want {
			t.Errorf("%q: %s (%s)", path, r.State, r.Problem)
		}
	}
	sec := httptest.NewUnstartedServer(h)
	sec.EnableHTTP2 = true
	sec.StartTLS()
	defer sec.Close()
	roots := x509.NewCertPool()
	roots.AddCert(sec.Certificate())
	now := func() time.Time { return sec.Certificate().NotAfter.Add(-time.Hour) }
	if r := ask(t, "grpcs://"+sec.Listener.Addr().String(), Options{Roots: roots, Now: now}); r.State != "up" {
		t.Errorf("over TLS: %s (%s)", r.State, r.Problem)
	}
}

func TestParentThatIsDownIsToldFromATargetThatIs(t *testing.T) {
	up := "tcp://" + serve(t, func(net.Conn) {})
	down := "tcp://" + closed(t)
	if r := ask(t, up, Options{Parent: down}); r.State != "up" || r.Parent != nil {
		t.Errorf("the parent is asked only when it matters: %+v", r)
	}
	if r := ask(t, down, Options{Parent: up}); r.State != "down" || r.Parent.State != "up" || !strings.HasPrefix(r.Problem, "connect:") {
		t.Errorf("%s %+v", r.State, r.Parent)
	}
	if r := ask(t, down, Options{Parent: down}); r.State != "unreachable" {
		t.Errorf("%s", r.State)
	}
}

func TestSilentServerEndsWithTheTime(t *testing.T) {
	silent := serve(t, func(c net.Conn) { io.Copy(io.Discard, c) })
	for _, scheme := range []string{"ssh", "http", "tls", "mqtt", "grpc"} {
		if r := ask(t, scheme+"://"+silent, Options{Timeout: 100 * time.Millisecond}); r.State != "down" || r.Problem == "" {
			t.Errorf("%s: %s %s", scheme, r.State, r.Problem)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Ask(ctx, "tcp://"+silent, Options{}); err == nil {
		t.Error("an interrupted asking told a state")
	}
}

func TestICMPAnswersOrSaysWhichRightIsMissing(t *testing.T) {
	r := ask(t, "icmp://127.0.0.1", Options{})
	switch {
	case r.State == "up" && r.Address == "127.0.0.1" && names(r) == "reply":
	case r.State == "unknown" && r.Problem != "":
		t.Logf("NOT ASKED BY ICMP: %s", r.Problem)
	default:
		t.Errorf("%s %s %s", r.State, r.Problem, names(r))
	}
}

func TestWrongTargetsAndOptionsAreNamedBeforeAnythingIsSent(t *testing.T) {
	for _, target := range []string{"host", "gopher://h", "tcp://h", "https://", ":"} {
		if _, err := Ask(t.Context(), target, Options{}); err == nil {
			t.Errorf("%q was taken", target)
		}
	}
	for _, o := range []Options{{Status: "20"}, {Body: []string{"("}}, {Header: []string{"x"}}, {JSON: []string{"x"}}, {MinTLS: "3"}, {Type: "Z"}} {
		if _, err := Ask(t.Context(), "http://127.0.0.1", o); err == nil {
			t.Errorf("%+v was taken", o)
		}
	}
}

func FuzzAnswers(f *testing.F) {
	f.Add([]byte{0x30, 0x84, 0, 0, 0, 16, 2, 1, 1, 0x61, 0x84, 0, 0, 0, 7, 10, 1, 48})
	f.Add([]byte("220-a\r\n220 b\r\n"))
	f.Add([]byte(`{"a":[{"b":1}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if code, ok := ldapResult(b, 0x61); ok && (code < 0 || code > 255) {
			t.Errorf("result %d", code)
		}
		if code, _, err := reply(bufio.NewReader(strings.NewReader(string(b)))); err == nil && len(code) != 3 {
			t.Errorf("code %q", code)
		}
		if v, err := lookUp(b, "a.0.b"); err != nil && v != "" {
			t.Error("both a value and an error")
		}
	})
}
