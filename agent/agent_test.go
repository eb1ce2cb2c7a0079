package agent

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"log/slog"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"steward/collect/agentproto"
	"steward/collect/fact"
)

// server is a Steward as the agent sees it, with real TLS, tokens and
// certificates, in memory.
type server struct {
	*httptest.Server
	t     *testing.T
	ca    *x509.Certificate
	caKey crypto.Signer
	clock func() time.Time

	mu      sync.Mutex
	down    bool
	revoked bool
	tokens  map[string]crypto.PublicKey // nil value: not used yet
	agents  map[string]crypto.PublicKey
	has     map[string]string // section → hash
	reports []agentproto.Report
	seen    map[string]bool // certificates shown in the handshake
	life    time.Duration
	renewed int
}

func newServer(t *testing.T) *server {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test CA"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(1000 * time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	ca, _ := x509.ParseCertificate(der)
	s := &server{t: t, ca: ca, caKey: key, clock: time.Now, tokens: map[string]crypto.PublicKey{"good": nil}, agents: map[string]crypto.PublicKey{}, has: map[string]string{}, seen: map[string]bool{}, life: 24 * time.Hour}
	s.Server = httptest.NewUnstartedServer(s)
	pool := x509.NewCertPool()
	pool.AddCert(ca)
	s.TLS = &tls.Config{ClientAuth: tls.VerifyClientCertIfGiven, ClientCAs: pool}
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

func (s *server) refuse(w http.ResponseWriter, status int, code, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Date", s.clock().UTC().Format(http.TimeFormat))
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(agentproto.Problem{Title: "refused", Status: status, Detail: detail, Code: code})
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down {
		s.refuse(w, 503, "", "down")
		return
	}
	wire, err := agentproto.ReadWire(r.Body, r.ContentLength)
	if err != nil {
		s.refuse(w, 413, agentproto.CodeTooLarge, err.Error())
		return
	}
	issue := func(text, id string) {
		csr, err := agentproto.ParseCSR(text)
		if err != nil {
			s.refuse(w, 422, agentproto.CodeInvalid, err.Error())
			return
		}
		s.agents[id] = csr.PublicKey
		certificate, err := agentproto.Issue(s.ca, s.caKey, csr, id, time.Now().Add(-time.Minute), time.Now().Add(s.life))
		if err != nil {
			s.t.Error(err)
		}
		json.NewEncoder(w).Encode(agentproto.Enrolment{AgentID: id, Certificate: certificate, CA: string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}))})
	}
	if r.URL.Path == agentproto.EnrolPath {
		var e agentproto.EnrolRequest
		if err := agentproto.Decode(wire, "", &e); err != nil {
			s.refuse(w, 422, agentproto.CodeInvalid, err.Error())
			return
		}
		used, known := s.tokens[e.Token]
		if !known || used != nil {
			s.refuse(w, 403, agentproto.CodeToken, "the token is not known or was used")
			return
		}
		s.tokens[e.Token] = "used"
		issue(e.CSR, "agent-7")
		return
	}
	if s.revoked {
		s.refuse(w, 403, agentproto.CodeRevoked, "the agent was removed")
		return
	}
	key := s.agents[r.Header.Get(agentproto.HeaderAgent)]
	if err := agentproto.Verify(r.Header, key, r.Method, r.URL.Path, wire, s.clock()); err != nil {
		code := agentproto.CodeSignature
		if errors.Is(err, agentproto.ErrClock) {
			code = agentproto.CodeClock
		}
		s.refuse(w, 401, code, err.Error())
		return
	}
	if r.TLS != nil && len(r.TLS.PeerCertificates) > 0 {
		s.seen[r.TLS.PeerCertificates[0].Subject.CommonName] = true
	}
	switch r.URL.Path {
	case agentproto.RenewPath:
		var e agentproto.RenewRequest
		agentproto.Decode(wire, "", &e)
		s.renewed++
		s.life = 24 * time.Hour
		issue(e.CSR, "agent-7")
	case agentproto.InventoryPath:
		report, err := agentproto.DecodeReport(wire, r.Header.Get("Content-Encoding"))
		if err != nil {
			s.refuse(w, 422, agentproto.CodeInvalid, err.Error())
			return
		}
		want := report.Missing(s.has)
		for _, name := range report.Inventory.Present() {
			s.has[name] = report.Hashes[name]
		}
		s.reports = append(s.reports, report)
		json.NewEncoder(w).Encode(agentproto.Answer{Accepted: true, Want: want})
	default:
		http.NotFound(w, r)
	}
}

// machine is a machine whose inventory a test changes.
type machine struct{ inv fact.Inventory }

func (m *machine) collect(context.Context) (fact.Inventory, error) { return m.inv, nil }

func newMachine() *machine {
	return &machine{fact.Inventory{Version: fact.InventoryVersion, Collector: "test", At: time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC),
		Identity: fact.Saw(fact.Identity{Hostname: "erp01"}), Ports: fact.Saw([]fact.Port{{Protocol: "tcp", Address: "::", Port: 22}}), Packages: fact.Saw([]fact.Package{{Name: "apt", Version: "2.6", Manager: "deb"}})}}
}

