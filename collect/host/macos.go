package host

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"time"

	"steward/collect/fact"
)

// macos takes the inventory of a Mac with the tools that come with it.
func (c *collection) macos(ctx context.Context) error {
	c.macSystem(ctx)
	out, err := c.Command(ctx, "system_profiler", "-json", "SPHardwareDataType", "SPMemoryDataType", "SPApplicationsDataType", "SPPowerDataType")
	if err != nil {
		why, needs := reason(err)
		c.inv.Hardware = fact.Unseen[fact.Hardware]("hardware", "system_profiler: "+why, needs)
		c.inv.Packages = fact.Unseen[[]fact.Package]("applications", "system_profiler: "+why, needs)
	} else if err := parseSystemProfiler(out, &c.inv); err != nil {
		c.inv.Hardware.Miss("hardware", err.Error(), "")
	}
	c.unixIdentity()
	c.liveInterfaces()
	c.lsof(ctx)
	c.macDisks(ctx)
	if out, err := c.Command(ctx, "dscl", ".", "-readall", "/Users", "UniqueID", "NFSHomeDirectory", "UserShell", "RealName"); err == nil {
		admins, _ := c.Command(ctx, "dscl", ".", "-read", "/Groups/admin", "GroupMembership")
		c.inv.Accounts = fact.Saw(parseDSCL(out, admins))
	} else {
		why, needs := reason(err)
		c.inv.Accounts = fact.Unseen[[]fact.Account]("accounts", "dscl: "+why, needs)
	}
	c.macUpdates(ctx)
	c.firewalls(ctx)
	c.antivirus(ctx)
	if out, err := c.Command(ctx, "launchctl", "list"); err == nil {
		c.inv.Services = fact.Saw(parseLaunchctl(out))
	}
	if out, err := c.Command(ctx, "brew", "list", "--versions"); err == nil {
		c.inv.Packages.Value = append(c.inv.Packages.Value, parseBrew(out)...)
	}
	t := fact.TimeSync{Product: "timed"}
	if out, err := c.Command(ctx, "systemsetup", "-getnetworktimeserver"); err == nil {
		if _, server, found := strings.Cut(string(out), ": "); found {
			t.Servers = []string{strings.TrimSpace(server)}
		}
	}
	c.inv.TimeSync = fact.Saw(t)
	c.inv.Virtual = fact.Saw(fact.Virtual{Role: "physical"})
	if strings.Contains(c.inv.Hardware.Value.Model, "VirtualMac") || strings.Contains(c.inv.Hardware.Value.Model, "VMware") {
		c.inv.Virtual.Value = fact.Virtual{Role: "vm", Technology: "apple"}
	}
	if out, err := c.Command(ctx, "sysctl", "-n", "kern.boottime"); err == nil {
		c.inv.Volatile.Booted = parseBoottime(out)
	}
	return nil
}

func (c *collection) macSystem(ctx context.Context) {
	s := fact.System{Family: "macos", Product: "macos"}
	out, err := c.Command(ctx, "sw_vers")
	for line := range bytes.Lines(out) {
		key, value, _ := strings.Cut(strings.TrimSpace(string(line)), ":")
		value = strings.TrimSpace(value)
		switch key {
		case "ProductName":
			s.Name = value
		case "ProductVersion":
			s.Full = value
		case "BuildVersion":
			s.Edition = "build " + value
		}
	}
	parts := strings.Split(s.Full, ".")
	s.Release = parts[0]
	if s.Release == "10" && len(parts) > 1 {
		s.Release = parts[0] + "." + parts[1]
	}
	s.Name = strings.TrimSpace(s.Name + " " + s.Full)
	s.Support = fact.SupportOf("macos", s.Release)
	if s.Support != nil {
		s.Codename = s.Support.Codename
	}
	if k, err := c.Command(ctx, "uname", "-rm"); err == nil {
		if f := strings.Fields(string(k)); len(f) == 2 {
			s.Kernel, s.Architecture = f[0], goArch(f[1])
		}
	}
	s.Timezone = c.timezone()
	c.inv.System = fact.Saw(s)
	if err != nil {
		why, needs := reason(err)
		c.inv.System.Miss("version", "sw_vers: "+why, needs)
	}
}

