package receive

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"steward/collect/fact"
	"steward/collect/network/snmp"
)

// running is a receiver with what it told so far.
type running struct {
	t         *testing.T
	mu        sync.Mutex
	facts     []fact.Observation
	fresh     chan struct{}
	addresses map[string]string
	stop      context.CancelFunc
	done      chan error
}

// start runs a receiver on free ports of loopback.
func start(t *testing.T, c Config) *running {
	t.Helper()
	r := &running{t: t, fresh: make(chan struct{}, 1), addresses: map[string]string{}, done: make(chan error, 1)}
	ready := make(chan struct{})
	n := 0
	for _, a := range []string{c.Trap, c.SyslogUDP, c.SyslogTCP, c.SyslogTLS, c.NetFlow, c.SFlow} {
		if a != "" {
			n++
		}
	}
	c.Started = func(protocol, address string) {
		if r.addresses[protocol] = address; len(r.addresses) == n {
			close(ready)
		}
	}
	var ctx context.Context
	ctx, r.stop = context.WithCancel(t.Context())
	go func() {
		r.done <- Run(ctx, c, func(o fact.Observation) error {
			r.mu.Lock()
			r.facts = append(r.facts, o)
			r.mu.Unlock()
			select {
			case r.fresh <- struct{}{}:
			default:
			}
			return nil
		})
	}()
	select {
	case <-ready:
	case err := <-r.done:
		t.Fatal(err)
	}
	return r
}

// until waits for facts that satisfy enough, at most 10 seconds.
func (r *running) until(enough func([]fact.Observation) bool) []fact.Observation {
	r.t.Helper()
	late := time.After(10 * time.Second)
	for {
		r.mu.Lock()
		facts := append([]fact.Observation(nil), r.facts...)
		r.mu.Unlock()
		if enough(facts) {
			return facts
		}
		select {
		case <-r.fresh:
		case <-late:
			r.t.Fatalf("not what was waited for: %+v", facts)
		}
	}
}

// end stops the receiver and returns everything it told.
func (r *running) end() []fact.Observation {
	r.t.Helper()
	r.stop()
	if err := <-r.done; err != nil {
		r.t.Fatal(err)
	}
	return r.facts
}

func kind[T any](facts []fact.Observation) []T {
	var list []T
	for _, o := range facts {
		if v, ok := o.Data.(T); ok {
			list = append(list, v)
		}
	}
	return list
}

func need(t *testing.T, command, pkg string) {
	t.Helper()
	if _, err := exec.LookPath(command); err != nil {
		if _, err := os.Stat("/usr/sbin/" + command); err != nil {
			t.Skipf("SKIPPED: %s is missing (Debian package %s)", command, pkg)
		}
	}
}