// options make an agent that waits for nothing.
func options(t *testing.T, s *server, m *machine) Options {
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	return Options{Server: s.URL, Token: "good", Data: t.TempDir(), CA: ca, CPU: 1, Once: true, Collect: m.collect, Load: func() Pressure { return Pressure{} }}
}

func TestEnrolsOnceAndReportsWithItsOwnKey(t *testing.T) {
	s, m := newServer(t), newMachine()
	o := options(t, s, m)
	if err := Run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	o.Token = "" // a second start needs no token
	if err := Run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	if len(s.reports) != 2 || !s.seen["agent-7"] {
		t.Fatalf("got %d reports, certificates %v", len(s.reports), s.seen)
	}
	if got := s.reports[1].Inventory.Present(); len(got) != 0 {
		t.Errorf("nothing changed, and the sections %v were sent again", got)
	}
	if len(s.reports[1].Hashes) != 3 || s.reports[1].Sequence != 2 {
		t.Errorf("the second report names %d hashes, sequence %d", len(s.reports[1].Hashes), s.reports[1].Sequence)
	}
	m.inv.Ports.Value[0].Port = 2222
	if err := Run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	if got := s.reports[2].Inventory.Present(); len(got) != 1 || got[0] != "ports" {
		t.Errorf("the ports changed; sent were %v", got)
	}
	info, err := os.Stat(filepath.Join(o.Data, "agent.key"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key's file: %v %v", info.Mode(), err)
	}
}

func TestAUsedOrUnknownTokenIsRefused(t *testing.T) {
	s, m := newServer(t), newMachine()
	if err := Run(t.Context(), options(t, s, m)); err != nil {
		t.Fatal(err)
	}
	for _, token := range []string{"good", "bad", ""} {
		o := options(t, s, m)
		o.Token = token
		if err := Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), "token") {
			t.Errorf("token %q: %v", token, err)
		}
	}
}

func TestAServerThatLostASectionGetsItInFull(t *testing.T) {
	s, m := newServer(t), newMachine()
	o := options(t, s, m)
	if err := Run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	delete(s.has, "packages")
	if err := Run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	last := s.reports[len(s.reports)-1]
	if got := last.Inventory.Present(); len(got) != 1 || got[0] != "packages" {
		t.Errorf("sent %v", got)
	}
}

func TestWhatCouldNotBeSentIsSentLaterInOrder(t *testing.T) {
	s, m := newServer(t), newMachine()
	o := options(t, s, m)
	if err := Run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	s.down = true
	for port := 1001; port <= 1003; port++ {
		m.inv.Ports.Value[0].Port = port
		if err := Run(t.Context(), o); err == nil {
			t.Fatal("the server is down and the report was sent")
		}
	}
	s.down = false
	if err := Run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	var ports []int
	for _, r := range s.reports[1:] {
		for _, p := range r.Inventory.Ports.Value {
			ports = append(ports, p.Port)
		}
	}
	if len(ports) != 3 || ports[0] != 1001 || ports[2] != 1003 {
		t.Errorf("the changes arrived as %v", ports)
	}
	if waiting, _ := os.ReadDir(filepath.Join(o.Data, "queue")); len(waiting) != 0 {
		t.Errorf("%d reports still wait", len(waiting))
	}
}

