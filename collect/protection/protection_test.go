package protection

import (
	"bytes"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"steward/collect/fact"
	"steward/collect/host/machine/machinetest"
	"steward/collect/protection/antivirus"
	"steward/collect/protection/firewall"
)

var now = time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)

const machineText = `-- /etc/os-release --
ID=debian
VERSION_ID="12"
-- /etc/machine-id --
3d1219c7c4c5404aaa1f6d2a48adfda4
-- /proc/net/tcp --
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0
   1: 0100007F:1538 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 2 1 0
   2: 00000000:0CEA 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 3 1 0
   3: 00000000:0CEB 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4 1 0
-- /proc/net/udp --
-- /var/lib/dpkg/status --
Package: telnetd
Status: install ok installed
Version: 0.17
Architecture: amd64
-- /proc/sys/net/ipv4/ip_forward --
1
-- /proc/sys/kernel/randomize_va_space --
2
-- /etc/ssh/sshd_config --
Include sshd_config.d/*.conf
PermitRootLogin yes
PasswordAuthentication no
Match User x
 X11Forwarding yes
-- /etc/ssh/sshd_config.d/1.conf --
PermitRootLogin no
-- /etc/login.defs --
PASS_MAX_DAYS	99999
-- /etc/passwd --
root:x:0:0:root:/root:/bin/bash
evil:x:0:0::/:/bin/bash
-- /etc/shadow --
root:$6$a$b:20000:0:99999:7:::
evil::20000:0:99999:7:::
-- /usr/sbin/clamd --
x
-- /var/lib/clamav/daily.cld --
ClamAV-VDB:01 Nov 2026 04-03 -0400:27024:2039952:90:f1a2:sig:raynman:1793520180
-- $ iptables-save -c --
*filter
:INPUT DROP [0:0]
:OUTPUT ACCEPT [0:0]
[5:5] -A INPUT -i lo -j ACCEPT
[5:5] -A INPUT -p tcp --dport 22 -j ACCEPT
[5:5] -A INPUT -s 10.0.0.0/8 -p tcp --dport 3306 -j ACCEPT
COMMIT
`