// parseSystemProfiler reads `system_profiler -json`.
func parseSystemProfiler(out []byte, inv *fact.Inventory) error {
	var doc struct {
		Hardware []struct {
			Name      string `json:"machine_name"`
			Model     string `json:"machine_model"`
			Number    string `json:"model_number"`
			Chip      string `json:"chip_type"`
			CPU       string `json:"cpu_type"`
			Cores     any    `json:"number_processors"`
			Memory    string `json:"physical_memory"`
			Serial    string `json:"serial_number"`
			UUID      string `json:"platform_UUID"`
			Firmware  string `json:"boot_rom_version"`
			Processor any    `json:"packages"`
		} `json:"SPHardwareDataType"`
		Applications []struct {
			Name, Version, Path string
			Source              string `json:"obtained_from"`
			Modified            string `json:"lastModified"`
		} `json:"SPApplicationsDataType"`
		Power []struct {
			Health struct {
				Cycles number `json:"sppower_battery_cycle_count"`
			} `json:"sppower_battery_health_info"`
			Model struct {
				Serial string `json:"sppower_battery_serial_number"`
				Name   string `json:"sppower_battery_device_name"`
			} `json:"sppower_battery_model_info"`
		} `json:"SPPowerDataType"`
	}
	if err := json.Unmarshal(out, &doc); err != nil {
		return fmt.Errorf("system_profiler's answer is not its JSON: %w", err)
	}
	if len(doc.Hardware) > 0 {
		d := doc.Hardware[0]
		h := fact.Hardware{Vendor: "Apple", Model: d.Model, SKU: d.Number, Version: d.Name}
		if strings.HasPrefix(d.Name, "MacBook") {
			h.Chassis = "laptop"
		} else if d.Name != "" {
			h.Chassis = "desktop"
		}
		if d.Firmware != "" {
			h.Firmware = &fact.Firmware{Vendor: "Apple", Version: d.Firmware, Mode: "uefi"}
		}
		cpu := &fact.CPU{Vendor: "Apple", Model: d.Chip, Architecture: "aarch64"}
		if d.Chip == "" {
			cpu.Vendor, cpu.Model, cpu.Architecture = "Intel", d.CPU, "x86_64"
		}
		switch n := d.Cores.(type) {
		case string: // "proc 8:4:4": all, fast, thrifty
			if f := strings.Split(strings.TrimPrefix(n, "proc "), ":"); len(f) > 0 {
				if cores, err := strconv.Atoi(f[0]); err == nil && cores > 0 {
					cpu.Cores, cpu.Threads = &cores, &cores
				}
			}
		case float64:
			if n > 0 && n < 1000 {
				cpu.Cores = new(int(n))
			}
		}
		h.CPU = cpu
		if f := strings.Fields(d.Memory); len(f) == 2 {
			if n, err := strconv.ParseInt(f[0], 10, 20); err == nil && f[1] == "GB" {
				h.Memory = new(n << 30)
			}
		}
		inv.Hardware = fact.Saw(h)
		inv.Identity = fact.Saw(fact.Identity{Serial: d.Serial, UUID: strings.ToLower(d.UUID)})
	}
	inv.Packages = fact.Saw([]fact.Package{})
	for _, a := range doc.Applications {
		if a.Name == "" || strings.HasPrefix(a.Path, "/System/") {
			continue // part of the system
		}
		p := fact.Package{Name: a.Name, Version: a.Version, Manager: "macos", Origin: a.Source}
		if t := moment(a.Modified); t != nil {
			p.Day = t.Format(time.DateOnly)
		}
		inv.Packages.Value = append(inv.Packages.Value, p)
	}
	inv.Batteries = fact.Saw([]fact.Battery{})
	for _, p := range doc.Power {
		if p.Model.Name != "" || p.Model.Serial != "" {
			b := fact.Battery{Name: p.Model.Name, Serial: p.Model.Serial, Vendor: "Apple"}
			if n := p.Health.Cycles.count(); n != nil {
				b.Cycles = new(*n / 50 * 50)
			}
			inv.Batteries.Value = append(inv.Batteries.Value, b)
		}
	}
	return nil
}

