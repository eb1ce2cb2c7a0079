package network

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"steward/collect/fact"
	"steward/collect/network/seen"
	"steward/collect/network/snmp"
	"steward/collect/network/sweep"
	"steward/collect/network/topology"
)

// fleet starts n responders at 127.20.x.y, all at one port, and returns the
// range of their addresses and the port.
func fleet(t testing.TB, n int, agent func(i int) *snmp.Responder) (string, uint16) {
	t.Helper()
	port := 0
	at := func(i int) string { return fmt.Sprintf("127.20.%d.%d", i/250, i%250+1) }
	for i := range n {
		conn, err := net.ListenPacket("udp", fmt.Sprintf("%s:%d", at(i), port))
		if err != nil {
			t.Skipf("SKIPPED: loopback has not all of 127.0.0.0/8 here (%v)", err)
		}
		port = conn.LocalAddr().(*net.UDPAddr).Port
		done := make(chan struct{})
		go func() { defer close(done); agent(i).Serve(conn) }()
		t.Cleanup(func() { conn.Close(); <-done })
	}
	return at(0) + "-" + at(n-1), uint16(port)
}

func collect(t testing.TB, ctx context.Context, c Config, targets ...string) ([]fact.Observation, error) {
	t.Helper()
	on, err := sweep.ParseTargets(ctx, targets, nil, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	c.Targets = on
	var got []fact.Observation
	err = Run(ctx, c, func(o fact.Observation) error { got = append(got, o); return nil })
	return got, err
}

func community(name, secret string) Credential {
	return Credential{Credential: snmp.Credential{Name: name, Version: 2, Community: secret}}
}

func TestDevicesAreReadInOrderByTheCredentialThatFits(t *testing.T) {
	user := &snmp.User{Name: "reader", Auth: "sha256", AuthPassword: "authauthauth", Priv: "aes", PrivPassword: "privprivpriv"}
	on, port := fleet(t, 4, func(i int) *snmp.Responder {
		switch i {
		case 1:
			return &snmp.Responder{Recording: sampleSwitch(t, i, 4), User: user, EngineID: []byte("engine-1"), Boots: 1, Started: time.Now()}
		case 2:
			return &snmp.Responder{Recording: sampleSwitch(t, i, 4), Community: "nobody knows"}
		}
		return &snmp.Responder{Recording: sampleSwitch(t, i, 4), Community: "second"}
	})
	got, err := collect(t, t.Context(), Config{Port: port, Timeout: 60 * time.Millisecond, Retries: -1,
		Credentials: []Credential{community("first", "hush-first"), community("other", "second"), {Credential: snmp.Credential{Name: "v3", Version: 3, User: *user}}}}, on)
	if err != nil || len(got) != 4 {
		t.Fatalf("%d observations, %v", len(got), err)
	}
	for i, o := range got {
		if want := fmt.Sprintf("127.20.0.%d", i+1); o.Target != want {
			t.Errorf("observation %d is of %s, want %s", i, o.Target, want)
		}
		if i == 2 {
			u, ok := o.Data.(Unseen)
			if !ok || o.Kind != KindUnseen || len(u.Gaps) != 3 || u.Gaps[0].What != "SNMP as first" || u.Gaps[0].Needs == "" {
				t.Errorf("unseen: %+v", o)
			}
			continue
		}
		d, ok := o.Data.(seen.Device)
		if !ok || d.SysName != fmt.Sprintf("switch-%d", i) || d.Vendor != "Cisco" || d.Model != "WS-C2960-4TT-L" || d.Kind != "switch" || d.OS != "IOS" || d.Version != "15.0(2)SE11" || d.Serial != fmt.Sprintf("FOC%08dX", i) {
			t.Errorf("device %d: %s %s %s %s %s %s %s", i, d.SysName, d.Vendor, d.Model, d.Kind, d.OS, d.Version, d.Serial)
		}
		if len(d.Interfaces) != 4 || d.Interfaces[0].Name != "Fa0/1" || d.Interfaces[0].Descr != "FastEthernet0/1" || len(d.FDB) != 32 || d.FDB[0].IfIndex != 1 {
			t.Errorf("device %d: %+v", i, d.Interfaces)
		}
	}
	raw, err := json.Marshal(got)
	if err != nil || strings.Contains(string(raw), "hush") || strings.Contains(string(raw), "privpriv") {
		t.Errorf("a secret is in what is printed (%v)", err)
	}
}

func TestAClosedPortIsToldAndNoOtherCredentialIsTried(t *testing.T) {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := conn.LocalAddr().(*net.UDPAddr).Port
	conn.Close()
	got, err := collect(t, t.Context(), Config{Port: uint16(port), Timeout: 50 * time.Millisecond, Credentials: []Credential{community("a", "x"), community("b", "y")}}, "127.0.0.1")
	if err != nil || len(got) != 1 {
		t.Fatal(got, err)
	}
	if u := got[0].Data.(Unseen); len(u.Gaps) != 1 || !strings.Contains(u.Gaps[0].Why, "nothing listens") {
		t.Errorf("%+v", u)
	}
}

func TestACredentialIsSentOnlyIntoItsNetworks(t *testing.T) {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	list, err := ReadCredentials([]byte(`[{"name":"x","version":"2c","community":"hush","networks":["10.0.0.0/8"]}]`))
	if err != nil {
		t.Fatal(err)
	}
	got, err := collect(t, t.Context(), Config{Port: uint16(conn.LocalAddr().(*net.UDPAddr).Port), Timeout: 50 * time.Millisecond, Credentials: list}, "127.0.0.1")
	if err != nil || !strings.Contains(got[0].Data.(Unseen).Gaps[0].Why, "no credential") {
		t.Errorf("%+v %v", got, err)
	}
	_ = conn.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
	if n, _, err := conn.ReadFrom(make([]byte, 100)); err == nil {
		t.Errorf("%d bytes were sent", n)
	}
}

func TestWrongCredentialsAreNamedWithoutTheirSecrets(t *testing.T) {
	for raw, want := range map[string]string{
		`[{"version":"3","user":"a","auth":"sha","auth_password":"hush"}]`:           "at least 8",
		`[{"version":"4","community":"hush"}]`:                                       `version "4"`,
		`[{"version":"2c"}]`:                                                         "community",
		`[{"version":"3","user":"a","auth":"rot13","auth_password":"hushhushhush"}]`: "rot13",
		`[{"version":"3","user":"a","priv":"aes","priv_password":"hushhushhush"}]`:   "signing",
		`[{"community":"hush","networks":["x"]}]`:                                    "no network",
		"[\n{\"comunity\":\"hush\"}]":                                                "line 2",
		`[{"version":"3","user":"a","auth":"sha","auth_password":"hushhushhush","priv":"x","priv_password":"hushhush"}]`: `priv "x"`,
	} {
		_, err := ReadCredentials([]byte(raw))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: got %v, want %q", raw, err, want)
		}
	}
}

