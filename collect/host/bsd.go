package host

import (
	"bytes"
	"context"
	"strconv"
	"strings"

	"steward/collect/fact"
)

// bsd takes the inventory of a FreeBSD, or of what little it finds alike on
// another system. Sections it does not look at say so.
func (c *collection) bsd(ctx context.Context) error {
	s := fact.System{Family: "freebsd", Product: "freebsd", Timezone: c.timezone()}
	if out, err := c.Command(ctx, "freebsd-version", "-u"); err == nil {
		s.Full = strings.TrimSpace(string(out))
		s.Release, _, _ = strings.Cut(s.Full, "-")
		s.Name = "FreeBSD " + s.Full
		s.Support = fact.SupportOf("freebsd", s.Release)
	}
	if out, err := c.Command(ctx, "uname", "-rm"); err == nil {
		if f := strings.Fields(string(out)); len(f) == 2 {
			s.Kernel, s.Architecture = f[0], goArch(f[1])
		}
	}
	c.inv.System = fact.Saw(s)
	h := fact.Hardware{}
	if out, err := c.Command(ctx, "sysctl", "hw.model", "hw.ncpu", "hw.physmem", "hw.machine_arch", "kern.boottime", "kern.hostuuid"); err == nil {
		v := parseSysctl(out)
		h.CPU = &fact.CPU{Model: v["hw.model"], Architecture: v["hw.machine_arch"]}
		if n, err := strconv.Atoi(v["hw.ncpu"]); err == nil && n > 0 {
			h.CPU.Threads = &n
		}
		if n, err := strconv.ParseInt(v["hw.physmem"], 10, 64); err == nil && n > 0 {
			h.Memory = &n
		}
		c.inv.Volatile.Booted = parseBoottime([]byte(v["kern.boottime"]))
		c.inv.Identity.Value.MachineID = strings.ReplaceAll(v["kern.hostuuid"], "-", "")
	}
	env := func(key string) string {
		out, err := c.Command(ctx, "kenv", "-q", key)
		if err != nil {
			return ""
		}
		return strings.TrimSpace(string(out))
	}
	h.Vendor, h.Model = env("smbios.system.maker"), env("smbios.system.product")
	c.inv.Identity.Value.Serial, c.inv.Identity.Value.UUID = env("smbios.system.serial"), strings.ToLower(env("smbios.system.uuid"))
	c.inv.Hardware = fact.Saw(h)
	c.unixIdentity()
	c.liveInterfaces()
	c.accounts()
	if out, err := c.Command(ctx, "pkg", "query", "%n\t%v\t%q\t%R\t%o\t%sb\t%a"); err == nil {
		c.inv.Packages = fact.Saw(parsePkgQuery(out))
	} else {
		why, needs := reason(err)
		c.inv.Packages = fact.Unseen[[]fact.Package]("packages", "pkg: "+why, needs)
	}
	if out, err := c.Command(ctx, "sockstat", "-46l"); err == nil {
		c.inv.Ports = fact.Saw(parseSockstat(out))
	} else {
		why, needs := reason(err)
		c.inv.Ports = fact.Unseen[[]fact.Port]("listening ports", "sockstat: "+why, needs)
	}
	c.firewalls(ctx)
	c.inv.Antivirus = fact.Unseen[[]fact.Antivirus]("malware protection", "it is not looked for on this system", "")
	c.inv.Updates = fact.Unseen[fact.Updates]("pending updates", "pkg knows them only by the network, which is not used", "")
	c.inv.Services = fact.Unseen[[]fact.Service]("services", "they are not read on this system", "")
	return nil
}

// parseSysctl reads "name: value" lines.
func parseSysctl(out []byte) map[string]string {
	values := map[string]string{}
	for line := range bytes.Lines(out) {
		if key, value, found := strings.Cut(strings.ToValidUTF8(strings.TrimSpace(string(line)), ""), ": "); found {
			values[key] = value
		}
	}
	return values
}

// parsePkgQuery reads pkg query's fields: name, version, ABI, repository,
// origin, size, whether it came along.
func parsePkgQuery(out []byte) []fact.Package {
	var all []fact.Package
	for line := range bytes.Lines(out) {
		f := strings.Split(strings.ToValidUTF8(strings.TrimRight(string(line), "\r\n"), ""), "\t")
		if len(f) != 7 || f[0] == "" {
			continue
		}
		p := fact.Package{Name: f[0], Version: f[1], Arch: f[2][strings.LastIndexByte(f[2], ':')+1:], Origin: f[3], Source: f[4], Manager: "pkg", Auto: f[6] == "1"}
		if n, err := strconv.ParseInt(f[5], 10, 64); err == nil && n >= 0 {
			p.Bytes = &n
		}
		all = append(all, p)
	}
	return all
}

// parseSockstat reads `sockstat -46l`: user, command, pid, fd, protocol, local.
func parseSockstat(out []byte) []fact.Port {
	var all []fact.Port
	for line := range bytes.Lines(out) {
		f := strings.Fields(strings.ToValidUTF8(string(line), ""))
		if len(f) < 6 || f[0] == "USER" {
			continue
		}
		i := strings.LastIndexByte(f[5], ':')
		if i < 0 {
			continue
		}
		n, err := strconv.Atoi(f[5][i+1:])
		if err != nil || n < 1 || n > 65535 {
			continue
		}
		address := strings.Trim(f[5][:i], "[]")
		if address == "*" {
			address = "0.0.0.0"
			if strings.HasSuffix(f[4], "6") {
				address = "::"
			}
		}
		all = append(all, fact.Port{Protocol: strings.TrimRight(f[4], "46"), Address: address, Port: n, Process: f[1], Account: f[0]})
	}
	return all
}