// unixIdentity completes the identity of a Mac or BSD.
func (c *collection) unixIdentity() {
	id := &c.inv.Identity.Value
	c.inv.Identity.Seen = true
	if id.Hostname == "" && c.Live {
		id.Hostname, _ = os.Hostname()
	}
	if strings.Contains(id.Hostname, ".") {
		id.FQDN = strings.ToLower(id.Hostname)
		id.Hostname, id.Domain, _ = strings.Cut(id.Hostname, ".")
	}
	for _, p := range c.Glob("/etc/ssh/ssh_host_*_key.pub") {
		if f := hostKey(c.Text(p)); f != "" {
			id.HostKeys = append(id.HostKeys, f)
		}
	}
	if !c.Live {
		return
	}
	interfaces, _ := net.Interfaces()
	for _, i := range interfaces {
		mac, ok := fact.MAC(i.HardwareAddr.String())
		if ok && (i.Name == "en0" || c.Platform != "darwin") && i.Flags&net.FlagLoopback == 0 {
			id.MACs = append(id.MACs, mac)
		}
	}
}

// liveInterfaces reads interfaces through the system's calls alone.
func (c *collection) liveInterfaces() {
	if !c.Live {
		return
	}
	section := fact.Saw([]fact.Interface{})
	interfaces, err := net.Interfaces()
	if err != nil {
		why, needs := reason(err)
		c.inv.Interfaces = fact.Unseen[[]fact.Interface]("interfaces", why, needs)
		return
	}
	for _, i := range interfaces {
		one := fact.Interface{Name: i.Name, MTU: new(i.MTU), Up: new(i.Flags&net.FlagUp != 0)}
		one.MAC, _ = fact.MAC(i.HardwareAddr.String())
		if i.Flags&net.FlagLoopback != 0 {
			one.Kind = "loopback"
		}
		addresses, _ := i.Addrs()
		for _, a := range addresses {
			if p, err := netip.ParsePrefix(a.String()); err == nil {
				one.Addresses = append(one.Addresses, p.String())
			}
		}
		if len(one.Addresses) == 0 && one.MAC == "" {
			continue
		}
		section.Value = append(section.Value, one)
	}
	c.inv.Interfaces = section
}

// lsof asks who listens.
func (c *collection) lsof(ctx context.Context) {
	out, err := c.Command(ctx, "lsof", "-nP", "-iTCP", "-sTCP:LISTEN", "-FpcPnL")
	if err != nil && len(out) == 0 {
		why, needs := reason(err)
		c.inv.Ports = fact.Unseen[[]fact.Port]("listening ports", "lsof: "+why, needs)
		return
	}
	c.inv.Ports = fact.Saw(parseLsof(out))
	if !c.Root {
		c.inv.Ports.Miss("sockets of other accounts", "permission denied", "run as root")
	}
}

// parseLsof reads `lsof -F`: a letter and a value a line; p begins a process,
// n names a socket.
func parseLsof(out []byte) []fact.Port {
	var all []fact.Port
	var process, account, protocol string
	for line := range bytes.Lines(out) {
		s := strings.ToValidUTF8(strings.TrimRight(string(line), "\r\n"), "")
		if len(s) < 2 {
			continue
		}
		value := s[1:]
		switch s[0] {
		case 'p':
			process, account = "", ""
		case 'c':
			process = value
		case 'L':
			account = value
		case 'P':
			protocol = strings.ToLower(value)
		case 'n':
			i := strings.LastIndexByte(value, ':')
			if i < 0 || strings.Contains(value, "->") {
				continue
			}
			n, err := strconv.Atoi(value[i+1:])
			if err != nil || n < 1 || n > 65535 {
				continue
			}
			address := strings.Trim(value[:i], "[]")
			if address == "*" {
				address = "0.0.0.0"
			}
			all = append(all, fact.Port{Protocol: protocol, Address: address, Port: n, Process: process, Account: account})
		}
	}
	return all
}

