package firewall

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"steward/collect/host/machine/machinetest"
)

func file(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func kinds(findings []Finding) []string {
	var all []string
	for _, f := range findings {
		all = append(all, fmt.Sprintf("%s %s#%d", f.Kind, f.Chain, f.Rule))
	}
	return all
}

func equal(t *testing.T, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n got %s\nwant %s", what, strings.Join(got, "\n     "), strings.Join(want, "\n     "))
	}
}

func TestNFTRulesAreReadAndJudged(t *testing.T) {
	s, err := ParseNFT(file(t, "nft.json"))
	if err != nil {
		t.Fatal(err)
	}
	if s.Default != "reject" || !*s.On || s.Version != "1.0.6" {
		t.Errorf("default %q, on %v, version %q", s.Default, *s.On, s.Version)
	}
	var keys []string
	for _, r := range s.Rules[:9] {
		keys = append(keys, strings.TrimPrefix(r.Key(), "inet filter input "))
	}
	equal(t, "rules", keys, []string{
		"drop state=invalid", "accept state=established", "accept state=related", "accept in=lo", "accept proto=icmp", "accept proto=tcp dport=443,80",
		"accept proto=tcp from=10.1.0.0/16,192.0.2.7 dport=22", "accept proto=tcp dport=443", "accept proto=tcp from=10.0.0.0/8 dport=8000-8100",
	})
	equal(t, "findings", kinds(s.Findings()), []string{"redundant inet filter input#8", "shadowed inet filter input#10", "management-open inet filter input#11"})
	for _, c := range []struct {
		protocol string
		port     int
		want     string
	}{{"tcp", 443, "anywhere []"}, {"tcp", 22, "some [10.1.0.0/16 192.0.2.7]"}, {"tcp", 8080, "some [10.0.0.0/8]"}, {"tcp", 3306, "anywhere []"}, {"udp", 53, "anywhere []"}, {"tcp", 25, "nowhere []"}} {
		r := s.ReachOf(c.protocol, c.port)
		slices.Sort(r.Sources)
		if got := fmt.Sprintf("%s %v", r.From, r.Sources); got != c.want {
			t.Errorf("%s/%d: got %s because of %s, want %s", c.protocol, c.port, got, r.Why, c.want)
		}
	}
}

func TestIPTablesRulesAreReadAndJudged(t *testing.T) {
	s, err := ParseIPTables(file(t, "iptables.txt"), "ip")
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "findings", kinds(s.Findings()), []string{"management-open ip filter INPUT#5", "redundant ip filter INPUT#7"})
	for _, c := range []struct {
		protocol string
		port     int
		want     string
	}{{"tcp", 22, "some [192.0.2.0/24]"}, {"tcp", 8050, "anywhere []"}, {"tcp", 5432, "nowhere []"}, {"udp", 161, "nowhere []"}} {
		r := s.ReachOf(c.protocol, c.port)
		if got := fmt.Sprintf("%s %v", r.From, r.Sources); got != c.want {
			t.Errorf("%s/%d: got %s because of %s, want %s", c.protocol, c.port, got, r.Why, c.want)
		}
	}
	if s.Rules[8].Comment != "office network" {
		t.Errorf("comment %q", s.Rules[8].Comment)
	}
}

func TestWhatIsOpenOrNeverUsedIsFound(t *testing.T) {
	s, err := ParseIPTables([]byte(`*filter
:INPUT ACCEPT [10:100]
:FORWARD ACCEPT [0:0]
[100:1] -A INPUT -s 10.0.0.0/8 -p tcp --dport 25 -j DROP
[5:1] -A INPUT -s 10.1.0.0/255.255.0.0 -p tcp --dport 25 -j ACCEPT
[0:0] -A INPUT -s 192.0.2.9 -p tcp --dport 9100 -j ACCEPT
[7:1] -A INPUT -j ACCEPT
[0:0] -A INPUT -p tcp --dport 23 -j DROP
[9:9] -A FORWARD -j ACCEPT
COMMIT
`), "ip")
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "findings", kinds(s.Findings()), []string{"no-default-deny #0", "shadowed ip filter INPUT#2", "never-hit ip filter INPUT#3", "any-any ip filter INPUT#4", "shadowed ip filter INPUT#5"})
}

