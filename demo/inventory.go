package demo

import (
	"fmt"
	"hash/fnv"
	"strings"
	"time"

	"steward/collect/fact"
)

// condition is what changes on a machine from month to month.
type condition struct {
	security, other int // updates pending, of the latest months
	reboot          bool
}

// state is a machine's condition so many months before the end.
func (w *world) state(m *machine, left int) condition {
	var c condition
	if left > 100 {
		return c // as it was delivered
	}
	at := int(m.random%7) + 40 - left // runs on with the months
	switch m.habit {
	case slow:
		c.security = at % 3
		c.reboot = at%5 == 0
	case neglect:
		c.security = max(0, m.since-left)
		if m.random%3 == 0 && left < 4 { // somebody took care of it at last
			c.security = 0
		}
		c.reboot = c.security > 3
	}
	if m.random%11 == 0 {
		c.other = at % 4
	}
	return c
}

// monthly are updates that each month brings, by package manager.
var monthly = map[string][]string{
	"deb": {"openssl", "libc6", "linux-image", "curl", "openssh-server", "python3", "libxml2", "sudo", "systemd", "perl-base", "libgnutls30", "nginx"},
	"rpm": {"openssl", "glibc", "kernel", "curl", "openssh", "python3", "libxml2", "sudo", "systemd", "krb5-libs", "gnutls", "httpd"},
}

// pending are the updates that wait, named for the months they are from.
func (w *world) pending(m *machine, c condition, now time.Time) []fact.Update {
	var out []fact.Update
	yes, no := true, false
	for i := range c.security {
		month := now.AddDate(0, -i, 0)
		if names := monthly[m.platform.manager]; names != nil {
			for j := range 2 {
				at := (month.Year()*12+int(month.Month()))*2 + j
				out = append(out, fact.Update{Name: names[at%len(names)], Arch: "amd64", To: fmt.Sprintf("%d.%d-%d", month.Year()-2000, month.Month(), j+1), Security: &yes, Severity: []string{"important", "moderate", "critical"}[at%3], Origin: "security"})
			}
			continue
		}
		name := month.Format("2006-01") + " cumulative update"
		out = append(out, fact.Update{Name: name, To: month.Format("2006-01"), Security: &yes, Severity: "important", Origin: "windows-update"})
	}
	for i := range c.other {
		out = append(out, fact.Update{Name: []string{"tzdata", "vim-common", "less"}[i%3], To: fmt.Sprintf("%d.%d", now.Year()-2000, int(now.Month())+i), Security: &no})
	}
	return out
}

// hardware is what the machines are: maker and models.
var hardware = []struct{ vendor, notebook, desktop, server string }{
	{"Dell Inc.", "Latitude 7450", "OptiPlex 7020", "PowerEdge R760"},
	{"LENOVO", "ThinkPad T14 Gen 5", "ThinkCentre M70q", "ThinkSystem SR650 V3"},
	{"HP", "EliteBook 840 G11", "EliteDesk 800 G9", "ProLiant DL380 Gen11"},
	{"Fujitsu", "LIFEBOOK U7413", "ESPRIMO D7013", "PRIMERGY RX2540 M7"},
}

// inventory is what a machine's agent says so many months before the end.
func (w *world) inventory(m *machine, left int, now time.Time) fact.Inventory {
	r := w.random("inventory", m.n) // the same at each report
	p := m.platform
	c := w.state(m, left)
	inv := fact.Inventory{Version: fact.InventoryVersion, Collector: "steward-agent 1.3", At: now, Platform: p.platform()}
	w.identify(&inv, m, r)
	inv.System = fact.Saw(fact.System{Name: p.name, Family: p.platform(), Product: p.product, Release: p.release, Full: p.full, Edition: p.edition, Kernel: p.kernel, Architecture: "amd64",
		Timezone: m.site.Timezone, Support: p.support()})
	inv.Packages = fact.Saw(programs(r, p))
	inv.Updates = fact.Saw(fact.Updates{Manager: map[string]string{"deb": "apt", "rpm": "dnf", "msi": "windows-update", "macos": "softwareupdate"}[p.manager], Pending: w.pending(m, c, now)})
	inv.Restart = fact.Saw(fact.Restart{Reboot: &c.reboot})
	protect(&inv, m, r, left, now)
	connect(&inv, m, r)
	synced := !r.chance(2)
	inv.TimeSync = fact.Saw(fact.TimeSync{Product: p.clock, Running: new(true), Synced: &synced})
	accounts(&inv, m)
	return inv
}