func (c *collection) macDisks(ctx context.Context) {
	out, err := c.Command(ctx, "diskutil", "info", "-plist", "/")
	if err != nil {
		why, needs := reason(err)
		c.inv.Filesystems = fact.Unseen[[]fact.Filesystem]("file systems", "diskutil: "+why, needs)
		return
	}
	values, err := parsePlist(out)
	if err != nil {
		c.inv.Filesystems = fact.Unseen[[]fact.Filesystem]("file systems", "diskutil: "+err.Error(), "")
		return
	}
	f := fact.Filesystem{Mount: "/", Device: values["DeviceNode"], Type: values["FilesystemType"]}
	size, errSize := strconv.ParseInt(values["TotalSize"], 10, 64)
	if errSize == nil {
		f.Bytes = &size
	}
	if free, err := strconv.ParseInt(values["APFSContainerFree"], 10, 64); err == nil && errSize == nil {
		c.inv.Volatile.Usage = []fact.FilesystemUsage{{Mount: "/", Free: free, Used: size - free}}
	}
	if state, err := c.Command(ctx, "fdesetup", "status"); err == nil {
		f.Encrypted = new(strings.Contains(string(state), "FileVault is On"))
		if *f.Encrypted {
			f.Cipher = "filevault"
		}
	}
	c.inv.Filesystems = fact.Saw([]fact.Filesystem{f})
}