func TestTheQueueKeepsADayAndNoMore(t *testing.T) {
	s, err := open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for h := range 40 {
		if err := s.enqueue([]byte("x"), int64(h), start.Add(time.Duration(h)*time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	names := s.queued()
	if len(names) != 25 || s.Dropped != 15 || !queuedAt(names[0]).Equal(start.Add(15*time.Hour)) {
		t.Errorf("%d wait from %v on, %d dropped", len(names), queuedAt(names[0]), s.Dropped)
	}
	for i := range maxQueueFiles + 10 {
		s.enqueue([]byte("x"), int64(100+i), start.Add(40*time.Hour))
	}
	if n := len(s.queued()); n != maxQueueFiles {
		t.Errorf("%d files wait, the bound is %d", n, maxQueueFiles)
	}
}

func TestAWrongClockIsSetByTheServers(t *testing.T) {
	s, m := newServer(t), newMachine()
	o := options(t, s, m)
	o.Clock = func() time.Time { return time.Now().Add(-3 * time.Hour) }
	if err := Run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	if len(s.reports) != 1 {
		t.Errorf("%d reports arrived", len(s.reports))
	}
	if status, err := ReadStatus(o.Data); err != nil || status.State != "sent" {
		t.Errorf("status after a single report: %+v, %v", status, err)
	}
}

func TestOnlyThePinnedOrTrustedServerIsSpokenTo(t *testing.T) {
	s, m := newServer(t), newMachine()
	sum := sha256.Sum256(s.Certificate().RawSubjectPublicKeyInfo)
	o := options(t, s, m)
	o.CA, o.Pin = "", hex.EncodeToString(sum[:])
	if err := Run(t.Context(), o); err != nil {
		t.Fatalf("the pinned server: %v", err)
	}
	sum[0]++
	for name, change := range map[string]func(*Options){
		"another pin": func(o *Options) { o.CA, o.Pin = "", hex.EncodeToString(sum[:]) },
		"no CA":       func(o *Options) { o.CA = "" },
		"plain http":  func(o *Options) { o.Server = "http://steward.example.net" },
		"bad pin":     func(o *Options) { o.CA, o.Pin = "", "abc" },
	} {
		o := options(t, s, m)
		s.tokens["good"] = nil
		change(&o)
		err := Run(t.Context(), o)
		if err == nil {
			t.Errorf("%s: it was spoken to", name)
		}
		if seen := sha256.Sum256(s.Certificate().Raw); name == "no CA" && err != nil && !strings.Contains(err.Error(), "--pin "+hex.EncodeToString(seen[:])) {
			t.Errorf("%s: it does not say what to do: %v", name, err)
		}
		if s.tokens["good"] != nil {
			t.Errorf("%s: it was given the token", name)
		}
	}
}

func TestARevokedAgentEndsWithTheReason(t *testing.T) {
	s, m := newServer(t), newMachine()
	o := options(t, s, m)
	o.Once = false
	o.Wait = func(context.Context, time.Duration) error {
		s.mu.Lock()
		s.revoked = true
		s.mu.Unlock()
		m.inv.Ports.Value[0].Port++
		return nil
	}
	if err := Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), "removed") {
		t.Errorf("got %v", err)
	}
}

func TestTheCertificateIsRenewedBeforeItEnds(t *testing.T) {
	s, m := newServer(t), newMachine()
	s.life = 20 * time.Second // two thirds of the minute and twenty seconds are over soon
	o := options(t, s, m)
	if err := Run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	if s.renewed != 1 {
		t.Errorf("renewed %d times", s.renewed)
	}
	if err := Run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	if s.renewed != 1 || len(s.reports) != 2 {
		t.Errorf("renewed %d times, %d reports", s.renewed, len(s.reports))
	}
}

func TestItHoldsBackOnABusyMachineAndSaysWhy(t *testing.T) {
	s, m := newServer(t), newMachine()
	o := options(t, s, m)
	o.Once = false
	busy := 4.0
	o.Load = func() Pressure { return Pressure{Load: &busy} }
	clock := time.Now()
	o.Clock = func() time.Time { return clock }
	waits := 0
	ctx, stop := context.WithCancel(t.Context())
	o.Wait = func(_ context.Context, d time.Duration) error {
		waits++
		status, err := ReadStatus(o.Data)
		if waits == 2 && (err != nil || status.State != "holding back" || !strings.Contains(status.Reason, "busy: 4.0")) {
			t.Errorf("status %+v, %v", status, err)
		}
		if waits == 4 {
			busy = 0.1
		}
		if waits == 5 {
			stop()
			return ctx.Err()
		}
		return nil
	}
	var log strings.Builder
	o.Log = slog.New(slog.NewTextHandler(&log, nil))
	if err := Run(ctx, o); err != nil {
		t.Fatal(err)
	}
	// The first report was waited for by who enrolled the machine, so it went out at once.
	if len(s.reports) != 2 || len(s.reports[0].Held) != 0 || len(s.reports[1].Held) != 3 {
		t.Fatalf("%d reports: %+v", len(s.reports), s.reports)
	}
	if !strings.Contains(log.String(), "holding back") || !strings.Contains(s.reports[1].Held[0].Reason, "the limit is 2.0") {
		t.Errorf("log %s, report %v", log.String(), s.reports[1].Held)
	}
}

func TestABusyMachineIsReportedAtLast(t *testing.T) {
	a := &agent{Options: Options{Server: "https://x", Data: t.TempDir()}}
	a.Options.Load = func() Pressure { return Pressure{Available: new(0.01)} }
	now := time.Now()
	a.Options.Clock = func() time.Time { return now }
	if err := a.complete(); err != nil {
		t.Fatal(err)
	}
	held := 0
	for a.holdBack() != nil {
		held++
		now = now.Add(10 * time.Minute)
		if held > 100 {
			t.Fatal("it holds back for ever")
		}
	}
	if held != 36 {
		t.Errorf("held back %d times ten minutes, want six hours", held)
	}
}

func TestTheBackOffGrowsAndIsSpread(t *testing.T) {
	for failures, longest := range []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute} {
		seen := map[time.Duration]bool{}
		for range 50 {
			d := backOff(failures, time.Hour)
			if d < longest/2 || d > longest {
				t.Errorf("after %d failures: %v", failures, d)
			}
			seen[d] = true
		}
		if len(seen) < 10 {
			t.Errorf("after %d failures the pauses are alike: %v", failures, seen)
		}
	}
	if d := backOff(1000, time.Hour); d > time.Hour || d < 30*time.Minute {
		t.Errorf("after many failures: %v", d)
	}
}

func TestTwoAgentsDoNotShareAFolder(t *testing.T) {
	dir := t.TempDir()
	s, err := open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := open(dir); err == nil {
		t.Error("a second agent opened the folder")
	}
	s.close()
	again, err := open(dir)
	if err != nil {
		t.Errorf("after the first ended: %v", err)
	} else {
		again.close()
	}
}