// identify says which machine it is. A few say nothing useful, and a few were
// cloned with their ids.
func (w *world) identify(inv *fact.Inventory, m *machine, r random) {
	hw := pick(r, hardware)
	id := fact.Identity{Hostname: m.name, FQDN: m.name + ".nordwind.example", Domain: "nordwind.example", MachineID: r.text(32), UUID: uuid(r), MACs: []string{mac(r)},
		Serial: strings.ToUpper(r.text(7))}
	memory := int64(pick(r, []int{8, 16, 16, 32, 64})) << 30
	threads := pick(r, []int{4, 8, 8, 16, 32})
	h := fact.Hardware{Vendor: hw.vendor, Memory: &memory, CPU: &fact.CPU{Vendor: "Intel", Model: pick(r, []string{"Intel Xeon Gold 6430", "Intel Core Ultra 7 155U", "Intel Core i7-1365U", "AMD EPYC 9354", "AMD Ryzen 7 PRO 7840U"}), Architecture: "x86_64", Threads: &threads}}
	virtual := fact.Virtual{Role: "physical"}
	switch {
	case !m.physical:
		h.Vendor, h.Model, h.Chassis = "VMware, Inc.", "VMware Virtual Platform", "other"
		id.Serial = "VMware-" + r.text(12)
		virtual = fact.Virtual{Role: "vm", Technology: "vmware"}
	case m.server:
		h.Model, h.Chassis = hw.server, "rack mount chassis"
	case strings.Contains(m.name, "-n"):
		h.Model, h.Chassis = hw.notebook, "notebook"
	default:
		h.Model, h.Chassis = hw.desktop, "desktop"
	}
	if m.n%group > 0 {
		switch {
		case m.n%173 == 90: // installed from an image that was not made anonymous
			id.MachineID = w.random("inventory", m.n-1).machineID()
		case m.n%127 == 60:
			id.Serial, id.UUID = "To be filled by O.E.M.", "00000000-0000-0000-0000-000000000000"
		}
	}
	inv.Identity, inv.Hardware, inv.Virtual = fact.Saw(id), fact.Saw(h), fact.Saw(virtual)
}

// machineID is the machine id that identify draws first.
func (r random) machineID() string {
	pick(r, hardware)
	return r.text(32)
}

func uuid(r random) string {
	t := r.text(32)
	return t[:8] + "-" + t[8:12] + "-4" + t[13:16] + "-a" + t[17:20] + "-" + t[20:]
}

// mac is an address from the makers' space: the first byte says so.
func mac(r random) string {
	t := r.text(10)
	return "3c:" + t[:2] + ":" + t[2:4] + ":" + t[4:6] + ":" + t[6:8] + ":" + t[8:]
}

// programs are about 120 packages on Linux, and what people install on Windows.
func programs(r random, p *platform) []fact.Package {
	all, some := packagesOf(p)
	arch := map[string]string{"deb": "amd64", "rpm": "x86_64"}[p.manager]
	list := make([]fact.Package, 0, len(all)+len(some))
	add := func(name string) {
		list = append(list, fact.Package{Name: name, Version: version(name, p.release), Arch: arch, Manager: p.manager})
	}
	for _, name := range all {
		add(name)
	}
	for _, name := range some {
		if r.chance(25) {
			add(name)
		}
	}
	return list
}

// version is a program's version on a release: the same everywhere.
func version(name, release string) string {
	h := fnv.New32a()
	h.Write([]byte(name + release))
	n := h.Sum32()
	return fmt.Sprintf("%d.%d.%d", n%19+1, n/19%12, n/400%30)
}

