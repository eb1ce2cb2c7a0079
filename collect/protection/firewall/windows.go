package firewall

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// WindowsScript is the PowerShell that prints profiles and the rules in force
// as ParseWindows reads them. Filters are joined in one pass, since asking
// each rule for its own takes minutes.
const WindowsScript = `
$ErrorActionPreference='SilentlyContinue'
$ports=@{};Get-NetFirewallPortFilter -PolicyStore ActiveStore|%{$ports[$_.InstanceID]=$_}
$addr=@{};Get-NetFirewallAddressFilter -PolicyStore ActiveStore|%{$addr[$_.InstanceID]=$_}
$app=@{};Get-NetFirewallApplicationFilter -PolicyStore ActiveStore|%{$app[$_.InstanceID]=$_}
$rules=Get-NetFirewallRule -PolicyStore ActiveStore -Enabled True|%{$p=$ports[$_.InstanceID];$a=$addr[$_.InstanceID];$g=$app[$_.InstanceID]
[pscustomobject]@{name=$_.Name;title=$_.DisplayName;direction="$($_.Direction)";action="$($_.Action)";profile="$($_.Profile)";protocol="$($p.Protocol)";port=@($p.LocalPort|%{"$_"});remote=@($a.RemoteAddress|%{"$_"});local=@($a.LocalAddress|%{"$_"});program="$($g.Program)"}}
$profiles=Get-NetFirewallProfile -PolicyStore ActiveStore|%{[pscustomobject]@{name="$($_.Name)";enabled="$($_.Enabled)";inbound="$($_.DefaultInboundAction)";outbound="$($_.DefaultOutboundAction)"}}
$net=@(Get-NetConnectionProfile|%{"$($_.NetworkCategory)"})
@{profiles=@($profiles);rules=@($rules);networks=$net}|ConvertTo-Json -Depth 4 -Compress`

// WindowsProfile is one of Windows' three sets of settings.
type WindowsProfile struct{ Name, Enabled, Inbound, Outbound string }

// ParseWindows reads WindowsScript's output: a set for each profile. Blocking
// rules come first, since Windows lets them win.
func ParseWindows(out []byte) ([]Set, error) {
	var doc struct {
		Profiles []WindowsProfile
		Rules    []struct {
			Name, Title, Direction, Action, Profile, Protocol, Program string
			Port, Remote, Local                                        []string
		}
	}
	if err := json.Unmarshal(out, &doc); err != nil {
		return nil, fmt.Errorf("the firewall's answer is not JSON: %w", err)
	}
	if len(doc.Profiles) == 0 {
		return nil, fmt.Errorf("the firewall's answer names no profile")
	}
	var sets []Set
	for _, p := range doc.Profiles {
		s := Set{Product: "windows", Profile: strings.ToLower(p.Name), Source: "Get-NetFirewallRule", On: new(p.Enabled == "True" || p.Enabled == "1"), Default: windowsDefault(p.Inbound), Rules: []Rule{}}
		s.Chains = []Chain{{Family: "inet", Name: "inbound", Hook: "input", Policy: s.Default}, {Family: "inet", Name: "outbound", Hook: "output", Policy: "accept"}}
		if p.Outbound == "Block" {
			s.Chains[1].Policy = "drop"
		}
		for _, w := range doc.Rules {
			profile := strings.ToLower(w.Profile)
			if profile != "any" && profile != "all" && profile != "" && !strings.Contains(profile, s.Profile) {
				continue
			}
			r := Rule{Family: "inet", Chain: "inbound", Action: Accept, Comment: w.Title, Text: w.Name}
			if w.Direction == "Outbound" || w.Direction == "2" {
				r.Chain = "outbound"
			}
			if w.Action == "Block" || w.Action == "4" {
				r.Action = Drop
			}
			switch protocol := strings.ToLower(w.Protocol); protocol {
			case "any", "":
			case "6":
				r.Protocol = "tcp"
			case "17":
				r.Protocol = "udp"
			case "icmpv4":
				r.Protocol = "icmp"
			default:
				r.Protocol = protocol
			}
			if len(w.Port) > 0 && w.Port[0] != "Any" && w.Port[0] != "" {
				ports, ok := portRanges(w.Port)
				if ok {
					r.Ports = ports
				} else {
					r.Other = append(r.Other, "port "+strings.Join(w.Port, ",")) // RPC, PlayToDiscovery …
				}
			}
			r.Sources = windowsAddresses(w.Remote, &r)
			r.Destinations = windowsAddresses(w.Local, &r)
			if w.Program != "" && !strings.EqualFold(w.Program, "Any") && !strings.EqualFold(w.Program, "System") {
				r.Other = append(r.Other, "program "+w.Program)
			}
			s.Rules = append(s.Rules, r)
		}
		slices.SortStableFunc(s.Rules, func(a, b Rule) int {
			if a.Chain != b.Chain {
				return strings.Compare(a.Chain, b.Chain)
			}
			return rank(a) - rank(b)
		})
		for i := range s.Rules {
			s.Rules[i].Number = i + 1
			if i > 0 && s.Rules[i].Chain == s.Rules[i-1].Chain {
				s.Rules[i].Number = s.Rules[i-1].Number + 1
			} else {
				s.Rules[i].Number = 1
			}
		}
		sets = append(sets, s)
	}
	return sets, nil
}

// windowsDefault is what a profile does with what no rule names; a profile
// that is not configured blocks.
func windowsDefault(action string) string {
	if action == "Allow" || action == "2" {
		return "accept"
	}
	return "drop"
}

func windowsAddresses(list []string, r *Rule) []string {
	var all []string
	for _, a := range list {
		switch {
		case a == "" || a == "Any":
			return nil
		case a == "LocalSubnet" || a == "LocalSubnet4" || a == "LocalSubnet6":
			all = append(all, "@localsubnet")
		default:
			n := normalNetwork(a)
			if n == "" {
				return nil
			}
			all = append(all, n)
		}
	}
	return all
}
