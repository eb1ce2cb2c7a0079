package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"steward/collect/fact"
	"steward/collect/network"
	"steward/collect/network/frame"
	"steward/collect/network/receive"
	"steward/collect/network/seen"
	"steward/collect/network/snmp"
	"steward/collect/network/topology"
)

func receiveCollector() collector {
	return collector{
		name: "receive", summary: "what devices send: traps, syslog, NetFlow, IPFIX, sFlow; LLDP and CDP",
		help: `Usage: steward collect receive [--snmp-trap ADDR] [--syslog-udp ADDR] … [--for TIME] [--max N]
       steward collect receive --capture FILE…
       steward collect receive --interface NAME [--for TIME]

Listens and prints what arrives until it is interrupted. Without any address it
listens to everything but TLS on loopback, at ports that need no right.

  --snmp-trap ADDR    SNMP traps and informs of versions 1, 2c and 3 (127.0.0.1:1162)
  --snmp-secrets FILE who is let in, as JSON: {"communities": ["…"], "users": [{"name": "…",
                      "auth": "sha256", "auth_password": "…", "priv": "aes", "priv_password": "…"}]};
                      without communities there, every community is
  --snmp-engine HEX   own engine id, where senders of informs (version 3) have it configured
  --syslog-udp ADDR   syslog, RFC 5424 and 3164 (127.0.0.1:1514)
  --syslog-tcp ADDR   the same over TCP, with counts or lines (127.0.0.1:1514)
  --syslog-tls ADDR   the same over TLS; needs --cert FILE and --key FILE (PEM)
  --netflow ADDR      NetFlow v5, v9 and IPFIX over UDP (127.0.0.1:2055)
  --sflow ADDR        sFlow v5 (127.0.0.1:6343)
  --for TIME          stop after this time, as 10m
  --max N             stop after N facts
  --top N             flows told for each minute (1000); the others are one sum
  --zone NAME         of syslog times without a zone, as Europe/Berlin (UTC)
  --interface NAME    hear LLDP and CDP at an interface (Linux; needs CAP_NET_RAW)
  --capture FILE      a capture (pcap or pcapng): the neighbours that were heard in it, and
                      every malformed announcement by frame, offset and what is wrong
  --topology          with captures: the links as well, each capture being a device that listened
  --svg FILE          with captures: draw them

Example: steward collect receive --snmp-trap 0.0.0.0:162 --syslog-udp 0.0.0.0:514
Example: steward collect receive --capture trunk.pcapng`,
		schema: func() []byte {
			return factSchema("collect receive", map[string]any{"trap": receive.Trap{}, "syslog": receive.Message{}, "flow": receive.Flow{}, "counters": receive.Counters{},
				"malformed": receive.Malformed{}, "receiver": receive.Status{}, "neighbour": frame.Sighting{}, "malformed-frame": frame.Problem{}, "capture": frame.Summary{},
				network.KindNode: topology.Node{}, network.KindLink: topology.Link{}, "gap": fact.Gap{}})
		},
		run: runReceive,
	}
}

func runReceive(ctx context.Context, s streams, args []string, emit fact.Emit) error {
	fs := newFlags("collect receive")
	var captures several
	var c receive.Config
	fs.Var(&captures, "capture", "")
	fs.StringVar(&c.Trap, "snmp-trap", "", "")
	fs.StringVar(&c.SyslogUDP, "syslog-udp", "", "")
	fs.StringVar(&c.SyslogTCP, "syslog-tcp", "", "")
	fs.StringVar(&c.SyslogTLS, "syslog-tls", "", "")
	fs.StringVar(&c.NetFlow, "netflow", "", "")
	fs.StringVar(&c.SFlow, "sflow", "", "")
	fs.DurationVar(&c.For, "for", 0, "")
	fs.IntVar(&c.Max, "max", 0, "")
	fs.IntVar(&c.Top, "top", 0, "")
	secrets := fs.String("snmp-secrets", "", "")
	engine := fs.String("snmp-engine", "", "")
	cert, key := fs.String("cert", "", ""), fs.String("key", "", "")
	zone := fs.String("zone", "UTC", "")
	card := fs.String("interface", "", "")
	links := fs.Bool("topology", false, "")
	picture := fs.String("svg", "", "")
	rest, err := parse(fs, args)
	if err != nil {
		return err
	}
	switch {
	case len(captures) > 0:
		var devices []seen.Device
		for _, name := range append(captures, rest...) {
			heard, err := readCapture(ctx, name, emit)
			if err != nil {
				return err
			}
			devices = append(devices, frame.Device(filepath.Base(name), heard))
		}
		return connections(devices, *links, *picture, emit)
	case *links || *picture != "":
		return wrongUse("--topology and --svg go with --capture; of devices asked by SNMP, `steward collect network --topology` finds the links")
	case len(rest) > 0:
		return wrongUse("receive takes no target; for a capture write --capture %s", rest[0])
	case c.For < 0 || c.Max < 0 || c.Top < 0:
		return wrongUse("--for, --max and --top must not be negative")
	case *card != "":
		return listenFrames(ctx, *card, c.For, c.Max, emit)
	}
	if c.Trap+c.SyslogUDP+c.SyslogTCP+c.SyslogTLS+c.NetFlow+c.SFlow == "" {
		c.Trap, c.SyslogUDP, c.SyslogTCP, c.NetFlow, c.SFlow = "127.0.0.1:1162", "127.0.0.1:1514", "127.0.0.1:1514", "127.0.0.1:2055", "127.0.0.1:6343"
	}
	if c.Zone, err = time.LoadLocation(*zone); err != nil {
		return wrongUse("--zone: %s", err)
	}
	if *engine != "" {
		if _, err := fmt.Sscanf(strings.TrimPrefix(*engine, "0x"), "%x", &c.Engine); err != nil || len(c.Engine) < 5 || len(c.Engine) > 32 {
			return wrongUse("--snmp-engine %q should be 5 to 32 bytes in hexadecimal", *engine)
		}
	}
	if *secrets != "" {
		if c.Credentials, err = trapCredentials(*secrets); err != nil {
			return err
		}
	}
	if c.SyslogTLS != "" {
		if *cert == "" || *key == "" {
			return wrongUse("--syslog-tls needs --cert and --key")
		}
		pair, err := tls.LoadX509KeyPair(*cert, *key)
		if err != nil {
			return wrongUse("%s", err)
		}
		c.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	}
	c.Started = func(protocol, address string) { fmt.Fprintf(s.err, "%s is received at %s\n", protocol, address) }
	return receive.Run(ctx, c, func(o fact.Observation) error {
		if status, ok := o.Data.(receive.Status); ok {
			if said := status.Said(); said != "" {
				fmt.Fprintln(s.err, said)
			}
		}
		return emit(o)
	})
}

