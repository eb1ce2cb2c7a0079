package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"steward/collect/fact"
	"steward/collect/network"
	"steward/collect/network/banner"
	"steward/collect/network/device"
	"steward/collect/network/identify"
	"steward/collect/network/seen"
	"steward/collect/network/snmp"
	"steward/collect/network/sweep"
	"steward/collect/network/topology"
)

func networkCollector() collector {
	return collector{
		name: "network", summary: "what is on a network: addresses that answer, devices by SNMP, what they are, how they connect",
		help: `Usage: steward collect network TARGET… [flags]
       steward collect network --recording FILE… [flags]

Sweeps the targets, asks the hosts that answered by SNMP if credentials are given,
and prints what they are, each with its evidence. Nothing is written to a device.
A target is an address, a network (10.1.0.0/16), a range (10.1.0.10-20) or a
host name. Addresses outside private ranges are refused unless --allow names them.

  --exclude NETWORK       leave these out; may be repeated
  --allow NETWORK         these may be swept though they are not private; may be repeated
  --methods icmp,arp,nd   how to find hosts: icmp, tcp, arp, nd (IPv6 neighbours)
  --ports 22,443          TCP ports to connect to; adds tcp to the methods
  --rate 1000             probes a second, at most
  --timeout 1s            for an answer; doubled with each --retries
  --retries 1             tries again, for a probe and for a question by SNMP
  --state FILE            go on from here after a stop; written while sweeping
  --no-sweep              ask every target by SNMP, whether it answers otherwise or not

  --credentials FILE      JSON list of SNMP credentials, tried in order; also by
                          STEWARD_SNMP_CREDENTIALS. Form: [{"name": "core", "version": "3",
                          "user": "…", "auth": "sha256", "auth_password": "…", "priv": "aes",
                          "priv_password": "…"}, {"version": "2c", "community": "…",
                          "networks": ["10.2.0.0/16"]}]
                          STEWARD_SNMP_COMMUNITY is one more, of version 2c, tried last.
  --snmp-rate 2000        SNMP questions a second over all devices, at most
  --snmp-timeout 2s       for an agent's first answer; afterwards by its own pace
  --snmp-port 161
  --parallel 64           devices asked at once
  --device-timeout 10m    for the whole of one device
  --sections LIST         only these: ` + strings.Join(device.Sections(), ", ") + `
  --devices DIR           more device data (*.json), preferred to the built-in
  --banners               also read what services say of themselves: SSH, FTP, mail and
                          Telnet greetings, web servers' names, titles and certificates, at
                          --ports, else 22, 80 and 443. Tells devices without SNMP apart.
  --topology              find the links between the devices
  --svg FILE              draw them; with --topology or instead of it
  --recording             the targets are recorded walks: snmprec or snmpwalk -On -Oe

Example: steward collect network 10.1.0.0/24 --credentials snmp.json --topology
Example: steward collect network --recording switch.snmprec`,
		schema: func() []byte {
			return factSchema("collect network", map[string]any{network.KindHost: sweep.Host{}, network.KindSweep: sweep.Summary{}, network.KindDevice: seen.Device{},
				network.KindUnseen: network.Unseen{}, network.KindNode: topology.Node{}, network.KindLink: topology.Link{}})
		},
		run: runNetwork,
	}
}

