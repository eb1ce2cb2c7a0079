package firewall

import (
	"bytes"
	"errors"
	"slices"
	"strconv"
	"strings"
)

// ParseIPTables reads `iptables-save -c` or `ip6tables-save -c`; family is ip
// or ip6.
func ParseIPTables(out []byte, family string) (Set, error) {
	s := Set{Product: "iptables", Source: "iptables-save", Rules: []Rule{}}
	if family == "ip6" {
		s.Source = "ip6tables-save"
	}
	table := ""
	numbers := map[string]int{}
	for line := range bytes.Lines(out) {
		t := strings.TrimSpace(strings.ToValidUTF8(string(line), ""))
		switch {
		case t == "" || t[0] == '#' || t == "COMMIT":
		case t[0] == '*':
			table = t[1:]
		case t[0] == ':':
			f := strings.Fields(t[1:])
			if len(f) < 2 {
				continue
			}
			c := Chain{Family: family, Table: table, Name: f[0]}
			if f[1] != "-" {
				c.Policy = strings.ToLower(f[1])
				c.Hook = map[string]string{"INPUT": "input", "FORWARD": "forward", "OUTPUT": "output", "PREROUTING": "prerouting", "POSTROUTING": "postrouting"}[f[0]]
			}
			s.Chains = append(s.Chains, c)
		default:
			r, ok := iptablesRule(t)
			if !ok {
				continue
			}
			r.Family, r.Table = family, table
			at := table + " " + r.Chain
			numbers[at]++
			r.Number, r.Text = numbers[at], t
			s.Rules = append(s.Rules, r)
		}
	}
	if table == "" {
		return s, errors.New("iptables-save's answer names no table")
	}
	s.On = new(slices.ContainsFunc(s.Rules, func(r Rule) bool { return r.Table == "filter" }) || slices.ContainsFunc(s.Chains, func(c Chain) bool { return c.Hook != "" && c.Policy == "drop" }))
	s.Default = s.InputDefault()
	return s, nil
}

// iptablesRule reads "[packets:bytes] -A CHAIN …". It is false for a line that
// adds no rule.
func iptablesRule(line string) (Rule, bool) {
	words := shellWords(line)
	r := Rule{Action: Note}
	if len(words) > 0 && strings.HasPrefix(words[0], "[") {
		packets, _, _ := strings.Cut(strings.Trim(words[0], "[]"), ":")
		if n, err := strconv.ParseInt(packets, 10, 64); err == nil {
			r.Packets = &n
		}
		words = words[1:]
	}
	if len(words) < 2 || words[0] != "-A" && words[0] != "--append" {
		return r, false
	}
	r.Chain = words[1]
	not := false
	for i := 2; i < len(words); i++ {
		w := words[i]
		value := func() string {
			if i+1 < len(words) {
				i++
				return words[i]
			}
			return ""
		}
		if w == "!" {
			not = true
			continue
		}
		if not { // a negated condition narrows the rule in a way not taken apart
			text := "! " + w
			if i+1 < len(words) && !strings.HasPrefix(words[i+1], "-") {
				text += " " + value()
			}
			r.Other = append(r.Other, text)
			not = false
			continue
		}
		switch w {
		case "-s", "--source":
			if n := normalNetwork(value()); n != "" {
				r.Sources = []string{n}
			}
		case "-d", "--destination":
			if n := normalNetwork(value()); n != "" {
				r.Destinations = []string{n}
			}
		case "-p", "--protocol":
			if p := value(); p != "all" {
				r.Protocol = strings.Replace(p, "ipv6-icmp", "icmpv6", 1)
			}
		case "-i", "--in-interface":
			r.In = strings.Replace(value(), "+", "*", 1)
		case "-o", "--out-interface":
			r.Out = strings.Replace(value(), "+", "*", 1)
		case "--dport", "--dports", "--destination-port", "--sport", "--sports", "--source-port":
			v := value()
			ports, ok := portRanges([]string{v})
			switch {
			case !ok:
				r.Other = append(r.Other, w+" "+v)
			case strings.HasPrefix(w, "--d"):
				r.Ports = ports
			default:
				r.SourcePorts = ports
			}
		case "--ctstate", "--state":
			r.States = strings.Split(strings.ToLower(value()), ",")
		case "-m", "--match":
			switch m := value(); m {
			case "tcp", "udp", "state", "conntrack", "multiport", "comment":
			default:
				r.Other = append(r.Other, "match "+m)
			}
		case "--comment":
			r.Comment = value()
		case "-j", "--jump", "-g", "--goto":
			switch to := value(); to {
			case "ACCEPT":
				r.Action = Accept
			case "DROP":
				r.Action = Drop
			case "REJECT":
				r.Action = Reject
			case "RETURN":
				r.Action = Return
			case "LOG", "NFLOG", "MARK", "CONNMARK", "TCPMSS", "CT", "TRACE", "NOTRACK", "SET", "AUDIT", "MASQUERADE", "SNAT", "DNAT", "REDIRECT", "CHECKSUM", "":
				r.Target = to
			default:
				r.Action, r.Target = Jump, to
			}
		case "--reject-with", "--log-prefix", "--log-level", "--to-destination", "--to-source", "--set-mark", "--set-xmark", "--to-ports":
			value()
		default:
			text := w
			if i+1 < len(words) && !strings.HasPrefix(words[i+1], "-") && words[i+1] != "!" {
				text += " " + value()
			}
			r.Other = append(r.Other, text)
		}
	}
	return r, true
}

// shellWords parts a line into words, keeping what stands in quotes together.
func shellWords(line string) []string {
	var words []string
	var b strings.Builder
	open, quoted, escaped := false, false, false
	for i := 0; i < len(line); i++ {
		ch := line[i]
		switch {
		case escaped:
			b.WriteByte(ch)
			escaped = false
		case ch == '\\' && quoted:
			escaped = true
		case ch == '"':
			quoted = !quoted
			open = true
		case (ch == ' ' || ch == '\t') && !quoted:
			if open || b.Len() > 0 {
				words = append(words, b.String())
				b.Reset()
				open = false
			}
		default:
			b.WriteByte(ch)
		}
	}
	if open || b.Len() > 0 {
		words = append(words, b.String())
	}
	return words
}