func TestWindowsProfilesAreJudgedApart(t *testing.T) {
	sets, err := ParseWindows(file(t, "windows.json"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range sets {
		got = append(got, fmt.Sprintf("%s on=%v %s rdp=%s winrm=%s %v", s.Profile, *s.On, s.Default, s.ReachOf("tcp", 3389).From, s.ReachOf("tcp", 5985).From, kinds(s.Findings())))
	}
	equal(t, "profiles", got, []string{
		"domain on=true drop rdp=anywhere winrm=some [management-open inet inbound#1]",
		"private on=true drop rdp=nowhere winrm=some [shadowed inet inbound#2]",
		"public on=false drop rdp=anywhere winrm=nowhere [off #0]",
	})
}

func TestFirewalldsZoneIsReadWithItsServices(t *testing.T) {
	services := map[string]string{
		"ssh":     `<service><port protocol="tcp" port="22"/></service>`,
		"cockpit": `<service><port protocol="tcp" port="9090"/></service>`,
	}
	s, err := ParseZone("public", []byte(`<?xml version="1.0"?><zone><short>Public</short><service name="ssh"/><service name="cockpit"/><service name="gone"/><port port="8000-8010" protocol="tcp"/>
<rule family="ipv4"><source address="203.0.113.0/24"/><service name="ssh"/><drop/></rule></zone>`), func(n string) []byte {
		if v, ok := services[n]; ok {
			return []byte(v)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if s.Rules[0].Action != Drop || s.Default != "reject" {
		t.Errorf("first %+v, default %s", s.Rules[0], s.Default)
	}
	equal(t, "findings", kinds(s.Findings()), []string{"management-open inet public#2", "management-open inet public#3", "management-open inet public#5"})
	if r := s.ReachOf("tcp", 8005); r.From != "anywhere" {
		t.Errorf("8005: %+v", r)
	}
}

func TestPFsLastRuleWinsUnlessQuick(t *testing.T) {
	s := ParsePF([]byte(`block drop in all
pass in quick on lo0 all flags S/SA keep state
pass in proto tcp from any to any port = 22 flags S/SA keep state
pass in proto tcp from 10.0.0.0/8 to any port = 5432 flags S/SA keep state
`))
	if s.Default != "drop" || s.ReachOf("tcp", 22).From != "anywhere" || s.ReachOf("tcp", 80).From != "nowhere" {
		t.Errorf("default %s, 22 %+v, 80 %+v", s.Default, s.ReachOf("tcp", 22), s.ReachOf("tcp", 80))
	}
	if r := s.ReachOf("tcp", 5432); r.From != "some" {
		t.Errorf("5432: %+v", r)
	}
}

func TestTheDifferenceToTheApprovedRulesIsNamed(t *testing.T) {
	approved, err := ParseIPTables(file(t, "iptables.txt"), "ip")
	if err != nil {
		t.Fatal(err)
	}
	if d := Difference(approved, approved); len(d) != 0 {
		t.Errorf("the same set differs: %v", d)
	}
	// Counters and comments do not count; what the rules do does.
	text := strings.ReplaceAll(string(file(t, "iptables.txt")), "[0:0]", "[7:700]")
	same, _ := ParseIPTables([]byte(strings.Replace(text, "office network", "the office", 1)), "ip")
	if d := Difference(approved, same); len(d) != 0 {
		t.Errorf("counters make a difference: %v", d)
	}
	changed, _ := ParseIPTables([]byte(strings.Replace(text, "--dport 3389", "--dport 3390", 1)), "ip")
	equal(t, "changed", kinds(Difference(approved, changed)), []string{"missing ip filter INPUT#0", "additional ip filter INPUT#5"})
	swapped := approved
	swapped.Rules = slices.Clone(approved.Rules)
	swapped.Rules[0], swapped.Rules[1] = swapped.Rules[1], swapped.Rules[0]
	equal(t, "swapped", kinds(Difference(approved, swapped)), []string{"reordered ip filter INPUT#2"})
}

func TestCoversOnlyWhatItSurelyCovers(t *testing.T) {
	base := Rule{Family: "ip", Protocol: "tcp", Ports: []PortRange{{80, 90}}, Sources: []string{"10.0.0.0/8"}}
	narrower := base
	narrower.Ports, narrower.Sources = []PortRange{{81, 82}, {90, 90}}, []string{"10.2.0.0/16", "10.9.9.9"}
	if !Covers(base, narrower) || !Covers(Rule{Family: "inet"}, base) {
		t.Error("a wider rule does not cover a narrower one")
	}
	for name, change := range map[string]func(*Rule){
		"port": func(r *Rule) { r.Ports = []PortRange{{79, 80}} }, "protocol": func(r *Rule) { r.Protocol = "" }, "source": func(r *Rule) { r.Sources = []string{"10.0.0.0/7"} },
		"any source": func(r *Rule) { r.Sources = nil }, "family": func(r *Rule) { r.Family = "ip6" }, "set": func(r *Rule) { r.Sources = []string{"@x"} },
	} {
		b := narrower
		change(&b)
		if Covers(base, b) {
			t.Errorf("%s: covers what it does not match", name)
		}
	}
	limited := base
	limited.Other = []string{"limit"}
	if Covers(limited, narrower) {
		t.Error("a rule with a limit covers")
	}
}

func TestUfwIsReadFromItsFilesWithoutRights(t *testing.T) {
	m := machinetest.Recorded("linux", []byte(`-- /etc/ufw/ufw.conf --
ENABLED=yes
-- /etc/default/ufw --
DEFAULT_INPUT_POLICY="DROP"
-- /etc/ufw/user.rules --
*filter
:ufw-user-input - [0:0]
### tuple ### allow tcp 22 0.0.0.0/0 any 0.0.0.0/0 in
-A ufw-user-input -p tcp --dport 22 -j ACCEPT
-A ufw-user-input -p tcp --dport 5432 -s 10.0.0.0/8 -j ACCEPT
COMMIT
`))
	sets, _ := Read(t.Context(), m)
	if len(sets) != 1 || sets[0].Product != "ufw" || sets[0].Default != "drop" || !*sets[0].On || len(sets[0].Rules) != 2 {
		t.Fatalf("%+v", sets)
	}
	if r := sets[0].ReachOf("tcp", 5432); r.From != "some" {
		t.Errorf("5432 %+v", r)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(file(f, "nft.json"))
	f.Add(file(f, "iptables.txt"))
	f.Add(file(f, "windows.json"))
	f.Add([]byte("block drop in all\npass in quick proto tcp from any to any port = 22"))
	f.Add([]byte("<zone><rule><port port='1-' protocol='tcp'/></rule></zone>"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var sets []Set
		if s, err := ParseNFT(b); err == nil {
			sets = append(sets, s)
		}
		if s, err := ParseIPTables(b, "ip"); err == nil {
			sets = append(sets, s)
		}
		if s, err := ParseZone("z", b, func(string) []byte { return b }); err == nil {
			sets = append(sets, s)
		}
		if w, err := ParseWindows(b); err == nil {
			sets = append(sets, w...)
		}
		sets = append(sets, ParsePF(b))
		for _, s := range sets {
			s.Findings()
			s.ReachOf("tcp", 22)
			if d := Difference(s, s); len(d) > 0 {
				t.Errorf("a set differs from itself: %v", d)
			}
		}
	})
}