func collect(t *testing.T, text string, o Options) Report {
	t.Helper()
	o.Machine, o.Now = machinetest.Recorded("linux", []byte(text)), now
	r, err := Collect(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestExposureJoinsPortsAndFilter(t *testing.T) {
	r := collect(t, machineText, Options{})
	var got []string
	for _, e := range r.Exposure.Value {
		got = append(got, fmt.Sprintf("%d %s %v %s", e.Port.Port, e.Reach, e.Sources, e.Usually))
	}
	want := []string{"22 anywhere [] SSH", "3306 some [10.0.0.0/8] ", "3307 nowhere [] ", "5432 self [] "}
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
	open := collect(t, strings.Split(machineText, "-- $ iptables-save")[0]+"-- /proc/modules --\next4 1 2\n", Options{})
	for _, e := range open.Exposure.Value {
		if e.Port.Port == 3306 && (e.Reach != "anywhere" || e.Severity != "high") {
			t.Errorf("without a filter: %+v", e)
		}
	}
}

func TestTheBaselineFindsWhatIsWrongAndSaysWhatItCannotSee(t *testing.T) {
	r := collect(t, machineText, Options{})
	got := map[string]string{}
	for _, c := range r.Checks {
		got[c.ID] = c.Outcome
		if c.Found == "" || c.Outcome == failed && c.Remedy == "" {
			t.Errorf("%s: no word on what was found or what to do: %+v", c.ID, c)
		}
	}
	for id, want := range map[string]string{
		"network-01": pass, "network-02": failed, "network-03": failed, "network-04": unknown, "kernel-01": pass,
		"ssh-01": pass, "ssh-02": pass, "ssh-04": pass, "account-01": failed, "account-02": failed, "account-05": failed,
		"update-01": unknown, "update-03": failed, "protect-01": failed, "log-01": unknown, "data-01": unknown, "file-04": notApplicable,
	} {
		if got[id] != want {
			t.Errorf("%s: got %s, want %s", id, got[id], want)
		}
	}
}

func TestEveryCheckIsWholeAndItsOwn(t *testing.T) {
	checks, err := Checks()
	if err != nil {
		t.Fatal(err)
	}
	if len(checks) < 25 {
		t.Errorf("only %d checks", len(checks))
	}
	seen := map[string]bool{}
	b := &baseline{Machine: machinetest.Recorded("linux", nil), inv: fact.Inventory{}}
	for _, c := range checks {
		if seen[c.ID] || c.Title == "" || c.Why == "" || c.Remedy == "" || c.Source == "" || !slices.Contains([]string{"high", "medium", "low"}, c.Severity) {
			t.Errorf("%+v is not whole", c)
		}
		seen[c.ID] = true
		c.Needs = ""
		if outcome, found := b.answer(c); outcome == pass && c.Test.Kind == "fact" && c.ID != "few" || strings.Contains(found, "not known") {
			t.Errorf("%s: nothing was seen and the answer is %s: %s", c.ID, outcome, found)
		}
	}
}

func TestOldSignaturesAreAProblem(t *testing.T) {
	r := collect(t, machineText, Options{})
	if len(r.Antivirus.Value) != 1 || *r.Antivirus.Value[0].SignatureDays != 20 || !slices.Contains(r.Antivirus.Value[0].Problems, "its signatures are 20 days old") {
		t.Errorf("%+v", r.Antivirus.Value)
	}
}

func TestApprovedRulesAreComparedWithThoseInForce(t *testing.T) {
	_, rules, _ := strings.Cut(machineText, "-c --\n")
	approved, err := firewall.ParseIPTables([]byte(strings.Replace(rules, "10.0.0.0/8", "10.1.0.0/16", 1)), "ip")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range collect(t, machineText, Options{Approved: []firewall.Set{approved}}).Findings {
		got = append(got, f.Kind)
	}
	if !slices.Equal(got, []string{"management-open", "missing", "additional"}) {
		t.Errorf("got %v", got)
	}
}

func TestLynisReportIsRead(t *testing.T) {
	b, err := os.ReadFile("testdata/lynis.dat")
	if err != nil {
		t.Fatal(err)
	}
	l := ParseLynis(b)
	if *l.Index != 64 || *l.Tests != 257 || len(l.Suggestions) != 2 || l.Warnings[0].Test != "PKGS-7392" || !slices.Equal(l.Vulnerable, []string{"openssl", "curl"}) || l.At != "2026-11-20 03:01:09" {
		t.Errorf("%+v", l)
	}
}

func TestOpenSCAPResultIsRead(t *testing.T) {
	b, err := os.ReadFile("testdata/xccdf.xml")
	if err != nil {
		t.Fatal(err)
	}
	s, err := ParseOpenSCAP(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	want := []SCAPRule{{ID: "xccdf_rule_a", Title: "Ensure /tmp is a separate partition", Severity: "high", Result: "fail", IDs: []string{"CCE-80000-1"}}}
	if !reflect.DeepEqual(s.Failed, want) || *s.Score != 63.5 || s.Counts["pass"] != 1 || s.Target != "erp01.example.net" || s.Ended != "2026-11-20T02:05:00Z" {
		t.Errorf("%+v", s)
	}
	for name, bad := range map[string][]byte{"cut": b[:len(b)/2], "other": []byte("<a/>"), "empty": nil} {
		if _, err := ParseOpenSCAP(bytes.NewReader(bad)); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func FuzzReports(f *testing.F) {
	for _, name := range []string{"lynis.dat", "xccdf.xml"} {
		b, err := os.ReadFile("testdata/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte("ClamAV-VDB:07 Sep 2023 04-03 -0400:27024:2039952:90:md5:sig:b:1694073815"))
	f.Add([]byte(`{"appVersion":{"value":{"value":"1"}},"definitionsUpdated":1.7e12,"tamperProtection":"block"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		ParseLynis(b)
		ParseOpenSCAP(bytes.NewReader(b))
		antivirus.ParseCVD(b)
		antivirus.ParseMDATP(b)
		antivirus.ParseDefender(b, b)
	})
}

func TestAnApprovedSetIsComparedWithItsOwn(t *testing.T) {
	set := func(product, profile, source string, rules ...firewall.Rule) firewall.Set {
		return firewall.Set{Product: product, Profile: profile, Source: source, Default: "drop", Rules: rules}
	}
	open := firewall.Rule{Family: "inet", Chain: "in", Number: 1, Action: firewall.Accept}
	sets := []firewall.Set{set("windows", "domain", "w"), set("windows", "public", "w", open), set("iptables", "", "iptables-save"), set("iptables", "", "ip6tables-save", open)}
	for _, c := range []struct {
		approved firewall.Set
		want     string
	}{
		{set("windows", "domain", "w"), ""}, {set("windows", "public", "w"), "additional"}, {set("windows", "private", "w"), "missing"},
		{set("iptables", "", "iptables-save"), ""}, {set("iptables", "", "ip6tables-save"), "additional"}, {set("ufw", "", "iptables-save"), ""}, {set("pf", "", "pfctl"), "missing"},
	} {
		var kinds []string
		for _, f := range compare(c.approved, sets) {
			kinds = append(kinds, f.Kind)
		}
		if got := strings.Join(kinds, " "); got != c.want {
			t.Errorf("%s %s of %s: %q, want %q", c.approved.Product, c.approved.Profile, c.approved.Source, got, c.want)
		}
	}
}
