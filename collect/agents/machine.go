package agents

import (
	"cmp"
	"net/netip"
	"strings"

	"steward/collect/fact"
)

// machine gathers the long sections of a computer or phone.
type machine struct {
	packages    []fact.Package
	disks       []fact.Disk
	filesystems []fact.Filesystem
	usage       []fact.FilesystemUsage
	interfaces  []fact.Interface
	at          map[string]int // interface by name and address
	physical    []string
	antivirus   []fact.Antivirus
	firewalls   []fact.Firewall
	guests      []fact.VirtualMachine
	batteries   []fact.Battery
	charges     []fact.BatteryCharge
	monitors    []fact.Monitor
	servers     []fact.Server
	processes   int
}

const (
	mib = 1 << 20
	mb  = 1e6
)

// machineRow takes one row of a computer, and reports whether facts have a
// place for its section.
func (b *builder) machineRow(section string, r row) bool {
	m := b.machine
	switch section {
	case "softwares":
		m.software(software{Name: r["name"], Version: r["version"], Arch: r["arch"], Architecture: r["architecture"], From: r["from"], Publisher: r["publisher"],
			Guid: r["guid"], Filesize: r["filesize"], InstallDate: r["install_date"], Day: r["installdate"]}.row())
	case "storages":
		m.storage(r)
	case "drives":
		m.drive(r)
	case "networks":
		m.network(r)
	case "antivirus":
		if name := r.text("name"); name != "" {
			a := fact.Antivirus{Product: name, Vendor: r.text("company"), Version: r.text("version"), RealTime: r.flag("enabled"), Signatures: r.text("base_version")}
			m.antivirus = append(m.antivirus, a)
		}
	case "firewalls", "firewall":
		m.firewalls = append(m.firewalls, fact.Firewall{Product: cmp.Or(r.text("description"), "unknown"), On: r.flag("status"), Profile: r.text("profile")})
	case "virtualmachines":
		m.guest(r)
	case "batteries":
		m.battery(r)
	case "monitors":
		m.monitor(r)
	case "databases_services":
		server := fact.Server{Kind: "database", Product: strings.ToLower(cmp.Or(r.text("type"), r.text("name"))), Version: r.text("version"), Running: r.flag("is_active"), Evidence: []string{"agent"}}
		if server.Product == "" {
			break
		}
		if name := r.text("name"); !strings.EqualFold(name, server.Product) {
			server.Instance = name
		}
		if p := r.positive("port"); p != nil {
			server.Ports = []int{*p}
		}
		m.servers = append(m.servers, server)
	case "local_users":
		if name := r.text("login", "name"); name != "" {
			a := fact.Account{Name: name, ID: r.text("id"), Home: r.text("home"), Shell: r.text("shell"), Kind: "person"}
			if id := r.count("id"); id != nil && (*id < 1000 || *id == 65534) {
				a.Kind, a.Admin = "system", *id == 0
			}
			b.accounts = append(b.accounts, a)
		}
	case "local_groups":
		if name := r.text("name"); name != "" {
			b.groups = append(b.groups, fact.Group{Name: name, ID: r.text("id"), Members: append(r.texts("members"), r.texts("member")...)})
		}
	default:
		return false
	}
	return true
}

// manager names a package's manager as the host collector does.
func manager(from string) string {
	switch from = strings.ToLower(from); from {
	case "", "unknown":
		return "unknown"
	case "registry", "wmi", "win32_product", "uninstall_32bits", "registry32", "registry64":
		return "msi"
	case "dpkg":
		return "deb"
	case "macosx", "mac", "apple":
		return "macos"
	case "pkg-info":
		return "pkg"
	}
	return from
}

func (m *machine) storage(r row) {
	d := fact.Disk{Name: r.text("name"), Vendor: r.text("manufacturer"), Model: r.text("model"), Serial: r.text("serial", "serialnumber"),
		WWN: r.text("wwn"), Bytes: r.size(mb, "disksize")}
	if d.Name == "" && d.Model == "" {
		return
	}
	if fact.GarbageSerial(d.Serial) != "" {
		d.Serial = ""
	}
	words := strings.ToLower(strings.Join([]string{r.text("type"), r.text("interface"), r.text("description"), d.Name, d.Model}, " "))
	for _, k := range [][2]string{{"nvme", "nvme"}, {"cdrom", "removable"}, {"cd-rom", "removable"}, {"dvd", "removable"}, {"removable", "removable"}, {"virtual", "virtual"}, {"ssd", "ssd"}, {"virtio", "virtual"}} {
		if strings.Contains(words, k[0]) {
			d.Kind = k[1]
			break
		}
	}
	for _, bus := range []string{"nvme", "usb", "sata", "sas", "scsi", "virtio", "ide", "ata"} {
		if strings.Contains(strings.ToLower(r.text("interface")+" "+r.text("description")+" "+d.Name), bus) {
			d.Bus = bus
			break
		}
	}
	m.disks = append(m.disks, d)
}

func (m *machine) drive(r row) {
	f := fact.Filesystem{Mount: r.text("letter"), Device: r.text("volumn"), Type: strings.ToLower(r.text("filesystem")), Bytes: r.size(mib, "total")}
	if f.Mount == "" {
		f.Mount = r.text("type")
	}
	if f.Mount == "" && f.Device == "" {
		return
	}
	switch f.Type {
	case "nfs", "nfs4", "cifs", "smbfs", "smb3", "sshfs", "9p", "ceph":
		f.Remote = true
	}
	switch strings.ToLower(r.text("encrypt_status")) {
	case "yes":
		f.Encrypted = new(true)
	case "no":
		f.Encrypted = new(false)
	}
	switch name := strings.ToLower(r.text("encrypt_name")); name {
	case "":
	case "luks1":
		f.Cipher = "luks"
	default:
		f.Cipher = name
	}
	m.filesystems = append(m.filesystems, f)
	if free := r.number("free"); free != nil && f.Bytes != nil && *free >= 0 && *free*mib <= float64(*f.Bytes) {
		n := int64(*free * mib)
		m.usage = append(m.usage, fact.FilesystemUsage{Mount: f.Mount, Free: n, Used: *f.Bytes - n})
	}
}