func do(t *testing.T, name string, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(), "PATH="+os.Getenv("PATH")+":/usr/sbin", "MIBS=", "SNMPCONFPATH="+t.TempDir(), "SNMP_PERSISTENT_DIR="+t.TempDir())
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func TestTrapsAndInformsOfNetSNMPAreReadAndAnswered(t *testing.T) {
	need(t, "snmptrap", "snmp")
	user := func(name, auth, priv string) snmp.Credential {
		return snmp.Credential{Name: name, Version: 3, User: snmp.User{Name: name, Auth: auth, AuthPassword: "authpass-1", Priv: priv, PrivPassword: "privpass-1"}}
	}
	r := start(t, Config{Trap: "127.0.0.1:0", Credentials: []snmp.Credential{{Name: "c", Version: 2, Community: "right"}, user("strong", "sha256", "aes"), user("old", "md5", "des"), user("signed", "sha", "")}})
	at := r.addresses["snmp-trap"]
	v3 := func(user, auth, priv string) []string {
		args := []string{"-v", "3", "-u", user, "-a", auth, "-A", "authpass-1"}
		if priv == "" {
			return append(args, "-l", "authNoPriv")
		}
		return append(args, "-l", "authPriv", "-x", priv, "-X", "privpass-1")
	}
	for _, c := range []struct {
		command string
		args    []string
		fails   bool
	}{
		{"snmptrap", []string{"-v", "1", "-c", "right", at, "1.3.6.1.4.1.8072.2.3", "10.1.2.3", "6", "17", "12345", "1.3.6.1.2.1.2.2.1.1.3", "i", "3"}, false},
		{"snmptrap", []string{"-v", "1", "-c", "right", at, "1.3.6.1.4.1.8072.2.3", "10.1.2.3", "2", "0", "12345"}, false},
		{"snmptrap", []string{"-v", "2c", "-c", "right", at, "4242", "1.3.6.1.6.3.1.1.5.3", "1.3.6.1.2.1.2.2.1.2.3", "s", "eth3", "1.3.6.1.6.3.18.1.4.0", "s", "right"}, false},
		{"snmpinform", []string{"-v", "2c", "-c", "right", at, "4242", "1.3.6.1.6.3.1.1.5.4"}, false},
		{"snmptrap", append(append([]string{"-e", "0x8000000001020304"}, v3("strong", "SHA-256", "AES")...), at, "4242", "1.3.6.1.6.3.1.1.5.1"), false},
		{"snmpinform", append(v3("strong", "SHA-256", "AES"), at, "4242", "1.3.6.1.6.3.1.1.5.2"), false},
		{"snmpinform", append(v3("old", "MD5", "DES"), at, "4242", "1.3.6.1.6.3.1.1.5.3"), false},
		{"snmpinform", append(v3("signed", "SHA", ""), at, "4242", "1.3.6.1.6.3.1.1.5.4"), false},
		{"snmpinform", append([]string{"-r", "0", "-t", "1"}, append(v3("nobody", "SHA", ""), at, "4242", "1.3.6.1.6.3.1.1.5.5")...), true},
		{"snmptrap", []string{"-v", "2c", "-c", "wrong", at, "4242", "1.3.6.1.6.3.1.1.5.5"}, false},
	} {
		if out, err := do(t, c.command, c.args...); (err != nil) != c.fails {
			t.Errorf("%s %s: %v %s", c.command, c.args, err, out)
		}
	}
	r.until(func(f []fact.Observation) bool { return len(kind[Trap](f)) >= 8 && len(kind[Malformed](f)) >= 1 })
	facts := r.end()
	var got []string
	for _, n := range kind[Trap](facts) {
		got = append(got, fmt.Sprintf("%s %v %s %s %s %s", n.Version, n.Inform, n.Trap, n.Name, n.User, n.Level))
	}
	want := []string{"1 false 1.3.6.1.4.1.8072.2.3.0.17   ", "1 false 1.3.6.1.6.3.1.1.5.3 linkDown  ", "2c false 1.3.6.1.6.3.1.1.5.3 linkDown  ", "2c true 1.3.6.1.6.3.1.1.5.4 linkUp  ",
		"3 false 1.3.6.1.6.3.1.1.5.1 coldStart strong encrypted", "3 true 1.3.6.1.6.3.1.1.5.2 warmStart strong encrypted", "3 true 1.3.6.1.6.3.1.1.5.3 linkDown old encrypted", "3 true 1.3.6.1.6.3.1.1.5.4 linkUp signed signed"}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	first := kind[Trap](facts)[0]
	if first.Agent != "10.1.2.3" || *first.Uptime != 123.45 || *first.Specific != 17 || fmt.Sprint(first.Variables) != "[{1.3.6.1.2.1.2.2.1.1.3 integer 3}]" {
		t.Errorf("%+v", first)
	}
	if v := kind[Trap](facts)[2].Variables; v[0].Value != "eth3" || v[1].Value != "(withheld)" {
		t.Errorf("%+v", v)
	}
	s := kind[Status](facts)[0]
	if s.Facts != 8 || s.Reasons["refused"] != 2 || !s.Final {
		t.Errorf("%+v", s)
	}
	for _, o := range facts {
		if text := fmt.Sprintf("%+v", o); strings.Contains(text, "right") || strings.Contains(text, "pass-1") || strings.Contains(text, "wrong}") {
			t.Errorf("a secret is told: %s", text)
		}
	}
}

