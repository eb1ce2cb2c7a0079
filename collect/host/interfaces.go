package host

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net"
	"net/netip"
	"path"
	"slices"
	"strconv"
	"strings"

	"steward/collect/fact"
)

// hardwareAdapter reports whether an interface is an adapter that belongs to
// the machine: one with a device behind it, not on USB.
func (c *collection) hardwareAdapter(name string) bool {
	dir := "/sys/class/net/" + name
	if c.Text(dir+"/type") != "1" || !c.Exists(dir+"/device") {
		return false
	}
	return c.bus(dir+"/device") != "usb"
}

// bus names what a device hangs on, by where its subsystem link points.
func (c *collection) bus(device string) string {
	return path.Base(strings.TrimSuffix(c.Link(device+"/subsystem"), "/"))
}

func (c *collection) interfaces(ctx context.Context) {
	section := fact.Saw([]fact.Interface{})
	names := c.Names("/sys/class/net")
	addresses, err := c.addresses(ctx)
	if len(names) == 0 {
		for name := range addresses {
			names = append(names, name)
		}
		slices.Sort(names)
	}
	if len(names) == 0 {
		c.inv.Interfaces = fact.Unseen[[]fact.Interface]("interfaces", "/sys/class/net cannot be read", "")
		return
	}
	if err != nil {
		why, needs := reason(err)
		section.Miss("addresses", why, needs)
	}
	gateways := c.gateways()
	resolvers := c.resolvers()
	for _, name := range names {
		dir := "/sys/class/net/" + name + "/"
		i := fact.Interface{Name: name, Addresses: addresses[name], Gateway: gateways[name]}
		i.Kind = c.interfaceKind(name)
		if i.Kind == "veth" || i.Kind == "" && len(i.Addresses) == 0 {
			continue
		}
		i.MAC, _ = fact.MAC(c.Text(dir + "address"))
		if i.MAC == "00:00:00:00:00:00" {
			i.MAC = ""
		}
		if n := c.Number(dir + "mtu"); n != nil {
			i.MTU = new(int(*n))
		}
		if n := c.Number(dir + "speed"); n != nil && *n > 0 && *n < 10_000_000 {
			i.Mbits = new(int(*n))
		}
		switch c.Text(dir + "operstate") {
		case "up":
			i.Up = new(true)
		case "down", "lowerlayerdown", "notpresent":
			i.Up = new(false)
		case "unknown": // loopback and tunnels: the flags tell
			if f, err := strconv.ParseUint(strings.TrimPrefix(c.Text(dir+"flags"), "0x"), 16, 32); err == nil {
				i.Up = new(f&1 == 1)
			}
		}
		if c.Exists(dir + "device") {
			i.Bus = c.bus(dir + "device")
			i.Driver = path.Base(c.Link(dir + "device/driver"))
		}
		i.Bus, i.Driver = strings.TrimPrefix(i.Bus, "."), strings.TrimPrefix(i.Driver, ".")
		if master := c.Link(dir + "master"); master != "" {
			i.Parent = path.Base(master)
		}
		if vlan, err := c.Read("/proc/net/vlan/" + name); err == nil {
			i.VLAN, i.Parent = parseVLAN(vlan)
		}
		if i.Gateway != "" {
			i.DNS = resolvers
		}
		i.DHCP = c.dhcp(name, dir, i)
		section.Value = append(section.Value, i)
	}
	c.inv.Interfaces = section
}

func (c *collection) interfaceKind(name string) string {
	dir := "/sys/class/net/" + name
	kind := ""
	for _, line := range strings.Split(c.Text(dir+"/uevent"), "\n") {
		if t, found := strings.CutPrefix(line, "DEVTYPE="); found {
			kind = t
		}
	}
	switch {
	case c.Text(dir+"/type") == "772":
		return "loopback"
	case kind == "wlan" || c.Exists(dir+"/wireless") || c.Exists(dir+"/phy80211"):
		return "wifi"
	case kind == "bridge" || c.Exists(dir+"/bridge"):
		return "bridge"
	case kind == "bond" || c.Exists(dir+"/bonding"):
		return "bond"
	case kind == "vlan" || c.Exists("/proc/net/vlan/"+name):
		return "vlan"
	case kind == "wireguard" || c.Exists(dir+"/tun_flags") || slices.Contains([]string{"65534", "768", "769", "776", "778"}, c.Text(dir+"/type")):
		return "tunnel"
	case strings.HasPrefix(name, "veth") && !c.Exists(dir+"/device"):
		return "veth"
	case c.Text(dir+"/type") == "1" && c.Exists(dir+"/device"):
		return "ethernet"
	case c.Text(dir+"/type") == "1":
		if to := c.Link(dir); strings.Contains(to, "/virtual/") {
			return "virtual"
		}
		return "ethernet"
	}
	return ""
}

// addresses returns each interface's addresses with prefix length, without
// temporary ones. The kernel is asked directly on this machine, `ip` otherwise.
func (c *collection) addresses(ctx context.Context) (map[string][]string, error) {
	temporary := c.temporaryAddresses()
	all := map[string][]string{}
	if c.Live {
		interfaces, err := net.Interfaces()
		if err != nil {
			return all, err
		}
		for _, i := range interfaces {
			list, err := i.Addrs()
			if err != nil {
				return all, err
			}
			for _, a := range list {
				p, err := netip.ParsePrefix(a.String())
				if err == nil && !temporary[p.Addr()] {
					all[i.Name] = append(all[i.Name], p.String())
				}
			}
		}
		return all, nil
	}
	out, err := c.Command(ctx, "ip", "-j", "addr")
	if err != nil {
		return all, err
	}
	return parseIPAddr(out)
}