// network joins the rows of one interface: agents write one for each address.
func (m *machine) network(r row) {
	name := r.text("description")
	mac, _ := fact.MAC(r.text("mac", "macaddr"))
	if mac == "00:00:00:00:00:00" {
		mac = ""
	}
	key := name + "\x00" + mac
	if m.at == nil {
		m.at = map[string]int{}
	}
	i, known := m.at[key]
	if !known {
		if name == "" && mac == "" {
			return
		}
		i = len(m.interfaces)
		m.at[key] = i
		kind := interfaceKind(strings.ToLower(r.text("type")), r.flag("virtualdev"))
		m.interfaces = append(m.interfaces, fact.Interface{Name: name, MAC: mac, Kind: kind, Up: r.flag("status"), Driver: r.text("driver"), MTU: r.positive("mtu")})
		if mac != "" && (kind == "ethernet" || kind == "wifi") && fact.GarbageMAC(mac) == "" {
			m.physical = append(m.physical, mac)
		}
	}
	nic := &m.interfaces[i]
	if speed := r.positive("speed"); speed != nil && nic.Mbits == nil {
		if words := strings.ToLower(r.text("speed")); strings.Contains(words, "gb") {
			*speed *= 1000
		}
		nic.Mbits = speed
	}
	if g, err := netip.ParseAddr(r.text("ipgateway", "ipgateway6")); err == nil && !g.IsUnspecified() && g.Is4() && nic.Gateway == "" {
		nic.Gateway = g.String()
	}
	if d, err := netip.ParseAddr(r.text("ipdhcp")); err == nil && !d.IsUnspecified() {
		nic.DHCP = new(true)
	}
	for _, pair := range [][2]string{{"ipaddress", "ipmask"}, {"ipaddress6", "ipmask6"}} {
		if a := address(r.text(pair[0]), r.text(pair[1])); a != "" && len(nic.Addresses) < 4096 {
			nic.Addresses = append(nic.Addresses, a)
		}
	}
}

func interfaceKind(kind string, virtual *bool) string {
	switch kind {
	case "ethernet", "wifi", "loopback", "bridge":
		if kind == "ethernet" && virtual != nil && *virtual {
			return "virtual"
		}
		return kind
	case "aggregate":
		return "bond"
	case "alias", "dialup", "":
		if virtual != nil && *virtual {
			return "virtual"
		}
		return ""
	case "ether":
		return ""
	}
	return kind
}

// address writes an address with its prefix length, without where the mask is
// none (agents write fff0:: for a loopback's).
func address(ip, mask string) string {
	a, err := netip.ParseAddr(ip)
	if err != nil || a.IsUnspecified() {
		return ""
	}
	a = a.WithZone("")
	bits := -1
	if m, err := netip.ParseAddr(mask); err == nil && m.BitLen() == a.BitLen() {
		bits = 0
		ended := false
		for _, b := range m.AsSlice() {
			for i := 7; i >= 0; i-- {
				switch one := b>>i&1 == 1; {
				case one && ended:
					return a.String()
				case one:
					bits++
				default:
					ended = true
				}
			}
		}
	}
	if bits < 0 || a.IsLoopback() && a.Is6() {
		if a.IsLoopback() && a.Is6() {
			return a.String() + "/128"
		}
		return a.String()
	}
	return netip.PrefixFrom(a, bits).String()
}

func (m *machine) guest(r row) {
	name := r.text("name")
	if name == "" {
		return
	}
	m.guests = append(m.guests, fact.VirtualMachine{Name: name, Technology: strings.ToLower(r.text("vmtype", "subsystem")), UUID: strings.ToLower(r.text("uuid")),
		State: r.text("status"), Image: r.text("image"), CPUs: r.positive("vcpu"), Memory: r.size(mib, "memory")})
}

func (m *machine) battery(r row) {
	b := fact.Battery{Name: r.text("name"), Vendor: r.text("manufacturer"), Serial: r.text("serial"), Technology: strings.ToLower(r.text("chemistry"))}
	if fact.GarbageSerial(b.Serial) != "" {
		b.Serial = ""
	}
	capacity, real := r.positive("capacity"), r.positive("real_capacity")
	switch {
	case capacity != nil && *capacity <= 100: // a phone tells how full it is
		m.charges = append(m.charges, fact.BatteryCharge{Name: b.Name, Percent: capacity})
	case capacity != nil:
		b.DesignMWh = capacity
	}
	if real != nil {
		m.charges = append(m.charges, fact.BatteryCharge{Name: b.Name, FullMWh: real})
	}
	if b != (fact.Battery{}) {
		m.batteries = append(m.batteries, b)
	}
}

func (m *machine) monitor(r row) {
	s := fact.Monitor{Vendor: r.text("manufacturer"), Model: r.text("caption", "name"), Serial: r.text("serial"), Port: r.text("port")}
	if fact.GarbageSerial(s.Serial) != "" {
		s.Serial = ""
	}
	if week, year, ok := strings.Cut(r.text("description"), "/"); ok && len(year) == 4 && len(week) <= 2 && strings.Trim(week+year, "0123456789") == "" {
		s.Made = year + "-W" + strings.Repeat("0", 2-len(week)) + week
	}
	if s != (fact.Monitor{}) {
		m.monitors = append(m.monitors, s)
	}
}
