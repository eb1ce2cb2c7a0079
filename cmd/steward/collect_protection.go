package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"strings"

	"steward/collect/fact"
	"steward/collect/protection"
	"steward/collect/protection/firewall"
)

func protectionCollector() collector {
	return collector{
		name: "protection", summary: "this machine: updates, restarts, antivirus, firewall rules and findings, exposure, baseline",
		help: `Usage: steward collect protection [--approved FILE] [--lynis FILE] [--openscap FILE]

Prints how this machine is protected, one fact a line. Nothing is changed and
the network is not used. Run as root to see firewall rules and passwords' state.

  --approved FILE   rules approved for this machine, to compare those in force with:
                    the output of "nft --json list ruleset" or "iptables-save", or
                    what this command printed
  --lynis FILE      a Lynis report (default /var/log/lynis-report.dat, if there)
  --openscap FILE   an XCCDF result written by "oscap xccdf eval --results"

Example: steward collect protection --approved rules.json`,
		schema: func() []byte { return factSchema("collect protection", protection.Kinds()) },
		run: func(ctx context.Context, s streams, args []string, emit fact.Emit) error {
			fs := newFlags("collect protection")
			approved := fs.String("approved", "", "")
			var o protection.Options
			fs.StringVar(&o.Lynis, "lynis", "", "")
			fs.StringVar(&o.OpenSCAP, "openscap", "", "")
			targets, err := parse(fs, args)
			if err != nil {
				return err
			}
			if len(targets) > 0 {
				return wrongUse("protection looks at this machine and takes no target; %q is one", targets[0])
			}
			if *approved != "" {
				if o.Approved, err = approvedRules(*approved); err != nil {
					return err
				}
			}
			r, err := protection.Collect(ctx, o)
			if err != nil {
				return err
			}
			for _, observation := range r.Observations() {
				if err := emit(observation); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

// approvedRules reads rule sets in any of the forms that are known.
func approvedRules(path string) ([]firewall.Set, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, wrongUse("the approved rules: %v", err)
	}
	none := wrongUse("the approved rules %s are neither nft's JSON, nor iptables-save's, nor a rule set that this command printed", path)
	if !strings.HasPrefix(strings.TrimSpace(string(b)), "{") {
		if s, err := firewall.ParseIPTables(b, "ip"); err == nil {
			return []firewall.Set{s}, nil
		}
		if strings.Contains(string(b), "table ") {
			return nil, wrongUse("the approved rules %s are in the language of nft; load them in a namespace of their own and give the output of nft --json list ruleset", path)
		}
		return nil, none
	}
	if s, err := firewall.ParseNFT(b); err == nil {
		return []firewall.Set{s}, nil
	}
	var s firewall.Set
	if err := json.Unmarshal(b, &s); err == nil && s.Product != "" {
		return []firewall.Set{s}, nil
	}
	// All that this command printed, of which one fact holds the rule sets.
	for d := json.NewDecoder(bytes.NewReader(b)); d.More(); {
		var o struct {
			Kind string
			Data json.RawMessage
		}
		if d.Decode(&o) != nil {
			break
		}
		if o.Kind != "firewalls" {
			continue
		}
		var sets fact.Section[[]firewall.Set]
		if json.Unmarshal(o.Data, &sets) != nil || len(sets.Value) == 0 {
			break
		}
		return sets.Value, nil
	}
	return nil, none
}
