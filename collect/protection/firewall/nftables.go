package firewall

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// ParseNFT reads `nft --json list ruleset` (libnftables-json(5)).
func ParseNFT(out []byte) (Set, error) {
	var doc struct {
		Items []map[string]json.RawMessage `json:"nftables"`
	}
	if err := json.Unmarshal(out, &doc); err != nil {
		return Set{}, fmt.Errorf("nft's answer is not its JSON: %w", err)
	}
	if doc.Items == nil {
		return Set{}, errors.New("nft's answer has no list \"nftables\"")
	}
	s := Set{Product: "nftables", Source: "nft list ruleset", Rules: []Rule{}}
	numbers := map[string]int{}
	named := nftNamed{}
	for _, item := range doc.Items {
		named.add(item)
	}
	for _, item := range doc.Items {
		if raw, ok := item["metainfo"]; ok {
			var m struct {
				Version string `json:"version"`
			}
			json.Unmarshal(raw, &m)
			s.Version = m.Version
		}
		if raw, ok := item["chain"]; ok {
			var c struct {
				Family, Table, Name, Hook, Policy string
			}
			if json.Unmarshal(raw, &c) == nil && c.Name != "" {
				s.Chains = append(s.Chains, Chain(c))
			}
		}
		if raw, ok := item["rule"]; ok {
			var r struct {
				Family, Table, Chain, Comment string
				Expr                          []map[string]json.RawMessage
			}
			if json.Unmarshal(raw, &r) != nil || r.Chain == "" {
				continue
			}
			at := r.Family + " " + r.Table + " " + r.Chain
			for _, rule := range nftRules(r.Expr, named.of(r.Family, r.Table)) {
				numbers[at]++
				rule.Family, rule.Table, rule.Chain, rule.Comment, rule.Number = r.Family, r.Table, r.Chain, r.Comment, numbers[at]
				s.Rules = append(s.Rules, rule)
			}
		}
	}
	for i := range s.Chains {
		if s.Chains[i].Hook != "" && s.Chains[i].Policy == "" {
			s.Chains[i].Policy = "accept"
		}
	}
	s.On = new(len(s.Rules) > 0 || slices.ContainsFunc(s.Chains, func(c Chain) bool { return c.Policy == "drop" }))
	s.Default = s.InputDefault()
	return s, nil
}

// nftRules turns one rule's statements into rules of the normal form: one, or
// several when a verdict map decides.
func nftRules(statements []map[string]json.RawMessage, named nftNamed) []Rule {
	r := Rule{Action: Note}
	var split []Rule
	for _, statement := range statements {
		for name, raw := range statement {
			switch name {
			case "match":
				nftMatch(raw, &r, named)
			case "counter":
				var c struct{ Packets *int64 }
				json.Unmarshal(raw, &c)
				r.Packets = c.Packets
			case "accept":
				r.Action = Accept
			case "drop":
				r.Action = Drop
			case "reject":
				r.Action = Reject
			case "return":
				r.Action = Return
			case "jump", "goto":
				var j struct{ Target string }
				json.Unmarshal(raw, &j)
				r.Action, r.Target = Jump, j.Target
			case "vmap":
				split = nftVerdictMap(raw, r, named)
			case "log", "mangle", "notrack", "flow", "set", "ct helper":
				// do something beside and go on
			case "limit":
				r.Other = append(r.Other, "limit "+compact(raw))
			default:
				r.Other = append(r.Other, name+" "+compact(raw))
			}
		}
	}
	if split != nil {
		return split
	}
	return []Rule{r}
}

func compact(raw json.RawMessage) string {
	s := string(raw)
	if len(s) > 300 {
		s = s[:300]
	}
	return strings.ToValidUTF8(s, "")
}

// nftMatch adds one condition to the rule.
func nftMatch(raw json.RawMessage, r *Rule, named nftNamed) {
	var m struct {
		Op    string
		Left  map[string]json.RawMessage
		Right json.RawMessage
	}
	if json.Unmarshal(raw, &m) != nil {
		r.Other = append(r.Other, compact(raw))
		return
	}
	values := named.elements(nftValues(m.Right, 0))
	if m.Op != "==" && m.Op != "in" || len(values) == 0 || !nftCondition(m.Left, values, r) {
		r.Other = append(r.Other, compact(raw))
	}
}

// nftCondition puts understood conditions where they belong.
func nftCondition(left map[string]json.RawMessage, values []string, r *Rule) bool {
	if raw, ok := left["payload"]; ok {
		var p struct{ Protocol, Field string }
		if json.Unmarshal(raw, &p) != nil {
			return false
		}
		switch p.Protocol + " " + p.Field {
		case "tcp dport", "udp dport", "sctp dport", "th dport":
			ports, ok := portRanges(values)
			r.Ports = ports
			if p.Protocol != "th" {
				r.Protocol = p.Protocol
			}
			return ok
		case "tcp sport", "udp sport", "th sport":
			ports, ok := portRanges(values)
			r.SourcePorts = ports
			if p.Protocol != "th" {
				r.Protocol = p.Protocol
			}
			return ok
		case "ip saddr", "ip6 saddr":
			r.Sources = networks(values)
			return true
		case "ip daddr", "ip6 daddr":
			r.Destinations = networks(values)
			return true
		case "ip protocol", "ip6 nexthdr":
			r.Protocol = values[0]
			return len(values) == 1
		case "icmp type", "icmpv6 type":
			r.Protocol = p.Protocol
			r.Other = append(r.Other, "type "+strings.Join(values, ","))
			return true
		}
		return false
	}
	if raw, ok := left["meta"]; ok {
		var m struct{ Key string }
		json.Unmarshal(raw, &m)
		switch m.Key {
		case "iifname", "iif":
			r.In = values[0]
			return len(values) == 1
		case "oifname", "oif":
			r.Out = values[0]
			return len(values) == 1
		case "l4proto":
			if len(values) == 1 {
				r.Protocol = values[0]
				return true
			}
		case "nfproto", "protocol":
			r.Other = append(r.Other, "nfproto "+strings.Join(values, ","))
			return true
		}
		return false
	}
	if raw, ok := left["ct"]; ok {
		var c struct{ Key string }
		json.Unmarshal(raw, &c)
		if c.Key == "state" {
			r.States = values
			return true
		}
	}
	return false
}

