package snmp

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"testing"
	"time"
)

// table is a recording of a table of two columns with n rows each, after some
// system values.
func table(n int) *Recording {
	list := []Binding{
		{MustOID("1.3.6.1.2.1.1.1.0"), Value{Kind: OctetString, Bytes: []byte("a device")}},
		{MustOID("1.3.6.1.2.1.1.2.0"), Value{Kind: ObjectID, ID: MustOID("1.3.6.1.4.1.8072.3.2.10")}},
		{MustOID("1.3.6.1.2.1.99.0"), Value{Kind: Integer, Num: 1}},
	}
	for column := range uint32(5) {
		for i := range n {
			list = append(list, Binding{MustOID("1.3.6.1.2.1.2.2.1").With(column+1, uint32(i+1)), Value{Kind: Integer, Num: uint64(i)}})
		}
	}
	return NewRecording(list)
}

// serve starts a responder on loopback and returns where it is.
func serve(t testing.TB, r *Responder) netip.AddrPort {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { defer close(done); r.Serve(conn) }()
	t.Cleanup(func() { conn.Close(); <-done })
	return conn.LocalAddr().(*net.UDPAddr).AddrPort()
}

func dial(t testing.TB, at netip.AddrPort, c Credential, change ...func(*Options)) *Client {
	t.Helper()
	o := Options{Address: at, Credential: c, Timeout: 200 * time.Millisecond, Retries: 2}
	for _, f := range change {
		f(&o)
	}
	client, err := Dial(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return client
}

var public = Credential{Name: "public", Version: 2, Community: "public"}

func rows(t testing.TB, s Source, columns ...uint32) (n int, err error) {
	err = Columns(t.Context(), s, MustOID("1.3.6.1.2.1.2.2.1"), columns, 1_000_000, func(uint32, OID, Value) error { n++; return nil })
	return n, err
}

func TestATableIsReadWholeFromEveryKindOfAgent(t *testing.T) {
	auth := &User{Name: "reader", Auth: "sha256", AuthPassword: "authauthauth", Priv: "aes", PrivPassword: "privprivpriv"}
	engine := []byte{0x80, 0, 0x1f, 0x88, 4, 's', 't'}
	v3 := Credential{Name: "v3", Version: 3, User: *auth}
	for name, c := range map[string]struct {
		agent Responder
		as    Credential
	}{
		"v1":                   {Responder{Community: "public"}, Credential{Version: 1, Community: "public"}},
		"v2c":                  {Responder{Community: "public"}, public},
		"v3":                   {Responder{User: auth, EngineID: engine, Boots: 3, Started: time.Now().Add(-time.Hour)}, v3},
		"without GETBULK":      {Responder{Community: "public", NoBulk: true}, public},
		"failing at GETBULK":   {Responder{Community: "public", FailBulk: true}, public},
		"tooBig above 7 rows":  {Responder{Community: "public", MaxRows: 7}, public},
		"cutting at 3 rows":    {Responder{Community: "public", MostRows: 3}, public},
		"silent at first":      {Responder{Community: "public", Silent: 2}, public},
		"slower than expected": {Responder{Community: "public", Delay: 250 * time.Millisecond, Silent: 0}, public},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := 30
			c.agent.Recording = table(n)
			client := dial(t, serve(t, &c.agent), c.as)
			if b, err := client.Get(t.Context(), MustOID("1.3.6.1.2.1.1.1.0"), MustOID("1.3.6.1.2.1.1.9.0")); err != nil || b[0].Value.Text() != "a device" || !b[1].Value.Missing() {
				t.Fatalf("get: %v %v", b, err)
			}
			got, err := rows(t, client, 1, 2, 5)
			if err != nil || got != 3*n {
				t.Errorf("got %d values, want %d; %v", got, 3*n, err)
			}
		})
	}
}

func TestEveryAuthAndPrivReadsAndWrongOnesAreNamed(t *testing.T) {
	engine := []byte{0x80, 0, 0x1f, 0x88, 4, 'x', 'y'}
	for auth := range authKinds {
		for priv := range privKinds {
			u := User{Name: "reader", Auth: auth, AuthPassword: "a long auth password", Priv: priv, PrivPassword: "a long priv password"}
			at := serve(t, &Responder{Recording: table(3), User: &u, EngineID: engine, Boots: 1, Started: time.Now()})
			client := dial(t, at, Credential{Version: 3, User: u})
			if got, err := rows(t, client, 1); err != nil || got != 3 {
				t.Errorf("%s/%s: %d %v", auth, priv, got, err)
			}
		}
	}
	u := User{Name: "reader", Auth: "sha", AuthPassword: "authauthauth", Priv: "aes", PrivPassword: "privprivpriv"}
	at := serve(t, &Responder{Recording: table(3), User: &u, EngineID: engine, Boots: 1, Started: time.Now()})
	for want, change := range map[error]func(*User){
		ErrUser:     func(u *User) { u.Name = "other" },
		ErrPassword: func(u *User) { u.AuthPassword = "otherotherother" },
		ErrPrivacy:  func(u *User) { u.PrivPassword = "otherotherother" },
		ErrLevel:    func(u *User) { u.Priv = "" },
	} {
		v := u
		change(&v)
		_, err := dial(t, at, Credential{Version: 3, User: v}).Get(t.Context(), MustOID("1.3.6.1.2.1.1.1.0"))
		if !errors.Is(err, want) {
			t.Errorf("got %v, want %v", err, want)
		}
	}
}