// parsePlist reads the plain values of a property list's outermost dictionary.
func parsePlist(b []byte) (map[string]string, error) {
	values := map[string]string{}
	d := xml.NewDecoder(bytes.NewReader(b))
	d.Strict = false
	depth, key, name := 0, "", ""
	for {
		token, err := d.Token()
		if err == io.EOF {
			return values, nil
		}
		if err != nil {
			return values, fmt.Errorf("not a property list: %w", err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			name = t.Name.Local
			if name == "dict" || name == "array" {
				depth++
			} else if depth == 1 && (name == "true" || name == "false") {
				values[key] = name
			}
		case xml.CharData:
			text := strings.TrimSpace(string(t))
			if depth != 1 || text == "" {
				continue
			}
			if name == "key" {
				key = text
			} else {
				values[key] = text
			}
		case xml.EndElement:
			if t.Name.Local == "dict" || t.Name.Local == "array" {
				depth--
			}
			name = ""
		}
	}
}

// parseDSCL reads `dscl . -readall /Users …`: records parted by a dash, and
// the line of the admin group's members.
func parseDSCL(out, admins []byte) []fact.Account {
	admin := map[string]bool{}
	for _, name := range strings.Fields(strings.TrimPrefix(string(admins), "GroupMembership:")) {
		admin[name] = true
	}
	var all []fact.Account
	record := map[string]string{}
	key := ""
	end := func() {
		a := fact.Account{Name: record["RecordName"], ID: record["UniqueID"], Home: record["NFSHomeDirectory"], Shell: record["UserShell"], Title: record["RealName"], Kind: "system"}
		record = map[string]string{}
		if a.Name == "" || a.ID == "" {
			return
		}
		a.Name, _, _ = strings.Cut(a.Name, " ")
		a.Login = new(!strings.HasSuffix(a.Shell, "/false") && !strings.HasSuffix(a.Shell, "/nologin"))
		if uid, err := strconv.Atoi(a.ID); err == nil && uid >= 500 {
			a.Kind = "person"
		}
		a.Admin = a.ID == "0" || admin[a.Name]
		all = append(all, a)
	}
	for line := range bytes.Lines(out) {
		s := strings.ToValidUTF8(strings.TrimRight(string(line), "\r\n"), "")
		if s == "-" {
			end()
			continue
		}
		if strings.HasPrefix(s, " ") {
			if record[key] == "" {
				record[key] = strings.TrimSpace(s)
			}
			continue
		}
		k, v, found := strings.Cut(s, ":")
		if found {
			key = strings.TrimPrefix(k, "dsAttrTypeNative:")
			record[key] = strings.TrimSpace(v)
		}
	}
	end()
	return all
}

func (c *collection) macUpdates(ctx context.Context) {
	out, err := c.Read("/Library/Preferences/com.apple.SoftwareUpdate.plist")
	section := fact.Saw(fact.Updates{Manager: "softwareupdate"})
	if bytes.HasPrefix(out, []byte("bplist")) {
		out, err = c.Command(ctx, "plutil", "-convert", "xml1", "-o", "-", "/Library/Preferences/com.apple.SoftwareUpdate.plist")
	}
	if err != nil {
		why, needs := reason(err)
		c.inv.Updates = fact.Unseen[fact.Updates]("pending updates", why, needs)
		return
	}
	section.Value.Pending = parseRecommended(out)
	for i := range section.Value.Pending {
		name := section.Value.Pending[i].Name
		if strings.Contains(name, "Security") || strings.HasPrefix(name, "macOS") || strings.HasPrefix(name, "Safari") {
			section.Value.Pending[i].Security = new(true)
		}
	}
	values, _ := parsePlist(out)
	if t, err := time.Parse(time.RFC3339, values["LastSuccessfulDate"]); err == nil {
		c.inv.Volatile.Refreshed = new(t.UTC())
	}
	if v := values["AutomaticallyInstallMacOSUpdates"]; v != "" {
		section.Value.Automatic = new(v == "true" || v == "1")
	}
	c.inv.Updates = section
}

// parseRecommended reads the list RecommendedUpdates of macOS' update
// preferences: dictionaries with a display name and version.
func parseRecommended(b []byte) []fact.Update {
	_, rest, found := bytes.Cut(b, []byte("<key>RecommendedUpdates</key>"))
	if !found {
		return nil
	}
	rest, _, _ = bytes.Cut(rest, []byte("</array>"))
	var all []fact.Update
	for dict := range bytes.SplitSeq(rest, []byte("</dict>")) {
		value := func(key string) string {
			_, after, _ := bytes.Cut(dict, []byte("<key>"+key+"</key>"))
			_, after, _ = bytes.Cut(after, []byte("<string>"))
			v, _, ok := bytes.Cut(after, []byte("</string>"))
			if !ok {
				return ""
			}
			return strings.ToValidUTF8(string(v), "")
		}
		if name := value("Display Name"); name != "" {
			all = append(all, fact.Update{Name: name, To: value("Display Version")})
		}
	}
	return all
}

// parseLaunchctl reads `launchctl list`: pid, last exit, label.
func parseLaunchctl(out []byte) []fact.Service {
	var all []fact.Service
	for line := range bytes.Lines(out) {
		f := strings.Fields(strings.ToValidUTF8(string(line), ""))
		if len(f) != 3 || f[0] == "PID" || strings.HasPrefix(f[2], "application.") || strings.HasPrefix(f[2], "com.apple.") {
			continue
		}
		s := fact.Service{Name: f[2], Manager: "launchd", State: "stopped"}
		if f[0] != "-" {
			s.State = "running"
		} else if f[1] != "0" {
			s.State = "failed"
		}
		all = append(all, s)
	}
	return all
}

// parseBrew reads `brew list --versions`: name and versions, the newest last.
func parseBrew(out []byte) []fact.Package {
	var all []fact.Package
	for line := range bytes.Lines(out) {
		f := strings.Fields(strings.ToValidUTF8(string(line), ""))
		if len(f) >= 2 {
			all = append(all, fact.Package{Name: f[0], Version: f[len(f)-1], Manager: "homebrew"})
		}
	}
	return all
}

// parseBoottime reads "{ sec = 1700000000, usec = 0 } …".
func parseBoottime(out []byte) *time.Time {
	_, rest, found := strings.Cut(string(out), "sec = ")
	if !found {
		return nil
	}
	n, err := strconv.ParseInt(strings.TrimSpace(rest[:max(0, strings.IndexByte(rest, ','))]), 10, 40)
	if err != nil || n <= 0 {
		return nil
	}
	return new(time.Unix(n, 0).UTC())
}