func TestMessagesOfLoggerAreReadOverUDPAndTCP(t *testing.T) {
	need(t, "logger", "bsdutils")
	r := start(t, Config{SyslogUDP: "127.0.0.1:0", SyslogTCP: "127.0.0.1:0"})
	port := func(protocol string) string { _, p, _ := net.SplitHostPort(r.addresses[protocol]); return p }
	udp, tcp := []string{"-n", "127.0.0.1", "-d", "-P", port("syslog-udp")}, []string{"-n", "127.0.0.1", "-T", "-P", port("syslog-tcp")}
	for _, args := range [][]string{
		append(udp, "--rfc5424", "-p", "local3.warning", "-t", "app", "--sd-id", "a@1", "--sd-param", `k="v"`, "--msgid", "ID1", "one"),
		append(udp, "--rfc3164", "-p", "mail.err", "-t", "app", "two"),
		append(tcp, "--rfc5424", "-t", "app", "three"),
		append(tcp, "--octet-count", "--rfc3164", "-t", "app", "four"),
	} {
		if out, err := do(t, "logger", args...); err != nil {
			t.Fatalf("logger %s: %v %s", args, err, out)
		}
	}
	r.until(func(f []fact.Observation) bool { return len(kind[Message](f)) >= 4 })
	got := map[string]Message{}
	for _, m := range kind[Message](r.end()) {
		got[m.Text] = m
	}
	if m := got["one"]; m.Format != "rfc5424" || m.Facility != "local3" || m.Severity != "warning" || m.App != "app" || m.MessageID != "ID1" || m.Host == "" || !strings.Contains(fmt.Sprint(m.Data), "{a@1 [{k v}]}") || time.Since(m.Time).Abs() > time.Hour {
		t.Errorf("%+v", m)
	}
	if m := got["two"]; m.Format != "rfc3164" || m.Facility != "mail" || m.Severity != "error" || m.Transport != "udp" || m.Host == "" || len(m.Remarks) > 0 {
		t.Errorf("%+v", m)
	}
	for _, text := range []string{"three", "four"} {
		if m := got[text]; m.Transport != "tcp" || m.App != "app" {
			t.Errorf("%s: %+v", text, m)
		}
	}
}

func TestRsyslogForwardsOverTCPWithCountsAndLines(t *testing.T) {
	need(t, "rsyslogd", "rsyslog")
	r := start(t, Config{SyslogTCP: "127.0.0.1:0"})
	host, port, _ := net.SplitHostPort(r.addresses["syslog-tcp"])
	folder := t.TempDir()
	source := filepath.Join(folder, "in.log")
	if err := os.WriteFile(source, []byte("from a file\nand again\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(folder, "rsyslog.conf")
	text := fmt.Sprintf(`global(workDirectory="%s")
module(load="imfile" mode="polling" pollingInterval="1")
input(type="imfile" file="%s" tag="filed:" severity="error" facility="local5")
action(type="omfwd" target="%s" port="%s" protocol="tcp" tcp_framing="octet-counted" template="RSYSLOG_SyslogProtocol23Format")
action(type="omfwd" target="%s" port="%s" protocol="tcp" template="RSYSLOG_ForwardFormat")
`, folder, source, host, port, host, port)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	daemon := exec.Command("/usr/sbin/rsyslogd", "-n", "-f", config, "-i", filepath.Join(folder, "pid"))
	daemon.Stdout, daemon.Stderr = &said, &said
	if err := daemon.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = daemon.Process.Kill(); _ = daemon.Wait() }()
	mine := func(f []fact.Observation) (list []Message) {
		for _, m := range kind[Message](f) {
			if strings.HasPrefix(m.App, "filed") {
				list = append(list, m)
			}
		}
		return list
	}
	r.until(func(f []fact.Observation) bool { return len(mine(f)) >= 4 })
	formats := map[string]int{}
	for _, m := range mine(r.end()) {
		formats[m.Format+" "+m.Text]++
		if m.Facility != "local5" || m.Severity != "error" || m.Time.IsZero() || m.Host == "" {
			t.Errorf("%+v", m)
		}
	}
	if fmt.Sprint(formats) != "map[rfc3164 and again:1 rfc3164 from a file:1 rfc5424 and again:1 rfc5424 from a file:1]" {
		t.Errorf("%v; rsyslogd said %s", formats, &said)
	}
}

func TestSyslogOverTLSIsReadAndWhatIsNotTLSIsCounted(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "steward"}, NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	parsed, _ := x509.ParseCertificate(der)
	roots.AddCert(parsed)
	r := start(t, Config{SyslogTLS: "127.0.0.1:0", TLS: &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}})
	c, err := tls.Dial("tcp", r.addresses["syslog-tls"], &tls.Config{RootCAs: roots})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := fmt.Fprint(c, "35 <14>1 - host app - - - over tls now<14>Oct 11 22:14:15 host app: on a line\n"); err != nil {
		t.Fatal(err)
	}
	plain, err := net.Dial("tcp", r.addresses["syslog-tls"])
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	if _, err := fmt.Fprint(plain, "<14>Oct 11 22:14:15 host app: not secured at all\n"); err != nil {
		t.Fatal(err)
	}
	r.until(func(f []fact.Observation) bool { return len(kind[Message](f)) >= 2 && len(kind[Malformed](f)) >= 1 })
	facts := r.end()
	for i, want := range []string{"over tls now", "on a line"} {
		if m := kind[Message](facts)[i]; m.Text != want || m.Transport != "tls" {
			t.Errorf("%+v; want %s", m, want)
		}
	}
	if s := kind[Status](facts)[0]; s.Refused != 1 || s.Facts != 2 {
		t.Errorf("%+v", s)
	}
}

