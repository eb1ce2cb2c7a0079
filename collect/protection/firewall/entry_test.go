package firewall

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// found are the findings of a kind as "chain rule ports".
func found(s Set, kinds ...string) []string {
	var all []string
	for _, f := range s.Findings() {
		if slices.Contains(kinds, f.Kind) {
			all = append(all, strings.TrimSpace(fmt.Sprintf("%s %s %d %s", f.Kind, f.Chain, f.Rule, strings.Join(f.Ports, ","))))
		}
	}
	return all
}

func TestAChainIsJudgedByWhatReachesIt(t *testing.T) {
	s, err := ParseIPTables([]byte(`*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
:snmp - [0:0]
:web - [0:0]
:inner - [0:0]
:unused - [0:0]
-A INPUT -p udp -m udp --dport 161 -j snmp
-A INPUT -p tcp -m tcp --dport 443 -j web
-A INPUT -s 10.0.0.0/8 -j inner
-A snmp -j ACCEPT
-A web -j ACCEPT
-A inner -j ACCEPT
-A unused -j ACCEPT
COMMIT
`), "ip")
	if err != nil {
		t.Fatal(err)
	}
	if got := found(s, "any-any", "management-open"); !slices.Equal(got, []string{"management-open ip filter snmp 1 udp/161"}) {
		t.Errorf("%q", got)
	}
}

func TestHowOftenARuleMayMatchDoesNotCloseIt(t *testing.T) {
	s, err := ParseIPTables([]byte(`*filter
:INPUT DROP [0:0]
-A INPUT -p tcp -m tcp --dport 22 -m limit --limit 10/min --limit-burst 5 -j ACCEPT
-A INPUT -p tcp -m set --match-set staff src -m tcp --dport 3389 -j ACCEPT
-A INPUT -p tcp -m recent --rcheck --name knocked --rsource -m tcp --dport 5900 -j ACCEPT
-A INPUT -p tcp -m addrtype --dst-type LOCAL -m tcp --dport 6379 -j ACCEPT
-A INPUT -p tcp -m tcp --dport 1:65535 -s 192.0.2.0/24 -j ACCEPT
COMMIT
`), "ip")
	if err != nil {
		t.Fatal(err)
	}
	if got := found(s, "any-any", "management-open"); !slices.Equal(got, []string{"management-open ip filter INPUT 1 tcp/22", "management-open ip filter INPUT 4 tcp/6379"}) {
		t.Errorf("%q", got)
	}
	if r := s.ReachOf("tcp", 22); r.From != "anywhere" {
		t.Errorf("%+v", r)
	}
}

func TestAllPortsAreAnyAny(t *testing.T) {
	s, err := ParseIPTables([]byte("*filter\n:INPUT DROP [0:0]\n-A INPUT -p tcp -m tcp --dport 1:65535 -j ACCEPT\nCOMMIT\n"), "ip")
	if got := found(s, "any-any", "management-open"); err != nil || !slices.Equal(got, []string{"any-any ip filter INPUT 1"}) {
		t.Errorf("%q %v", got, err)
	}
}

const nftNamedRules = `{"nftables":[{"metainfo":{"version":"1.0.6"}},
{"chain":{"family":"inet","table":"f","name":"input","hook":"input","policy":"drop"}},
{"set":{"family":"inet","table":"f","name":"admin","type":"inet_service","elem":[22,{"range":[3300,3310]}]}},
{"set":{"family":"inet","table":"f","name":"empty","type":"inet_service"}},
{"map":{"family":"inet","table":"f","name":"ways","type":"inet_service","map":"verdict","elem":[[5432,{"accept":null}],[23,{"drop":null}]]}},
{"rule":{"family":"inet","table":"f","chain":"input","expr":[{"match":{"op":"==","left":{"payload":{"protocol":"tcp","field":"dport"}},"right":"@admin"}},{"accept":null}]}},
{"rule":{"family":"inet","table":"f","chain":"input","expr":[{"match":{"op":"==","left":{"payload":{"protocol":"tcp","field":"dport"}},"right":"@empty"}},{"accept":null}]}},
{"rule":{"family":"inet","table":"f","chain":"input","expr":[{"match":{"op":"==","left":{"payload":{"protocol":"tcp","field":"dport"}},"right":22}},{"drop":null}]}},
{"rule":{"family":"inet","table":"f","chain":"input","expr":[{"vmap":{"key":{"payload":{"protocol":"tcp","field":"dport"}},"data":"@ways"}}]}},
{"rule":{"family":"inet","table":"f","chain":"input","expr":[{"match":{"op":"==","left":{"meta":{"key":"nfproto"}},"right":"ipv4"}},{"match":{"op":"==","left":{"payload":{"protocol":"tcp","field":"dport"}},"right":3389}},{"accept":null}]}}]}`

func TestNamedSetsAndMapsOfNftablesAreRead(t *testing.T) {
	s, err := ParseNFT([]byte(nftNamedRules))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"management-open inet f input 1 tcp/22,tcp/3306", "shadowed inet f input 3", "management-open inet f input 4 tcp/5432", "management-open inet f input 6 tcp/3389"}
	if got := found(s, "any-any", "management-open", "shadowed"); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if r := s.ReachOf("tcp", 5432); r.From != "anywhere" {
		t.Errorf("%+v", r)
	}
}

func TestTheFamilyThatLetsInTellsTheDefault(t *testing.T) {
	for policies, want := range map[[3]string]string{{"drop", "", ""}: "drop", {"drop", "accept", ""}: "accept", {"drop", "drop", ""}: "drop", {"accept", "drop", ""}: "accept", {"", "", "drop"}: "drop", {"accept", "accept", "drop"}: "drop"} {
		var s Set
		for i, family := range []string{"ip", "ip6", "inet"} {
			if policies[i] != "" {
				s.Chains = append(s.Chains, Chain{Family: family, Table: "filter", Name: family, Hook: "input", Policy: policies[i]})
			}
		}
		if got := s.InputDefault(); got != want {
			t.Errorf("%q: %q, want %q", policies, got, want)
		}
	}
}