// trapCredentials reads who may send traps. Faults are told without the secrets.
func trapCredentials(path string) ([]snmp.Credential, error) {
	var given struct {
		Communities []string `json:"communities"`
		Users       []struct {
			Name         string `json:"name"`
			Auth         string `json:"auth"`
			AuthPassword string `json:"auth_password"`
			Priv         string `json:"priv"`
			PrivPassword string `json:"priv_password"`
		} `json:"users"`
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, wrongUse("%v", err)
	}
	if err := json.Unmarshal(b, &given); err != nil {
		return nil, wrongUse("%s is not the JSON that --help shows", path)
	}
	var all []snmp.Credential
	for i, community := range given.Communities {
		all = append(all, snmp.Credential{Name: fmt.Sprintf("community %d", i+1), Version: 2, Community: community})
	}
	for i, u := range given.Users {
		all = append(all, snmp.Credential{Name: fmt.Sprintf("user %d", i+1), Version: 3,
			User: snmp.User{Name: u.Name, Auth: u.Auth, AuthPassword: u.AuthPassword, Priv: u.Priv, PrivPassword: u.PrivPassword}})
	}
	for _, c := range all {
		if err := c.Check(); err != nil {
			return nil, wrongUse("%s: %s: %v", path, c.Name, err)
		}
	}
	return all, nil
}

// listenFrames tells neighbours as they are heard at an interface.
func listenFrames(ctx context.Context, card string, length time.Duration, limit int, emit fact.Emit) error {
	if length > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, length)
		defer cancel()
	}
	ctx, enough := context.WithCancel(ctx)
	defer enough()
	heard, told := frame.NewListening(), 0
	err := frame.Listen(ctx, card, func(p frame.Packet, n *frame.Neighbour, faults []frame.Problem) error {
		say := func(kind, method string, data any) error {
			if limit > 0 && told >= limit {
				return nil
			}
			if told++; told == limit {
				defer enough()
			}
			return emit(fact.Observation{Kind: kind, Target: card, At: p.At, Source: "interface " + card, Method: method, Data: data})
		}
		for _, fault := range faults {
			if err := say("malformed-frame", fault.Protocol, fault); err != nil {
				return err
			}
		}
		if n == nil {
			return nil
		}
		if sighting, fresh := heard.Heard(*n, p); fresh {
			return say("neighbour", n.Protocol, sighting)
		}
		return nil
	})
	if right := (frame.Right{}); errors.As(err, &right) {
		if err := emit(fact.Observation{Kind: "gap", Target: card, At: time.Now().UTC(), Source: "interface " + card, Method: "packet socket",
			Data: fact.Gap{What: "neighbours by LLDP and CDP", Why: right.Error(), Needs: right.Needs()}}); err != nil {
			return err
		}
	}
	return err
}

// readCapture tells the neighbours of one capture, faults first as they are met.
func readCapture(ctx context.Context, name string, emit fact.Emit) ([]frame.Sighting, error) {
	f := os.Stdin
	if name != "-" {
		var err error
		if f, err = os.Open(name); err != nil {
			return nil, wrongUse("%s", err)
		}
		defer f.Close()
	}
	target, now := filepath.Base(name), time.Now().UTC()
	heard, sum, err := frame.Read(ctx, f, func(p frame.Problem) error {
		o := fact.Observation{Kind: "malformed-frame", Target: target, At: now, Source: fmt.Sprintf("frame %d", p.Frame), Method: "capture", Data: p}
		if p.Frame == 0 {
			o.Source = "the file"
		}
		if !p.At.IsZero() {
			o.At = p.At
		}
		return emit(o)
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	for _, n := range heard {
		o := fact.Observation{Kind: "neighbour", Target: target, At: now, Source: fmt.Sprintf("frame %d (%s)", n.Frame, strings.ToUpper(n.Protocol)), Method: n.Protocol, Data: n}
		if !n.LastAt.IsZero() {
			o.At = n.LastAt
		}
		if err := emit(o); err != nil {
			return nil, err
		}
	}
	for _, link := range slices.Sorted(maps.Keys(sum.Unread)) {
		if err := emit(fact.Observation{Kind: "gap", Target: target, At: now, Source: name, Method: "capture",
			Data: fact.Gap{What: fmt.Sprintf("%d frames", sum.Unread[link]), Why: "frames of form " + link + " are not read",
				Needs: "a capture of Ethernet, Linux cooked, PPP or Cisco HDLC frames"}}); err != nil {
			return nil, err
		}
	}
	return heard, emit(fact.Observation{Kind: "capture", Target: target, At: now, Source: name, Method: "capture", Data: sum})
}
