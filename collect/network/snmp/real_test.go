package snmp

import (
	"bytes"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// program is the path of an installed program, or skips loudly.
func program(t testing.TB, name, pkg string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("SKIPPED: %s is not installed (package %s)", name, pkg)
	}
	return path
}

// freeUDP is a port of loopback nobody listens at.
func freeUDP(t testing.TB) int {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	return conn.LocalAddr().(*net.UDPAddr).Port
}

// start runs a program until the test ends and waits until it answers c.
func start(t testing.TB, at netip.AddrPort, c Credential, name string, args ...string) {
	t.Helper()
	var out bytes.Buffer
	cmd := exec.Command(name, args...)
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir())
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	client := dial(t, at, c, func(o *Options) { o.Timeout = 100 * time.Millisecond; o.Retries = -1 })
	for range 150 {
		if _, err := client.Get(t.Context(), MustOID("1.3.6.1.2.1.1.1.0")); err == nil {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatalf("%s does not answer: %s", name, out.String())
}

// snmpd starts net-snmp's agent with a table of n rows (the lines of a file).
func snmpd(t testing.TB, n int) netip.AddrPort {
	t.Helper()
	path := program(t, "snmpd", "snmpd")
	dir := t.TempDir()
	var lines strings.Builder
	for i := range n {
		fmt.Fprintf(&lines, "%d\n", i)
	}
	rows := filepath.Join(dir, "rows")
	if err := os.WriteFile(rows, []byte(lines.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	port := freeUDP(t)
	conf := fmt.Sprintf(`agentaddress udp:127.0.0.1:%d
rocommunity public 127.0.0.1
createUser plain
createUser signer MD5 authauthauth
createUser hider SHA authauthauth DES privprivpriv
createUser modern SHA-512 authauthauth AES privprivpriv
rouser plain noauth
rouser signer auth
rouser hider priv
rouser modern priv
sysDescr Steward's test agent
extend-sh rows cat %s
`, port, rows)
	file := filepath.Join(dir, "snmpd.conf")
	if err := os.WriteFile(file, []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	at := netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), uint16(port))
	t.Setenv("SNMP_PERSISTENT_DIR", filepath.Join(dir, "state"))
	start(t, at, public, path, "-f", "-Lo", "-C", "-c", file, "-I", "-smux,-systemstats,-lmsensorsMib")
	return at
}

// extendLines is nsExtendOutLine, the table of snmpd's own that can be long.
var extendLines = MustOID("1.3.6.1.4.1.8072.1.3.2.4.1.2")

func TestNetSNMPIsReadByEveryVersion(t *testing.T) {
	at := snmpd(t, 300)
	for name, c := range map[string]Credential{
		"v1":                  {Version: 1, Community: "public"},
		"v2c":                 public,
		"v3 noAuthNoPriv":     {Version: 3, User: User{Name: "plain"}},
		"v3 MD5":              {Version: 3, User: User{Name: "signer", Auth: "MD5", AuthPassword: "authauthauth"}},
		"v3 SHA DES":          {Version: 3, User: User{Name: "hider", Auth: "SHA-1", AuthPassword: "authauthauth", Priv: "DES", PrivPassword: "privprivpriv"}},
		"v3 SHA-512 AES":      {Version: 3, User: User{Name: "modern", Auth: "SHA2-512", AuthPassword: "authauthauth", Priv: "AES-128", PrivPassword: "privprivpriv"}},
		"v1 community of v2c": {Version: 1, Community: "public"},
	} {
		client := dial(t, at, c, func(o *Options) { o.Timeout = 2 * time.Second })
		n := 0
		err := Walk(t.Context(), client, extendLines, 1000, func(b Binding) error {
			if want := fmt.Sprint(n); b.Value.Text() != want {
				t.Fatalf("%s: got %q, want %q", name, b.Value.Text(), want)
			}
			n++
			return nil
		})
		if err != nil || n != 300 {
			t.Errorf("%s: %d rows, %v", name, n, err)
		}
	}
	_, err := dial(t, at, Credential{Version: 3, User: User{Name: "hider", Auth: "sha", AuthPassword: "wrongwrongwrong"}}).Get(t.Context(), MustOID("1.3.6.1.2.1.1.1.0"))
	if err == nil {
		t.Error("a wrong password was let in")
	}
}

// snmpbulkwalk counts what net-snmp's own tool prints.
func snmpbulkwalk(t testing.TB, tool string, at netip.AddrPort, root OID) int {
	t.Helper()
	out, err := exec.Command(tool, "-v2c", "-c", "public", "-On", "-Oe", at.String(), root.String()).Output()
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Count(out, []byte("\n"))
}

// BenchmarkWalk10000Rows walks a table of 10,000 rows of snmpd, and net-snmp's
// snmpbulkwalk the same table in turn; the figures stand side by side.
func BenchmarkWalk10000Rows(b *testing.B) {
	const n = 10_000
	tool := program(b, "snmpbulkwalk", "snmp")
	for _, agent := range []string{"snmpd", "responder"} {
		b.Run(agent, func(b *testing.B) {
			var at netip.AddrPort
			root := extendLines
			if agent == "snmpd" {
				at = snmpd(b, n)
			} else {
				at, root = serve(b, &Responder{Recording: table(n), Community: "public"}), MustOID("1.3.6.1.2.1.2.2.1.1")
			}
			var own, theirs time.Duration
			for b.Loop() {
				begun := time.Now()
				client := dial(b, at, public, func(o *Options) { o.Timeout = 2 * time.Second })
				got := 0
				if err := Walk(b.Context(), client, root, 2*n, func(Binding) error { got++; return nil }); err != nil || got != n {
					b.Fatalf("%d rows, %v", got, err)
				}
				own += time.Since(begun)
				begun = time.Now()
				if got := snmpbulkwalk(b, tool, at, root); got != n {
					b.Fatalf("snmpbulkwalk: %d rows", got)
				}
				theirs += time.Since(begun)
			}
			b.ReportMetric(float64(own.Milliseconds())/float64(b.N), "own-ms/walk")
			b.ReportMetric(float64(theirs.Milliseconds())/float64(b.N), "snmpbulkwalk-ms/walk")
			b.ReportMetric(theirs.Seconds()/own.Seconds(), "times-as-fast")
		})
	}
}