// parseIPAddr reads `ip -j addr`.
func parseIPAddr(out []byte) (map[string][]string, error) {
	var links []struct {
		Name      string `json:"ifname"`
		Addresses []struct {
			Local     string `json:"local"`
			Prefix    int    `json:"prefixlen"`
			Temporary bool   `json:"temporary"`
		} `json:"addr_info"`
	}
	all := map[string][]string{}
	if err := json.Unmarshal(out, &links); err != nil {
		return all, fmt.Errorf("ip -j addr: %w", err)
	}
	for _, l := range links {
		all[l.Name] = []string{}
		for _, a := range l.Addresses {
			if addr, err := netip.ParseAddr(a.Local); err == nil && !a.Temporary {
				if p := netip.PrefixFrom(addr, a.Prefix); p.IsValid() {
					all[l.Name] = append(all[l.Name], p.String())
				}
			}
		}
	}
	return all, nil
}

// temporaryAddresses reads those of /proc/net/if_inet6 that privacy
// extensions made (flag 0x01), which change daily.
func (c *collection) temporaryAddresses() map[netip.Addr]bool {
	b, _ := c.Read("/proc/net/if_inet6")
	return parseTemporary(b)
}

func parseTemporary(b []byte) map[netip.Addr]bool {
	all := map[netip.Addr]bool{}
	for line := range bytes.Lines(b) {
		f := strings.Fields(string(line))
		if len(f) < 6 {
			continue
		}
		raw, err := hex.DecodeString(f[0])
		flags, errFlags := strconv.ParseUint(f[4], 16, 32)
		if err != nil || errFlags != nil || len(raw) != 16 || flags&1 == 0 {
			continue
		}
		a, _ := netip.AddrFromSlice(raw)
		all[a] = true
	}
	return all
}

// gateways reads the default routes: interface → next hop, IPv4 before IPv6.
func (c *collection) gateways() map[string]string {
	b4, _ := c.Read("/proc/net/route")
	b6, _ := c.Read("/proc/net/ipv6_route")
	return parseRoutes(b4, b6)
}

func parseRoutes(b4, b6 []byte) map[string]string {
	all := map[string]string{}
	for line := range bytes.Lines(b4) {
		f := strings.Fields(string(line))
		if len(f) < 8 || f[1] != "00000000" || f[7] != "00000000" {
			continue
		}
		if a, ok := parseProcAddress(f[2] + ":0000"); ok && !a.Addr().IsUnspecified() && all[f[0]] == "" {
			all[f[0]] = a.Addr().String()
		}
	}
	for line := range bytes.Lines(b6) {
		f := strings.Fields(string(line))
		if len(f) < 10 || strings.Trim(f[0], "0") != "" || f[1] != "00" {
			continue
		}
		raw, err := hex.DecodeString(f[4])
		if a, ok := netip.AddrFromSlice(raw); err == nil && ok && !a.IsUnspecified() && all[f[9]] == "" {
			all[f[9]] = a.String()
		}
	}
	return all
}

// resolvers are the name servers in use; the stub of systemd-resolved is
// looked behind.
func (c *collection) resolvers() []string {
	for _, p := range []string{"/run/systemd/resolve/resolv.conf", "/etc/resolv.conf"} {
		if b, err := c.Read(p); err == nil {
			if servers := parseResolv(b); len(servers) > 0 {
				return servers
			}
		}
	}
	return nil
}

func parseResolv(b []byte) []string {
	var servers []string
	for line := range bytes.Lines(b) {
		f := strings.Fields(string(line))
		if len(f) >= 2 && f[0] == "nameserver" {
			if a, err := netip.ParseAddr(f[1]); err == nil {
				servers = append(servers, a.String())
			}
		}
	}
	return servers
}

func parseVLAN(b []byte) (id *int, parent string) {
	for line := range bytes.Lines(b) {
		s := string(line)
		if _, after, found := strings.Cut(s, "VID: "); found {
			if f := strings.Fields(after); len(f) > 0 {
				if n, err := strconv.Atoi(f[0]); err == nil {
					id = &n
				}
			}
		}
		if device, found := strings.CutPrefix(s, "Device: "); found {
			parent = strings.TrimSpace(device)
		}
	}
	return id, parent
}

// dhcp tells whether an interface's address was leased, by the leases clients
// keep; unknown when none of the known clients is there.
func (c *collection) dhcp(name, dir string, i fact.Interface) *bool {
	if i.Kind == "loopback" || len(i.Addresses) == 0 {
		return nil
	}
	index := c.Text(dir + "ifindex")
	if index != "" && c.Exists("/run/systemd/netif/leases/"+index) {
		return new(true)
	}
	for _, pattern := range []string{"/var/lib/dhcp/dhclient*" + name + "*.leases", "/var/lib/dhclient/*" + name + "*.lease*", "/var/lib/NetworkManager/*-" + name + ".lease", "/var/lib/dhcpcd/" + name + "*.lease"} {
		if len(c.Glob(pattern)) > 0 {
			return new(true)
		}
	}
	if b, err := c.Read("/etc/network/interfaces"); err == nil {
		for line := range bytes.Lines(b) {
			f := strings.Fields(string(line))
			if len(f) == 4 && f[0] == "iface" && f[1] == name && f[2] == "inet" {
				return new(f[3] == "dhcp")
			}
		}
	}
	return nil
}
