package agents

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"

	"steward/collect/fact"
)

// finishMachine makes the inventory of a computer or phone.
func (b *builder) finishMachine() (fact.Inventory, error) {
	inv, m := b.start(), b.machine
	bios, hw, sys := b.single["bios"], b.single["hardware"], b.single["operatingsystem"]
	b.offset = ""
	if zones := sys.rows("timezone", ""); len(zones) > 0 {
		b.offset = zones[0].text("offset")
	}
	if bios != nil || hw != nil || sys != nil || len(m.physical) > 0 {
		inv.Identity = fact.Saw(identity(bios, hw, sys, m.physical))
	}
	if bios != nil || hw != nil || b.small["cpus"] != nil || b.small["memories"] != nil {
		inv.Hardware = fact.Saw(hardware(bios, hw, sys, b.small["cpus"], b.small["memories"]))
	}
	if sys != nil || hw.text("osname") != "" {
		inv.System = fact.Saw(system(sys, hw))
		if inv.System.Value.Support == nil {
			inv.System.Miss("support period", "the release is not in the table or was not told", "")
		}
	}
	inv.Platform = platform(sys, hw, inv.System.Value)
	if role := virtual(hw.text("vmsystem")); role.Role != "" {
		inv.Virtual = fact.Saw(role)
	}
	take(b, &inv.Packages, m.packages, "softwares")
	take(b, &inv.Disks, m.disks, "storages")
	take(b, &inv.Filesystems, m.filesystems, "drives")
	take(b, &inv.Interfaces, m.interfaces, "networks")
	take(b, &inv.Antivirus, m.antivirus, "antivirus")
	take(b, &inv.Firewalls, m.firewalls, "firewalls", "firewall")
	take(b, &inv.VirtualMachines, m.guests, "virtualmachines")
	take(b, &inv.Batteries, m.batteries, "batteries")
	take(b, &inv.Monitors, m.monitors, "monitors")
	take(b, &inv.Servers, m.servers, "databases_services")
	if b.o.Users {
		take(b, &inv.Accounts, b.accounts, "local_users")
		take(b, &inv.Groups, b.groups, "local_groups")
	} else if b.seen["local_users"] {
		inv.Accounts = fact.Unseen[[]fact.Account]("local accounts", "user names of agents are refused", "accepting them in the settings of the receiver")
	}
	v := &inv.Volatile
	v.Usage, v.Battery = m.usage, m.charges
	v.Booted = moment(sys.text("boot_time"), b.offset)
	v.SwapTotal = hw.size(mib, "swap")
	if m.processes > 0 {
		v.Processes = new(m.processes)
	}
	return inv.Canonical()
}

func take[T any](b *builder, to *fact.Section[[]T], list []T, sections ...string) {
	if slices.ContainsFunc(sections, func(s string) bool { return b.seen[s] }) {
		*to = fact.Saw(list)
	}
}

func identity(bios, hw, sys row, macs []string) fact.Identity {
	id := fact.Identity{Hostname: hw.text("name"), FQDN: sys.text("fqdn"), Domain: cmp.Or(sys.text("dns_domain"), hw.text("workgroup")),
		UUID: strings.ToLower(hw.text("uuid")), Serial: bios.text("ssn"), Board: bios.text("msn"), Chassis: bios.text("enclosureserial"),
		AssetTag: bios.text("assettag"), MACs: macs}
	if !strings.Contains(id.FQDN, ".") {
		id.FQDN = ""
	}
	if strings.EqualFold(id.Domain, "WORKGROUP") {
		id.Domain = ""
	}
	for key := range strings.Lines(sys.text("ssh_key")) {
		if f := strings.Fields(key); len(f) >= 2 {
			if raw, err := base64.StdEncoding.DecodeString(f[1]); err == nil && len(raw) > 16 {
				sum := sha256.Sum256(raw)
				id.HostKeys = append(id.HostKeys, "SHA256:"+base64.RawStdEncoding.EncodeToString(sum[:]))
			}
		}
	}
	return id
}

func hardware(bios, hw, sys row, cpus, memories []row) fact.Hardware {
	h := fact.Hardware{Vendor: bios.text("smanufacturer"), Model: bios.text("smodel"), SKU: bios.text("skunumber"),
		Chassis: strings.ToLower(cmp.Or(hw.text("chassis_type"), bios.text("type"))), Memory: hw.size(mib, "memory")}
	if fw := (fact.Firmware{Vendor: bios.text("bmanufacturer"), Version: bios.text("bversion"), Date: day(bios.text("bdate"), true), SecureBoot: bios.flag("secure_boot")}); fw != (fact.Firmware{}) {
		h.Firmware = &fw
	}
	if board := (fact.Board{Vendor: bios.text("mmanufacturer"), Model: bios.text("mmodel")}); board != (fact.Board{}) {
		h.Board = &board
	}
	if len(cpus) > 0 {
		h.CPU = processors(cpus, sys.text("arch"))
	} else if model := hw.text("processort"); model != "" {
		h.CPU = &fact.CPU{Model: model, MaxMHz: hw.positive("processors")}
	}
	for _, r := range memories {
		m := fact.MemoryModule{Slot: r.text("caption"), Bytes: r.size(mib, "capacity"), Type: r.text("type"), MTs: r.positive("speed"),
			Vendor: r.text("manufacturer"), Model: r.text("model"), Serial: r.text("serialnumber", "serial")}
		if n := r.text("numslots"); n != "" && !strings.ContainsAny(m.Slot, "0123456789") {
			m.Slot = strings.TrimSpace(m.Slot + " " + n)
		}
		if fact.GarbageSerial(m.Serial) != "" {
			m.Serial = ""
		}
		if m.Bytes != nil {
			h.Modules = append(h.Modules, m)
		}
	}
	return h
}