func runNetwork(ctx context.Context, s streams, args []string, emit fact.Emit) error {
	fs := newFlags("collect network")
	var exclude, allow several
	fs.Var(&exclude, "exclude", "")
	fs.Var(&allow, "allow", "")
	methods := fs.String("methods", "", "")
	ports := fs.String("ports", "", "")
	rate := fs.Float64("rate", 1000, "")
	timeout := fs.Duration("timeout", time.Second, "")
	retries := fs.Int("retries", 1, "")
	state := fs.String("state", "", "")
	noSweep := fs.Bool("no-sweep", false, "")
	credentials := fs.String("credentials", os.Getenv("STEWARD_SNMP_CREDENTIALS"), "")
	snmpRate := fs.Float64("snmp-rate", 2000, "")
	snmpTimeout := fs.Duration("snmp-timeout", 2*time.Second, "")
	port := fs.Uint("snmp-port", 161, "")
	parallel := fs.Int("parallel", 64, "")
	deviceTimeout := fs.Duration("device-timeout", 10*time.Minute, "")
	sections := fs.String("sections", "", "")
	devices := fs.String("devices", "", "")
	banners := fs.Bool("banners", false, "")
	links := fs.Bool("topology", false, "")
	picture := fs.String("svg", "", "")
	recording := fs.Bool("recording", false, "")
	list, err := parse(fs, args)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return wrongUse("name what to look at: an address, a network, a range or a host name, or a file with --recording")
	}
	rules := identify.Builtin()
	if *devices != "" {
		if rules, err = identify.WithFolder(*devices); err != nil {
			return wrongUse("--devices: %s", err)
		}
	}
	var parts []string
	for p := range strings.SplitSeq(*sections, ",") {
		if p = strings.TrimSpace(p); p == "" {
			continue
		}
		if !slices.Contains(device.Sections(), p) {
			return wrongUse("--sections: there is no %q; there are %s", p, strings.Join(device.Sections(), ", "))
		}
		parts = append(parts, p)
	}
	if *recording {
		return recordings(ctx, list, rules, parts, *links, *picture, emit)
	}
	switch {
	case *rate <= 0 || *snmpRate <= 0:
		return wrongUse("--rate and --snmp-rate are above 0")
	case *timeout <= 0 || *snmpTimeout <= 0 || *deviceTimeout <= 0:
		return wrongUse("the timeouts are above 0")
	case *port < 1 || *port > 65535:
		return wrongUse("--snmp-port is from 1 to 65535")
	case *parallel < 1 || *parallel > 4096:
		return wrongUse("--parallel is from 1 to 4096")
	case *retries < 0 || *retries > 10:
		return wrongUse("--retries is from 0 to 10")
	}
	targets, err := sweep.ParseTargets(ctx, list, exclude, allow, nil)
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return wrongUse("%s", err)
	}
	c := network.Config{Targets: targets, Rules: rules, Sections: parts, Port: uint16(*port), Timeout: *snmpTimeout, Retries: noneIsBelow(*retries), Rate: *snmpRate, Parallel: *parallel,
		Device: *deviceTimeout, Topology: *links, Progress: func(line string) { fmt.Fprintln(s.err, "steward collect network: "+line) }}
	if *picture != "" {
		c.Map = func(m topology.Map) error { return draw(*picture, m) }
	}
	if c.Credentials, err = networkCredentials(s, *credentials); err != nil {
		return err
	}
	if *banners && *ports == "" {
		*ports = strings.Trim(strings.Join(strings.Fields(fmt.Sprint(banner.Ports)), ","), "[]")
	}
	if *noSweep && len(c.Credentials) == 0 && !*banners {
		return wrongUse("--no-sweep without SNMP credentials or --banners leaves nothing to ask")
	}
	c.Sweep = &sweep.Options{Rate: *rate, Timeout: *timeout, Retries: noneIsBelow(*retries), State: *state}
	for p := range strings.SplitSeq(*ports, ",") {
		if p = strings.TrimSpace(p); p == "" {
			continue
		}
		n, err := strconv.Atoi(p)
		if err != nil || n < 1 || n > 65535 {
			return wrongUse("--ports: %q is no port from 1 to 65535", p)
		}
		c.Sweep.Ports = append(c.Sweep.Ports, n)
	}
	if *banners {
		c.Banners = c.Sweep.Ports
	}
	if *noSweep {
		c.Sweep = nil
		return network.Run(ctx, c, emit)
	}
	for m := range strings.SplitSeq(*methods, ",") {
		if m = strings.TrimSpace(m); m == "" {
			continue
		}
		if !slices.Contains(sweep.Methods(), m) {
			return wrongUse("--methods: there is no %q; there are %s", m, strings.Join(sweep.Methods(), ", "))
		}
		c.Sweep.Methods = append(c.Sweep.Methods, m)
	}
	if tcp := slices.Contains(c.Sweep.Methods, "tcp"); tcp && len(c.Sweep.Ports) == 0 {
		return wrongUse("the method tcp needs --ports")
	} else if !tcp && len(c.Sweep.Methods) > 0 && len(c.Sweep.Ports) > 0 {
		c.Sweep.Methods = append(c.Sweep.Methods, "tcp")
	}
	return network.Run(ctx, c, emit)
}

// noneIsBelow turns the flag's 0, no retry, into the packages' way of saying so.
func noneIsBelow(n int) int {
	if n == 0 {
		return -1
	}
	return n
}

// networkCredentials reads the file and the environment. Secrets stay in them.
func networkCredentials(s streams, file string) ([]network.Credential, error) {
	var list []network.Credential
	if file != "" {
		raw, err := os.ReadFile(file)
		if err != nil {
			return nil, wrongUse("--credentials: %s", err)
		}
		if info, err := os.Stat(file); err == nil && info.Mode().Perm()&0o077 != 0 {
			fmt.Fprintf(s.err, "steward collect network: %s can be read by others; chmod 600 would keep its secrets\n", file)
		}
		if list, err = network.ReadCredentials(raw); err != nil {
			return nil, wrongUse("--credentials: %s: %s", file, err)
		}
	}
	if community := os.Getenv("STEWARD_SNMP_COMMUNITY"); community != "" {
		list = append(list, network.Credential{Credential: snmp.Credential{Name: "STEWARD_SNMP_COMMUNITY", Version: 2, Community: community}})
	}
	return list, nil
}

// recordings prints recorded walks as if they were devices.
func recordings(ctx context.Context, files []string, rules *identify.Rules, sections []string, links bool, picture string, emit fact.Emit) error {
	var devices []seen.Device
	for _, name := range files {
		d, err := network.FromRecording(ctx, name, rules, device.Options{Sections: sections})
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			return wrongUse("%s", err)
		}
		if err := emit(fact.Observation{Kind: network.KindDevice, Target: name, At: time.Now().UTC(), Source: name, Method: "recording", Data: d}); err != nil {
			return err
		}
		if links || picture != "" {
			devices = append(devices, d)
		}
	}
	return connections(devices, links, picture, emit)
}

// connections tells and draws how devices are connected.
func connections(devices []seen.Device, links bool, picture string, emit fact.Emit) error {
	if !links && picture == "" {
		return nil
	}
	m := topology.Build(devices)
	if links {
		if err := network.Links(m, emit); err != nil {
			return err
		}
	}
	if picture == "" {
		return nil
	}
	return draw(picture, m)
}

func draw(file string, m topology.Map) error {
	return os.WriteFile(file, []byte(topology.SVG(m)), 0o644)
}
