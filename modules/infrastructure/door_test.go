package infrastructure

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"steward/agent"
	"steward/collect/agentproto"
	"steward/collect/fact"
	"steward/kernel/app"
	"steward/kernel/records"
	"steward/kernel/seal"
	"steward/kernel/testkit"
)

// openDoor serves the agents' door of a test's database on loopback.
func openDoor(t *testing.T, s *testkit.Store) *httptest.Server {
	t.Helper()
	key, err := seal.New(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	for pattern, h := range mounts(&app.Program{DB: s.Database, Key: key, Config: app.Config{Data: t.TempDir(), Log: slog.New(slog.DiscardHandler)}}) {
		mux.Handle(pattern, h)
	}
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	return srv
}

func token(t *testing.T, s *testkit.Store, uses int64) (token string) {
	t.Helper()
	write(t, s.Database, func(u *records.Tx) (err error) {
		token, err = NewEnrolment(u, "test", uses, time.Hour)
		return err
	})
	return token
}

// machine is a real agent on a machine whose inventory the test holds.
func machine(t *testing.T, s *testkit.Store, srv *httptest.Server, token string, inv *fact.Inventory) agent.Options {
	return agent.Options{Server: srv.URL, Token: token, Data: t.TempDir(), CPU: 1, Once: true, Version: "1.0", Clock: s.Clock.Now,
		Collect: func(context.Context) (fact.Inventory, error) { return *inv, nil }, Load: func() agent.Pressure { return agent.Pressure{} }}
}

func TestARealAgentEnrolsAndReports(t *testing.T) {
	each(t, func(t *testing.T, s *testkit.Store) {
		srv := openDoor(t, s)
		inv := server("erp01", 50)
		o := machine(t, s, srv, token(t, s, 1), &inv)
		if err := agent.Run(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		all := hosts(t, s.Database)
		if len(all) != 1 || all[0].Name != "erp01" || count(t, s.Database, "infrastructure_host_package") != 50 {
			t.Fatalf("got %d hosts", len(all))
		}
		before := dump(t, s.Database)
		s.Clock.Advance(time.Hour)
		inv.At = inv.At.Add(time.Hour)
		o.Token = ""
		if err := agent.Run(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		if rows := changed(before, dump(t, s.Database)); len(rows) != 1 {
			t.Errorf("a second report without news changed %d rows, want 1: %v", len(rows), rows)
		}
		inv.Ports.Value = append(inv.Ports.Value, fact.Port{Protocol: "tcp", Address: "0.0.0.0", Port: 443})
		inv.At = inv.At.Add(time.Hour)
		if err := agent.Run(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		if got := count(t, s.Database, "infrastructure_host_port"); got != 2 {
			t.Errorf("%d ports, want 2", got)
		}
		if got := count(t, s.Database, "history WHERE act = 'facts' AND record = $1 AND actor_name LIKE 'Agent of%'", string(all[0].ID)); got != 2 {
			t.Errorf("%d notes of changed facts, want 2: the first report and the port", got)
		}
		write(t, s.Database, func(u *records.Tx) error {
			list, err := Agents(u, all[0].ID, 10)
			if err != nil || len(list) != 1 || list[0].Version != "1.0" {
				t.Fatalf("agents of the host: %+v %v", list, err)
			}
			return Revoke(u, list[0].ID)
		})
		if err := agent.Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), "revoked") {
			t.Errorf("a revoked agent reports: %v", err)
		}
	})
}

func TestATokenServesAsManyMachinesAsItSays(t *testing.T) {
	each(t, func(t *testing.T, s *testkit.Store) {
		srv := openDoor(t, s)
		two := token(t, s, 2)
		for i, name := range []string{"a1", "a2", "a3"} {
			inv := server(name, 1)
			err := agent.Run(t.Context(), machine(t, s, srv, two, &inv))
			if (err == nil) != (i < 2) {
				t.Errorf("machine %d: %v", i+1, err)
			}
		}
		s.Clock.Advance(2 * time.Hour)
		inv := server("late", 1)
		if err := agent.Run(t.Context(), machine(t, s, srv, token(t, s, 1), &inv)); err != nil {
			t.Error(err)
		}
		ended := token(t, s, 1)
		s.Clock.Advance(2 * time.Hour)
		if err := agent.Run(t.Context(), machine(t, s, srv, ended, &inv)); err == nil {
			t.Error("a token whose time is over was taken")
		}
	})
}

func TestAServerThatForgotAMachineAsksForEverything(t *testing.T) {
	each(t, func(t *testing.T, s *testkit.Store) {
		srv := openDoor(t, s)
		inv := server("erp01", 5)
		o := machine(t, s, srv, token(t, s, 1), &inv)
		if err := agent.Run(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		write(t, s.Database, func(u *records.Tx) error {
			for _, table := range []string{"infrastructure_host_source", "infrastructure_host_seen", "infrastructure_identity", "infrastructure_host_package", "fact_set"} {
				if _, err := u.Exec("DELETE FROM " + table); err != nil {
					return err
				}
			}
			return nil
		})
		inv.At = inv.At.Add(time.Hour)
		if err := agent.Run(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		if got := count(t, s.Database, "infrastructure_host_package"); got != 5 {
			t.Errorf("%d packages, want 5", got)
		}
	})
}

func TestTheDoorRefusesWhatItShould(t *testing.T) {
	s := sqlite(t)
	srv := openDoor(t, s)
	inv := server("erp01", 3)
	o := machine(t, s, srv, token(t, s, 1), &inv)
	if err := agent.Run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	key, id := stolen(t, o.Data)
	hashes, err := inv.Hashes()
	if err != nil {
		t.Fatal(err)
	}
	report := agentproto.Report{ID: "r1", Sequence: 9, Inventory: inv, Hashes: hashes}
	good, err := agentproto.Encode(report)
	if err != nil {
		t.Fatal(err)
	}
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	zeros := make([]byte, 1<<20)
	for range 100 {
		z.Write(zeros)
	}
	z.Close()
	var many bytes.Buffer
	z = gzip.NewWriter(&many)
	z.Write([]byte(`{"id":"r3","inventory":{"version":1,"packages":{"seen":true,"value":[{}` + strings.Repeat(",{}", 1_000_000) + `]}}}`))
	z.Close()
	rows := many.Bytes()
	report.Hashes = map[string]string{"identity": strings.Repeat("0", 64)}
	wrong, _ := agentproto.Encode(report)
	nobody := agentproto.Report{ID: "r2", Inventory: inv.Without("identity"), Hashes: map[string]string{}}
	for name, h := range hashes {
		if name != "identity" {
			nobody.Hashes[name] = h
		}
	}
	anonymous, _ := agentproto.Encode(nobody)
	now := s.Clock.Now()
	for _, c := range []struct {
		name   string
		body   []byte
		at     time.Time
		agent  string
		break_ func(*http.Request)
		status int
		code   string
	}{
		{"good", good, now, id, nil, 200, ""},
		{"no signature", good, now, id, func(r *http.Request) { r.Header.Del(agentproto.HeaderSignature) }, 401, agentproto.CodeSignature},
		{"another agent's name", good, now, id, func(r *http.Request) { r.Header.Set(agentproto.HeaderAgent, "somebody") }, 401, agentproto.CodeSignature},
		{"an hour old", good, now.Add(-time.Hour), id, nil, 401, agentproto.CodeClock},
		{"a gzip bomb", bomb.Bytes(), now, id, nil, 413, agentproto.CodeTooLarge},
		{"eight kilobytes that become a million objects", rows, now, id, nil, 413, agentproto.CodeTooLarge},
		{"cut short", good[:len(good)/2], now, id, nil, 422, agentproto.CodeInvalid},
		{"no JSON", []byte("hello"), now, id, nil, 422, agentproto.CodeInvalid},
		{"a hash that is not the section's", wrong, now, id, nil, 422, agentproto.CodeInvalid},
		{"of no machine", anonymous, now, id, nil, 422, agentproto.CodeInvalid},
		{"too large", make([]byte, agentproto.MaxWire+1), now, id, nil, 413, agentproto.CodeTooLarge},
	} {
		req, err := http.NewRequest("POST", srv.URL+agentproto.InventoryPath, bytes.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Encoding", "gzip")
		if err := agentproto.Sign(req.Header, key, c.agent, "POST", agentproto.InventoryPath, c.body, c.at); err != nil {
			t.Fatal(err)
		}
		if c.break_ != nil {
			c.break_(req)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		var p agentproto.Problem
		json.NewDecoder(res.Body).Decode(&p)
		res.Body.Close()
		if res.StatusCode != c.status || p.Code != c.code {
			t.Errorf("%s: got %d %s (%s), want %d %s", c.name, res.StatusCode, p.Code, p.Detail, c.status, c.code)
		}
		if c.status >= 400 && res.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: the answer is %s", c.name, res.Header.Get("Content-Type"))
		}
	}
	if got := len(hosts(t, s.Database)); got != 1 {
		t.Errorf("%d hosts, want 1", got)
	}
	res, err := http.Post(srv.URL+agentproto.EnrolPath, "application/json", strings.NewReader(`{"token":"`+strings.Repeat("x", maxEnrol)+`"}`))
	if err != nil || res.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("an enrolment of a megabyte: %v %v", res.StatusCode, err)
	}
	res.Body.Close()
	res, err = http.Post(srv.URL+agentproto.EnrolPath, "application/json", strings.NewReader(`{"token":"guess","csr_pem":"-"}`))
	if err != nil || res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("an enrolment without a request for a certificate: %v %v", res.StatusCode, err)
	}
	res.Body.Close()
}

func TestAnOldReportSentAgainChangesNothing(t *testing.T) {
	each(t, func(t *testing.T, s *testkit.Store) {
		deliver := func(inv fact.Inventory, sequence int64) (d Diff) {
			write(t, s.Database, func(u *records.Tx) (err error) {
				_, d, err = Deliver(u, Delivery{Inventory: inv, Source: "agent:1", Sequence: sequence})
				return err
			})
			return d
		}
		old := server("erp01", 3)
		deliver(old, 1)
		newer := server("erp01", 4)
		newer.At = old.At.Add(time.Hour)
		deliver(newer, 2)
		if d := deliver(old, 1); !d.Late || d.Any() {
			t.Errorf("the old report was taken: %+v", d)
		}
		if got := count(t, s.Database, "infrastructure_host_package WHERE gone_at IS NULL"); got != 4 {
			t.Errorf("%d packages, want the newer report's 4", got)
		}
		restored := server("erp01", 2) // the machine came back from a backup: it counts from lower, and its clock goes on
		restored.At = newer.At.Add(time.Hour)
		if d := deliver(restored, 1); d.Late {
			t.Error("a machine restored from a backup is no longer heard")
		}
	})
}

// sqlite is a store on SQLite alone, for what does not depend on the database.
func sqlite(t testing.TB) *testkit.Store {
	t.Helper()
	mods := []app.Module{Module()}
	s := testkit.SQLite(t, app.Migrations(mods)...)
	records.NewRegistry(app.Types(mods)...).Attach(s.Database)
	return s
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// stolen is an agent's key and id, read from its folder.
func stolen(t *testing.T, dir string) (crypto.Signer, string) {
	t.Helper()
	block, _ := pem.Decode(readFile(t, filepath.Join(dir, "agent.key")))
	if block == nil {
		t.Fatal("the agent has no key")
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	status, err := agent.ReadStatus(dir)
	if err == nil && status.AgentID != "" {
		return key.(crypto.Signer), status.AgentID
	}
	var memory map[string]any
	if err := json.Unmarshal(readFile(t, filepath.Join(dir, "agent.json")), &memory); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"agent_id", "id", "ID"} {
		if id, ok := memory[name].(string); ok {
			return key.(crypto.Signer), id
		}
	}
	t.Fatalf("the agent remembers no id: %v", memory)
	return nil, ""
}