// protect says how antivirus, firewall and encryption stand. Signature dates are
// told by the newest agents alone, so only by the last report.
func protect(inv *fact.Inventory, m *machine, r random, left int, now time.Time) {
	p := m.platform
	var av []fact.Antivirus
	running, real := !r.chance(3), p.manager == "msi" || r.chance(60)
	if p.antivirus != "" && !(p.manager != "msi" && r.chance(30)) {
		a := fact.Antivirus{Product: p.antivirus, Running: &running, RealTime: &real}
		if left == 0 {
			made := now.Add(-time.Duration(r.between(2, 30)) * time.Hour)
			if m.habit == neglect {
				made = now.AddDate(0, 0, -r.between(8, 60))
			}
			a.Made = &made
		}
		av = append(av, a)
	}
	inv.Antivirus = fact.Saw(av)
	on, rules := !r.chance(5), r.between(8, 60)
	inv.Firewalls = fact.Saw([]fact.Firewall{{Product: p.firewall, On: &on, Rules: &rules, Default: "drop"}})
	encrypted := !m.server && !r.chance(9) || m.server && r.chance(20)
	size := int64(pick(r, []int{256, 512, 512, 1024})) << 30
	mount, fs := "/", "ext4"
	if p.windows() {
		mount, fs = "C:", "ntfs"
	}
	inv.Filesystems = fact.Saw([]fact.Filesystem{{Mount: mount, Device: "disk0p2", Type: fs, Bytes: &size, Encrypted: &encrypted}})
	inv.Disks = fact.Saw([]fact.Disk{{Name: "disk0", Model: "SSD " + r.text(4), Serial: strings.ToUpper(r.text(10)), Bytes: &size, Kind: "ssd"}})
	used := size / 100 * int64(r.between(25, 96))
	uptime := int64(r.between(1, 90)) * 86400
	inv.Volatile = fact.Volatile{Uptime: &uptime, Usage: []fact.FilesystemUsage{{Mount: mount, Free: size - used, Used: used}}}
}

// listens are the ports that machines of a role serve.
var listens = map[string][]struct {
	port    int
	process string
}{
	"db": {{5432, "postgres"}}, "app": {{8443, "java"}}, "web": {{80, "nginx"}, {443, "nginx"}}, "dns": {{53, "named"}}, "dc": {{389, "slapd"}, {88, "krb5kdc"}},
	"fs": {{445, "smbd"}}, "prn": {{631, "cupsd"}}, "mon": {{443, "nginx"}}, "bck": {{9102, "bacula-fd"}}, "if": {{8080, "java"}}, "pbx": {{5060, "asterisk"}},
}

// connect gives the machine an address and the ports it serves.
func connect(inv *fact.Inventory, m *machine, r random) {
	net := map[string]int{"hh": 10, "mm": 20, "kr": 30, "gy": 40}[m.site.short]
	up := true
	address := fmt.Sprintf("10.%d.%d.%d/24", net, 1+m.n/250%250, 2+m.n%250)
	if m.server {
		address = fmt.Sprintf("10.%d.%d.%d/24", net+1, 1+m.n/250%250, 2+m.n%250)
	}
	inv.Interfaces = fact.Saw([]fact.Interface{{Name: "eth0", Kind: "ethernet", MAC: inv.Identity.Value.MACs[0], Addresses: []string{address}, Up: &up, Gateway: strings.Join(strings.Split(address, ".")[:3], ".") + ".1"}})
	var ports []fact.Port
	add := func(port int, process string) {
		ports = append(ports, fact.Port{Protocol: "tcp", Address: "0.0.0.0", Port: port, Process: process})
	}
	switch {
	case m.platform.windows():
		add(135, "svchost.exe")
		add(445, "System")
		if m.server {
			add(3389, "svchost.exe")
		}
	case m.server:
		add(22, "sshd")
	}
	role := ""
	if m.part != nil {
		role = m.part.role
	}
	for _, l := range listens[role] {
		if !m.platform.windows() || l.port > 445 {
			add(l.port, l.process)
		}
	}
	if m.server && r.chance(3) {
		add(23, "telnetd")
	}
	inv.Ports = fact.Saw(ports)
	if role == "db" {
		inv.Servers = fact.Saw([]fact.Server{{Kind: "database", Product: "postgresql", Version: "17.6", Running: &up, Ports: []int{5432}}})
	}
}

// accounts are who may sign in on the machine itself.
func accounts(inv *fact.Inventory, m *machine) {
	yes := true
	list := []fact.Account{{Name: "root", ID: "0", Kind: "system", Admin: true}, {Name: "svc-backup", ID: "998", Kind: "service"}}
	if m.platform.windows() {
		list = []fact.Account{{Name: "Administrator", ID: "500", Kind: "system", Admin: true}, {Name: "svc-backup", ID: "1001", Kind: "service"}}
	}
	if m.owner != nil {
		login, _, _ := strings.Cut(m.owner.Email.V, "@")
		list = append(list, fact.Account{Name: login, ID: "1002", Title: m.owner.Name, Kind: "person", Login: &yes})
	}
	inv.Accounts = fact.Saw(list)
}