// nftValues writes the right side of a match as a list of texts: numbers,
// names, ranges "a-b", networks "a/n" and named sets "@x".
func nftValues(raw json.RawMessage, depth int) []string {
	if depth > 4 || len(raw) == 0 {
		return nil
	}
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return []string{text}
	}
	var number json.Number
	if json.Unmarshal(raw, &number) == nil {
		return []string{number.String()}
	}
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) == nil {
		var all []string
		for _, v := range list {
			all = append(all, nftValues(v, depth+1)...)
		}
		return all
	}
	var object map[string]json.RawMessage
	if json.Unmarshal(raw, &object) != nil {
		return nil
	}
	if v, ok := object["set"]; ok {
		return nftValues(v, depth+1)
	}
	if v, ok := object["elem"]; ok {
		var e struct{ Val json.RawMessage }
		json.Unmarshal(v, &e)
		return nftValues(e.Val, depth+1)
	}
	if v, ok := object["range"]; ok {
		if ends := nftValues(v, depth+1); len(ends) == 2 {
			return []string{ends[0] + "-" + ends[1]}
		}
	}
	if v, ok := object["prefix"]; ok {
		var p struct {
			Addr string
			Len  int
		}
		if json.Unmarshal(v, &p) == nil {
			return []string{p.Addr + "/" + strconv.Itoa(p.Len)}
		}
	}
	return nil
}

// nftVerdictMap makes a rule of each entry of "ct state vmap { … }" and its
// like; what it cannot take apart becomes one rule with the map as condition.
func nftVerdictMap(raw json.RawMessage, base Rule, named nftNamed) []Rule {
	var m struct {
		Key  map[string]json.RawMessage
		Data json.RawMessage
	}
	whole := base
	whole.Other = append(slices.Clone(base.Other), "vmap "+compact(raw))
	if json.Unmarshal(raw, &m) != nil {
		return []Rule{whole}
	}
	pairs := named.pairs(m.Data)
	if len(pairs) == 0 {
		return []Rule{whole}
	}
	var rules []Rule
	for _, pair := range pairs {
		r := base
		r.Other = slices.Clone(base.Other)
		if !nftCondition(m.Key, nftValues(pair[0], 0), &r) {
			return []Rule{whole}
		}
		var verdict map[string]json.RawMessage
		if json.Unmarshal(pair[1], &verdict) != nil || len(verdict) != 1 {
			return []Rule{whole}
		}
		done := nftRules([]map[string]json.RawMessage{verdict}, nil)[0]
		r.Action, r.Target = done.Action, done.Target
		rules = append(rules, r)
	}
	return rules
}

func networks(values []string) []string {
	var all []string
	for _, v := range values {
		n := normalNetwork(v)
		if n == "" {
			return nil // everything is among them
		}
		all = append(all, n)
	}
	return all
}

// serviceNames are names that filters print instead of numbers.
var serviceNames = map[string]int{
	"ssh": 22, "telnet": 23, "smtp": 25, "domain": 53, "bootps": 67, "bootpc": 68, "tftp": 69, "http": 80, "kerberos": 88, "pop3": 110, "sunrpc": 111, "ntp": 123, "imap2": 143, "imap": 143, "snmp": 161, "ldap": 389, "https": 443,
	"microsoft-ds": 445, "submission": 587, "ldaps": 636, "imaps": 993, "pop3s": 995, "ms-sql-s": 1433, "nfs": 2049, "mysql": 3306, "ms-wbt-server": 3389, "postgresql": 5432, "mdns": 5353, "netbios-ns": 137, "netbios-dgm": 138, "netbios-ssn": 139, "ipp": 631, "syslog": 514, "rsync": 873, "ftp": 21, "ftp-data": 20, "isakmp": 500,
}

// portRanges reads ports: 22, ssh, 1024-65535, 1024:65535.
func portRanges(values []string) ([]PortRange, bool) {
	var all []PortRange
	for _, v := range values {
		for part := range strings.SplitSeq(v, ",") {
			part = strings.TrimSpace(part)
			if n, ok := serviceNames[part]; ok {
				all = append(all, PortRange{n, n})
				continue
			}
			from, to, isRange := strings.Cut(strings.ReplaceAll(part, ":", "-"), "-")
			if !isRange {
				to = from
			}
			if isRange && to == "" {
				to = "65535"
			}
			if isRange && from == "" {
				from = "0"
			}
			a, errA := strconv.ParseUint(from, 10, 16)
			b, errB := strconv.ParseUint(to, 10, 16)
			if errA != nil || errB != nil || b < a {
				return nil, false
			}
			all = append(all, PortRange{int(a), int(b)})
		}
	}
	return all, len(all) > 0
}