func TestAnEngineStartedAgainIsFollowed(t *testing.T) {
	u := User{Name: "reader", Auth: "sha", AuthPassword: "authauthauth"}
	r := &Responder{Recording: table(3), User: &u, EngineID: []byte("engine"), Boots: 1, Started: time.Now().Add(-24 * time.Hour)}
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	answers := make(chan bool)
	go func() { // one question at a time, so that the test may change the agent between them
		buf := make([]byte, 65536)
		for range answers {
			for {
				n, from, err := conn.ReadFrom(buf)
				if err != nil {
					return
				}
				a := r.Answer(append([]byte(nil), buf[:n]...))
				_, _ = conn.WriteTo(a, from)
				if m, _ := decodeMessage(a); m != nil && m.pdu != nil && m.pdu.kind == response {
					break
				}
			}
		}
	}()
	defer close(answers)
	client := dial(t, conn.LocalAddr().(*net.UDPAddr).AddrPort(), Credential{Version: 3, User: u})
	for range 2 {
		answers <- true
		if _, err := client.Get(t.Context(), MustOID("1.3.6.1.2.1.1.1.0")); err != nil {
			t.Fatal(err)
		}
	}
	r.Boots, r.Started = 2, time.Now()
	answers <- true
	if _, err := client.Get(t.Context(), MustOID("1.3.6.1.2.1.1.1.0")); err != nil {
		t.Errorf("after a restart: %v", err)
	}
	if _, boots, _, _ := client.Engine(); boots != 2 {
		t.Errorf("boots %d, want 2", boots)
	}
}

func TestAnAgentGoingInCirclesEndsAndItsOtherColumnsAreRead(t *testing.T) {
	circle := MustOID("1.3.6.1.2.1.2.2.1.2")
	client := dial(t, serve(t, &Responder{Recording: table(30), Community: "public", Circle: circle}), public)
	got, err := rows(t, client, 1, 2, 3)
	if !errors.Is(err, ErrCircle) || got != 90 {
		t.Errorf("got %d values, %v; want 90 and that it went in circles", got, err)
	}
}

// disordered is an agent that keeps rows in the order they were made.
type disordered struct{ list []Binding }

func (d disordered) Get(context.Context, ...OID) ([]Binding, error) { return nil, nil }

func (d disordered) Next(_ context.Context, o OID) ([]Binding, error) {
	for i, b := range d.list {
		if b.OID.Compare(o) == 0 {
			return d.list[i+1 : min(i+4, len(d.list))], nil
		}
	}
	for i, b := range d.list {
		if b.OID.Compare(o) > 0 {
			return d.list[i : i+1], nil
		}
	}
	return nil, nil
}

func TestRowsOutOfOrderAreReadAll(t *testing.T) {
	var agent disordered
	for column := range uint32(3) {
		for _, row := range []uint32{1, 2, 10, 11, 3, 4, 20, 5} {
			agent.list = append(agent.list, Binding{MustOID("1.3.6.1.2.1.2.2.1").With(column+1, row), Value{Kind: Integer}})
		}
	}
	if got, err := rows(t, agent, 1, 3); err != nil || got != 16 {
		t.Errorf("columns: got %d values, %v; want 16", got, err)
	}
	n := 0
	if err := Walk(t.Context(), agent, MustOID("1.3.6.1.2.1.2.2.1"), 100, func(Binding) error { n++; return nil }); err != nil || n != 24 {
		t.Errorf("walk: got %d values, %v; want 24", n, err)
	}
}

func TestAColumnTheAgentFailsAtHidesNoOther(t *testing.T) {
	client := dial(t, serve(t, &Responder{Recording: table(10), Community: "public", FailAt: MustOID("1.3.6.1.2.1.2.2.1.2.5")}), public)
	got, err := rows(t, client, 1, 2, 3)
	if err == nil || got != 24 {
		t.Errorf("got %d values, %v; want 10 + 4 + 10 and an error", got, err)
	}
}

func TestSilenceAndRefusalAreToldApart(t *testing.T) {
	at := serve(t, &Responder{Recording: table(1), Community: "secret"})
	_, err := dial(t, at, public, func(o *Options) { o.Timeout = 20 * time.Millisecond; o.Retries = 1 }).Get(t.Context(), MustOID("1.3.6.1.2.1.1.1.0"))
	if !errors.Is(err, ErrNoAnswer) {
		t.Errorf("wrong community: %v", err)
	}
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := conn.LocalAddr().(*net.UDPAddr).AddrPort()
	conn.Close()
	if _, err = dial(t, closed, public).Get(t.Context(), MustOID("1.3.6.1.2.1.1.1.0")); !errors.Is(err, ErrClosed) {
		t.Errorf("closed port: %v", err)
	}
}

func TestACancelledQuestionEndsAtOnce(t *testing.T) {
	at := serve(t, &Responder{Recording: table(1), Community: "secret"})
	ctx, cancel := context.WithCancel(t.Context())
	client := dial(t, at, public, func(o *Options) { o.Timeout = time.Hour; o.MaxTimeout = time.Hour })
	time.AfterFunc(10*time.Millisecond, cancel)
	if _, err := client.Get(ctx, MustOID("1.3.6.1.2.1.1.1.0")); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestAnotherContextIsReadWithTheSameRights(t *testing.T) {
	at := serve(t, &Responder{Recording: table(1), Community: "public", Contexts: map[string]*Recording{"10": table(7)}})
	client, err := dial(t, at, public).InContext("10")
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if got, err := rows(t, client, 1); got != 7 || err != nil {
		t.Errorf("got %d, %v", got, err)
	}
}

func TestSecretsAreNotPrinted(t *testing.T) {
	c := Credential{Name: "v3 as reader", Version: 3, Community: "hush", User: User{AuthPassword: "hush", PrivPassword: "hush"}}
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		if got := fmt.Sprintf(format, c); got != "v3 as reader" && got != "snmp.Credential(v3 as reader)" {
			t.Errorf("%s prints %q", format, got)
		}
	}
}