func TestCancellingEndsThePollAtOnce(t *testing.T) {
	on, port := fleet(t, 3, func(i int) *snmp.Responder {
		return &snmp.Responder{Recording: sampleSwitch(t, i, 2), Community: "c", Delay: 50 * time.Millisecond}
	})
	ctx, cancel := context.WithTimeout(t.Context(), 120*time.Millisecond)
	defer cancel()
	if _, err := collect(t, ctx, Config{Port: port, Credentials: []Credential{community("c", "c")}}, on); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestTopologyFollowsTheDevices(t *testing.T) {
	on, port := fleet(t, 2, func(i int) *snmp.Responder {
		return &snmp.Responder{Recording: sampleSwitch(t, i, 2), Community: "c"}
	})
	got, err := collect(t, t.Context(), Config{Port: port, Topology: true, Credentials: []Credential{community("c", "c")}}, on)
	if err != nil {
		t.Fatal(err)
	}
	nodes := map[string]bool{}
	for _, o := range got {
		if n, ok := o.Data.(topology.Node); ok && n.Class == topology.Device {
			nodes[n.ID] = true
		}
	}
	if len(nodes) != 2 || !nodes["127.20.0.1"] {
		t.Errorf("device nodes %v of %d observations", nodes, len(got))
	}
}

// BenchmarkPoll1000Devices reads and identifies 1,000 switches of 24 ports.
func BenchmarkPoll1000Devices(b *testing.B) {
	const n = 1000
	var recordings [16]*snmp.Recording
	for i := range recordings {
		recordings[i] = sampleSwitch(b, i, 24)
	}
	on, port := fleet(b, n, func(i int) *snmp.Responder {
		return &snmp.Responder{Recording: recordings[i%len(recordings)], Community: "c"}
	})
	for b.Loop() {
		begun := time.Now()
		got, err := collect(b, b.Context(), Config{Port: port, Rate: -1, Credentials: []Credential{community("c", "c")}}, on)
		devices := 0
		for _, o := range got {
			if d, ok := o.Data.(seen.Device); ok && len(d.Interfaces) == 24 && len(d.FDB) == 192 && len(d.Gaps) == 0 {
				devices++
			}
		}
		if err != nil || devices != n {
			b.Fatalf("%d devices of %d, %v", devices, n, err)
		}
		b.ReportMetric(time.Since(begun).Seconds(), "s/1000-devices")
	}
}

func TestAHostWithoutSNMPIsToldByWhatItsServicesSay(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = c.Write([]byte("SSH-2.0-ROSSSH\r\n"))
			c.Close()
		}
	}()
	port := l.Addr().(*net.TCPAddr).Port
	closed, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	snmpPort := uint16(closed.LocalAddr().(*net.UDPAddr).Port)
	closed.Close()
	got, err := collect(t, t.Context(), Config{Port: snmpPort, Timeout: 50 * time.Millisecond, Banners: []int{port}, Credentials: []Credential{community("a", "x")},
		Sweep: &sweep.Options{Methods: []string{"tcp"}, Ports: []int{port}, Rate: 1000, Timeout: time.Second}}, "127.0.0.1")
	if err != nil || len(got) != 4 || got[2].Kind != KindUnseen || got[3].Kind != KindDevice || got[3].Method != "banner" {
		t.Fatalf("%+v %v", got, err)
	}
	d := got[3].Data.(seen.Device)
	if d.Vendor != "MikroTik" || d.OS != "RouterOS" || d.Kind != "router" || len(d.Banners) != 1 || d.Banners[0].Greeting != "SSH-2.0-ROSSSH" {
		t.Errorf("%+v", d)
	}
}