// packets writes a capture of TCP packets between a few hosts.
func packets(t *testing.T, from time.Time) (path string, bytesByPort map[int]uint64) {
	t.Helper()
	b := binary.LittleEndian.AppendUint32(nil, 0xA1B2C3D4)
	b = append(b, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0, 0, 1, 0, 0, 0)
	bytesByPort = map[int]uint64{}
	for i := range 60 {
		port, size := 1000+i%3, 60+i
		ip := be(1, 0x45, 1, 0, 2, uint64(size), 2, uint64(i), 2, 0x4000, 1, 64, 1, 17, 2, 0, 4, 0x0A000001, 4, 0x0A000002+uint64(i%3))
		udp := be(2, 40000, 2, uint64(port), 2, uint64(size-20), 2, 0)
		frame := append(unhex(t, "001b54000001 001b54000002 0800"), append(ip, udp...)...)
		frame = append(frame, make([]byte, size-28)...)
		bytesByPort[port] += uint64(size)
		b = binary.LittleEndian.AppendUint32(b, uint32(from.Unix())+uint32(i))
		b = binary.LittleEndian.AppendUint32(b, 0)
		b = binary.LittleEndian.AppendUint32(b, uint32(len(frame)))
		b = binary.LittleEndian.AppendUint32(b, uint32(len(frame)))
		b = append(b, frame...)
	}
	path = filepath.Join(t.TempDir(), "packets.pcap")
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
	return path, bytesByPort
}

// export has softflowd read a capture and export it. It only looks at the
// capture when it is asked something over its socket.
func export(t *testing.T, path, to, version string) {
	t.Helper()
	folder := t.TempDir()
	socket := filepath.Join(folder, "ctl")
	var said bytes.Buffer
	daemon := exec.Command("/usr/sbin/softflowd", "-d", "-r", path, "-n", to, "-v", version, "-p", filepath.Join(folder, "pid"), "-c", socket)
	daemon.Stdout, daemon.Stderr = &said, &said
	if err := daemon.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- daemon.Wait() }()
	late := time.After(10 * time.Second)
	for tick := time.NewTicker(20 * time.Millisecond); ; {
		select {
		case err := <-ended:
			if err != nil {
				t.Fatalf("softflowd: %v %s", err, &said)
			}
			return
		case <-late:
			_ = daemon.Process.Kill()
			t.Fatalf("softflowd does not end: %s", &said)
		case <-tick.C:
			_, _ = do(t, "softflowctl", "-c", socket, "statistics")
		}
	}
}

