package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"steward/collect/fact"
	"steward/collect/network/frame"
)

func receiveCollector() collector {
	return collector{
		name: "receive", summary: "what devices send: LLDP and CDP out of captures",
		help: `Usage: steward collect receive --capture FILE…

  --capture FILE   a capture (pcap or pcapng): the neighbours that were heard in it, and
                   every malformed announcement by frame, offset and what is wrong

Example: steward collect receive --capture trunk.pcapng`,
		schema: func() []byte {
			return factSchema("collect receive", map[string]any{"neighbour": frame.Sighting{}, "malformed-frame": frame.Problem{}, "capture": frame.Summary{}, "gap": fact.Gap{}})
		},
		run: runReceive,
	}
}

func runReceive(ctx context.Context, s streams, args []string, emit fact.Emit) error {
	fs := newFlags("collect receive")
	var captures several
	fs.Var(&captures, "capture", "")
	rest, err := parse(fs, args)
	if err != nil {
		return err
	}
	if len(captures) > 0 {
		for _, name := range append(captures, rest...) {
			if err := readCapture(ctx, name, emit); err != nil {
				return err
			}
		}
		return nil
	}
	return wrongUse("say what to receive; `steward collect receive --help` shows it")
}

// readCapture tells the neighbours of one capture, faults first as they are met.
func readCapture(ctx context.Context, name string, emit fact.Emit) error {
	f := os.Stdin
	if name != "-" {
		var err error
		if f, err = os.Open(name); err != nil {
			return wrongUse("%s", err)
		}
		defer f.Close()
	}
	target, now := filepath.Base(name), time.Now().UTC()
	seen, sum, err := frame.Read(ctx, f, func(p frame.Problem) error {
		o := fact.Observation{Kind: "malformed-frame", Target: target, At: now, Source: "frame " + fmt.Sprint(p.Frame), Method: "capture", Data: p}
		if p.Frame == 0 {
			o.Source = "the file"
		}
		if !p.At.IsZero() {
			o.At = p.At
		}
		return emit(o)
	})
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	for _, n := range seen {
		o := fact.Observation{Kind: "neighbour", Target: target, At: now, Source: fmt.Sprintf("frame %d (%s)", n.Frame, strings.ToUpper(n.Protocol)), Method: n.Protocol, Data: n}
		if !n.LastAt.IsZero() {
			o.At = n.LastAt
		}
		if err := emit(o); err != nil {
			return err
		}
	}
	for _, link := range slices.Sorted(maps.Keys(sum.Unread)) {
		frames := sum.Unread[link]
		if err := emit(fact.Observation{Kind: "gap", Target: target, At: now, Source: name, Method: "capture",
			Data: fact.Gap{What: fmt.Sprintf("%d frames", frames), Why: "frames of form " + link + " are not read", Needs: "a capture of Ethernet, Linux cooked, PPP or Cisco HDLC frames"}}); err != nil {
			return err
		}
	}
	return emit(fact.Observation{Kind: "capture", Target: target, At: now, Source: name, Method: "capture", Data: sum})
}