// processors sums the rows: one for each socket. Agents write i386 for every
// Intel processor, so a 64-bit system decides.
func processors(rows []row, arch string) *fact.CPU {
	first := rows[0]
	c := &fact.CPU{Vendor: first.text("manufacturer"), Model: first.text("name", "type"), Architecture: first.text("arch", "cpuarch"), MaxMHz: first.positive("speed")}
	if arch == "x86_64" || c.Architecture == "" {
		c.Architecture = cmp.Or(arch, c.Architecture)
	}
	var cores, threads int
	for _, r := range rows {
		if n := r.positive("core", "cores", "corecount"); n != nil && *n < 1<<16 {
			cores += *n
		}
		if n := r.positive("thread", "logical_cpus", "threads"); n != nil && *n < 1<<16 {
			threads += *n
		}
	}
	c.Sockets = new(len(rows))
	if cores > 0 {
		c.Cores = &cores
	}
	if threads > 0 {
		c.Threads = &threads
	}
	return c
}

func virtual(system string) fact.Virtual {
	switch s := strings.ToLower(system); s {
	case "":
		return fact.Virtual{}
	case "physical":
		return fact.Virtual{Role: "physical"}
	case "docker", "lxc", "podman", "openvz", "systemd-nspawn", "container", "bsdjail", "solariszone":
		return fact.Virtual{Role: "container", Technology: s}
	default:
		return fact.Virtual{Role: "vm", Technology: strings.ReplaceAll(s, "-", "")}
	}
}

// products are the words by which a system's name is found in the support
// table. The first that fits counts.
var products = []struct{ word, family, product string }{
	{"windows server", "windows", "windows-server"}, {"windows", "windows", "windows"},
	{"ubuntu", "debian", "ubuntu"}, {"raspbian", "debian", ""}, {"linux mint", "debian", ""}, {"debian", "debian", "debian"},
	{"almalinux", "rhel", "almalinux"}, {"rocky", "rhel", "rocky"}, {"oracle linux", "rhel", "oracle"}, {"centos stream", "rhel", "centos-stream"},
	{"centos", "rhel", "centos"}, {"red hat", "rhel", "rhel"}, {"fedora", "rhel", "fedora"}, {"amazon linux", "rhel", "amazon"},
	{"opensuse", "suse", "opensuse"}, {"suse linux enterprise", "suse", "sles"}, {"sles", "suse", "sles"},
	{"alpine", "alpine", "alpine"}, {"arch linux", "arch", ""}, {"freebsd", "freebsd", "freebsd"}, {"macos", "macos", "macos"}, {"mac os", "macos", "macos"},
	{"android", "android", ""},
}

func system(sys, hw row) fact.System {
	s := fact.System{Name: sys.text("full_name", "name"), Full: sys.text("version"), Kernel: sys.text("kernel_version"),
		Architecture: sys.text("arch"), Installed: day(sys.text("install_date"), false), Edition: sys.text("service_pack")}
	if s.Name == "" {
		s.Name = hw.text("osname")
	}
	if s.Full == "" && sys == nil {
		s.Full = hw.text("osversion")
	}
	if zones := sys.rows("timezone", ""); len(zones) > 0 && strings.Contains(zones[0].text("name"), "/") {
		s.Timezone = zones[0].text("name")
	}
	low := strings.ToLower(s.Name + " " + sys.text("name"))
	for _, p := range products {
		if strings.Contains(low, p.word) {
			s.Family, s.Product = p.family, p.product
			break
		}
	}
	if number, edition, ok := strings.Cut(s.Full, " ("); ok { // Fedora: 31 (Workstation Edition)
		s.Full, s.Edition = number, cmp.Or(s.Edition, strings.TrimSuffix(edition, ")"))
	}
	s.Release = s.Full
	switch {
	case s.Product == "windows" || s.Product == "windows-server":
		build := cmp.Or(s.Kernel, s.Full)
		s.Full, s.Release = build, windowsRelease(s.Name, sys.text("version"))
		s.Support = fact.WindowsSupport(s.Product == "windows-server", build, s.Name)
	case s.Product != "":
		s.Support = fact.SupportOf(s.Product, s.Full)
	}
	if s.Support != nil && s.Family != "windows" {
		s.Codename, s.Release = s.Support.Codename, s.Support.Cycle
	}
	return s
}

// windowsRelease is 2022 of a server's name, 22H2 of a client's version.
func windowsRelease(name, version string) string {
	fields := strings.Fields(name)
	if i := slices.IndexFunc(fields, func(f string) bool { return strings.EqualFold(f, "server") }); i >= 0 && i+1 < len(fields) {
		return fields[i+1]
	}
	return version
}

func platform(sys, hw row, s fact.System) string {
	kernel := strings.ToLower(cmp.Or(sys.text("kernel_name"), hw.text("osname"), s.Name))
	for _, p := range [][2]string{{"linux", "linux"}, {"mswin32", "windows"}, {"windows", "windows"}, {"darwin", "darwin"}, {"macos", "darwin"}, {"freebsd", "freebsd"}, {"openbsd", "openbsd"}, {"solaris", "solaris"}, {"aix", "aix"}} {
		if strings.Contains(kernel, p[0]) {
			return p[1]
		}
	}
	switch s.Family {
	case "debian", "rhel", "suse", "alpine", "arch":
		return "linux"
	}
	return ""
}
