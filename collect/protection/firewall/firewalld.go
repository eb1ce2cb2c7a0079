package firewall

import (
	"encoding/xml"
	"fmt"
	"slices"
	"strings"
)

// zone is a firewalld zone file (firewalld.zone(5)).
type zone struct {
	Target     string `xml:"target,attr"`
	Interfaces []struct {
		Name string `xml:"name,attr"`
	} `xml:"interface"`
	Sources []struct {
		Address string `xml:"address,attr"`
	} `xml:"source"`
	Services []struct {
		Name string `xml:"name,attr"`
	} `xml:"service"`
	Ports []zonePort `xml:"port"`
	Rules []struct {
		Family string `xml:"family,attr"`
		Source *struct {
			Address string `xml:"address,attr"`
			Invert  string `xml:"invert,attr"`
		} `xml:"source"`
		Service *struct {
			Name string `xml:"name,attr"`
		} `xml:"service"`
		Port   *zonePort `xml:"port"`
		Accept *struct{} `xml:"accept"`
		Drop   *struct{} `xml:"drop"`
		Reject *struct{} `xml:"reject"`
	} `xml:"rule"`
}

type zonePort struct {
	Port     string `xml:"port,attr"`
	Protocol string `xml:"protocol,attr"`
}

// serviceFile is a firewalld service file: the ports a name stands for.
type serviceFile struct {
	Ports []zonePort `xml:"port"`
}

// ParseZone reads a firewalld zone; services gives the content of a service's
// file by its name, or nil. Rules that drop or reject come before those that
// accept, as firewalld applies them.
func ParseZone(name string, file []byte, services func(string) []byte) (Set, error) {
	var z zone
	if err := xml.Unmarshal(file, &z); err != nil {
		return Set{}, fmt.Errorf("zone %s: %w", name, err)
	}
	s := Set{Product: "firewalld", Profile: name, Source: "zone " + name, Rules: []Rule{}}
	s.Default = map[string]string{"ACCEPT": "accept", "DROP": "drop", "%%REJECT%%": "reject", "REJECT": "reject"}[z.Target]
	if s.Default == "" {
		s.Default = "reject"
	}
	s.Chains = []Chain{{Family: "inet", Name: name, Hook: "input", Policy: s.Default}}
	ports := func(service string) []zonePort {
		b := services(service)
		var f serviceFile
		if b == nil || xml.Unmarshal(b, &f) != nil {
			return nil
		}
		return f.Ports
	}
	add := func(r Rule, list []zonePort) {
		if list == nil {
			s.Rules = append(s.Rules, r)
			return
		}
		for _, p := range list {
			one := r
			one.Protocol = p.Protocol
			if p.Port != "" {
				var ok bool
				if one.Ports, ok = portRanges([]string{p.Port}); !ok {
					one.Other = append(slices.Clone(r.Other), "port "+p.Port)
				}
			}
			s.Rules = append(s.Rules, one)
		}
	}
	for _, rich := range z.Rules {
		r := Rule{Action: Note}
		switch {
		case rich.Accept != nil:
			r.Action = Accept
		case rich.Drop != nil:
			r.Action = Drop
		case rich.Reject != nil:
			r.Action = Reject
		}
		if rich.Source != nil && rich.Source.Address != "" {
			if strings.HasPrefix(strings.ToLower(rich.Source.Invert), "t") || rich.Source.Invert == "yes" {
				r.Other = append(r.Other, "source not "+rich.Source.Address)
			} else if n := normalNetwork(rich.Source.Address); n != "" {
				r.Sources = []string{n}
			}
		}
		switch {
		case rich.Service != nil:
			r.Comment = rich.Service.Name
			list := ports(rich.Service.Name)
			if list == nil {
				r.Other = append(r.Other, "service "+rich.Service.Name)
			}
			add(r, list)
		case rich.Port != nil:
			add(r, []zonePort{*rich.Port})
		default:
			add(r, nil)
		}
	}
	for _, service := range z.Services {
		r := Rule{Action: Accept, Comment: service.Name}
		list := ports(service.Name)
		if list == nil {
			r.Other = []string{"service " + service.Name}
		}
		add(r, list)
	}
	if len(z.Ports) > 0 {
		add(Rule{Action: Accept}, z.Ports)
	}
	slices.SortStableFunc(s.Rules, func(a, b Rule) int { return rank(a) - rank(b) })
	for i := range s.Rules {
		r := &s.Rules[i]
		r.Family, r.Chain, r.Number = "inet", name, i+1
	}
	return s, nil
}

func rank(r Rule) int {
	if r.Action == Accept {
		return 1
	}
	return 0
}