func TestWhatSoftflowdExportsAddsUpInEveryVersion(t *testing.T) {
	need(t, "softflowd", "softflowd")
	for _, version := range []string{"5", "9", "10"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			begin := time.Now().Add(-time.Minute)
			path, want := packets(t, begin)
			r := start(t, Config{NetFlow: "127.0.0.1:0", Report: time.Millisecond})
			export(t, path, r.addresses["netflow"], version)
			// Flows are told when their minute is over or at the end.
			r.until(func(f []fact.Observation) bool {
				s := kind[Status](f)
				return len(s) > 0 && s[len(s)-1].Facts >= 3
			})
			facts := r.end()
			got := map[int]uint64{}
			for _, f := range kind[Flow](facts) {
				if f.Source != "10.0.0.1" || f.Protocol != "udp" {
					t.Errorf("%+v", f)
				}
				got[*f.Port] += f.Bytes
				if f.Last.Sub(f.First) != 57*time.Second || f.First.Sub(begin).Abs() > 5*time.Second {
					t.Errorf("from %v to %v; want from about %v", f.First, f.Last, begin)
				}
			}
			last := kind[Status](facts)[len(kind[Status](facts))-1]
			if fmt.Sprint(got) != fmt.Sprint(want) || last.Malformed > 0 || last.Lost > 0 || last.Waiting > 0 {
				t.Errorf("%v; want %v; %+v", got, want, last)
			}
		})
	}
}

func TestAFullQueueIsCountedAndSaid(t *testing.T) {
	r := &receiver{Config: Config{}.defaults(), queue: make(chan item, 4), room: make(chan struct{}, maxPages)}
	l := newListener("syslog-udp", "127.0.0.1:514")
	for i := range 1238 {
		b := fmt.Appendf(nil, "<13>message %d", i)
		l.received(len(b))
		r.syslog(t.Context(), l, "udp", exporterAddr, b, false, false)
	}
	s := l.snapshot(false)
	if s.Dropped != 1234 || s.Received != 1238 || len(r.queue) != 4 || len(r.room) != 4 {
		t.Errorf("%+v, %d queued, %d pages", s, len(r.queue), len(r.room))
	}
	if want := "syslog-udp 127.0.0.1:514: 1,234 dropped, the queue was full"; s.Said() != want {
		t.Errorf("%s; want %s", s.Said(), want)
	}
	// Long messages fill the memory before they fill the queue.
	r = &receiver{Config: Config{}.defaults(), queue: make(chan item, 10_000), room: make(chan struct{}, maxPages)}
	for range 1000 {
		r.syslog(t.Context(), l, "udp", exporterAddr, bytes.Repeat([]byte{'x'}, 60_000), false, false)
	}
	if n := len(r.queue) * 60_000; n > maxPages*page || n < maxPages*page/2 {
		t.Errorf("%d bytes are queued of %d", n, maxPages*page)
	}
}

func TestAReceiverEndsAfterItsTimeOrItsNumberOfFacts(t *testing.T) {
	var kinds []string
	err := Run(t.Context(), Config{SyslogUDP: "127.0.0.1:0", For: 50 * time.Millisecond}, func(o fact.Observation) error { kinds = append(kinds, o.Kind); return nil })
	if err != nil || fmt.Sprint(kinds) != "[receiver]" {
		t.Errorf("%v %v", err, kinds)
	}
	r := start(t, Config{SyslogUDP: "127.0.0.1:0", Max: 2})
	c, err := net.Dial("udp", r.addresses["syslog-udp"])
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for i := range 5 {
		fmt.Fprintf(c, "<13>message %d", i)
	}
	if err := <-r.done; err != nil {
		t.Fatal(err)
	}
	if n := len(kind[Message](r.facts)); n != 2 {
		t.Errorf("%d facts", n)
	}
	if err := Run(t.Context(), Config{}, nil); err == nil {
		t.Error("nothing to listen to is no error")
	}
	if err := Run(t.Context(), Config{SyslogTLS: "127.0.0.1:0"}, nil); err == nil {
		t.Error("TLS without a certificate is no error")
	}
}
