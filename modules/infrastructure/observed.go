package infrastructure

import (
	"cmp"
	"strings"
	"time"

	"steward/collect/fact"
	"steward/kernel/records"
)

// observed are the collected fields of Host, by name. A source that knows a
// field sets it; what no source knows is unknown.
var observed = []string{"kind", "name", "hostname", "fqdn", "serial", "uuid", "machine_id", "vendor", "model", "cpu", "threads", "memory", "platform",
	"os_name", "os_version", "kernel", "architecture", "os_support_ends", "os_extended_ends", "os_support_over",
	"updates_pending", "security_pending", "security_since", "reboot", "antivirus", "antivirus_state", "signatures_at",
	"firewall", "firewall_state", "firewall_rules", "encrypted", "time_synced", "time_service"}

// values are normalised values by the field's name; a name that is absent is
// not known.
type values map[string]any

func (v values) text(name, s string) {
	if s = line(s, 200); s != "" {
		v[name] = s
	}
}

func (v values) day(name, s string) {
	if records.Date(s).Valid() {
		v[name] = s
	}
}

func (v values) flag(name string, b *bool) {
	if b != nil {
		v[name] = *b
	}
}

func (v values) moment(name string, t *time.Time) {
	if t != nil && t.Year() >= 1970 && t.Year() < 3000 {
		v[name] = t.UnixMicro()
	}
}

// observe says what an inventory tells about the host's fields. The moment from
// which security updates have been pending is not among it: it follows from the
// reports before.
func observe(inv fact.Inventory) values {
	v := values{}
	id := inv.Identity.Value
	v.text("hostname", id.Hostname)
	v.text("fqdn", id.FQDN)
	v.text("name", cmp.Or(id.Hostname, id.FQDN))
	if fact.GarbageSerial(id.Serial) == "" {
		v.text("serial", id.Serial)
	}
	if fact.GarbageUUID(id.UUID) == "" {
		v.text("uuid", strings.ToLower(id.UUID))
	}
	if fact.GarbageMachineID(id.MachineID) == "" {
		v.text("machine_id", id.MachineID)
	}
	v["kind"] = string(kindOf(inv))
	v.hardware(inv)
	v.system(inv)
	v.protection(inv)
	return v
}

func (v values) hardware(inv fact.Inventory) {
	h := inv.Hardware.Value
	if fact.GarbageSerial(h.Vendor) == "" {
		v.text("vendor", h.Vendor)
	}
	if fact.GarbageSerial(h.Model) == "" {
		v.text("model", h.Model)
	}
	if h.CPU != nil {
		v.text("cpu", h.CPU.Model)
		if h.CPU.Threads != nil && *h.CPU.Threads > 0 {
			v["threads"] = int64(*h.CPU.Threads)
		}
	}
	if h.Memory != nil && *h.Memory > 0 {
		v["memory"] = *h.Memory
	}
	v.text("platform", inv.Virtual.Value.Technology)
	encrypted, plain := 0, 0
	for _, fs := range inv.Filesystems.Value {
		switch {
		case fs.Remote || fs.Encrypted == nil || fs.Mount == "/boot" || strings.HasPrefix(fs.Mount, "/boot/") || fs.Mount == "/efi":
		case *fs.Encrypted:
			encrypted++
		default:
			plain++
		}
	}
	switch {
	case encrypted > 0 && plain > 0:
		v["encrypted"] = string(Part)
	case encrypted > 0:
		v["encrypted"] = string(Whole)
	case plain > 0:
		v["encrypted"] = string(Nothing)
	}
}

func (v values) system(inv fact.Inventory) {
	s := inv.System.Value
	v.text("os_name", s.Name)
	v.text("os_version", cmp.Or(s.Full, s.Release))
	v.text("kernel", s.Kernel)
	v.text("architecture", s.Architecture)
	if s.Support != nil {
		v.day("os_support_ends", s.Support.Security)
		v.day("os_extended_ends", s.Support.Extended)
		if s.Support.Ended {
			v["os_support_over"] = true
		}
	}
	if inv.Updates.Seen {
		security, told := int64(0), len(inv.Updates.Value.Pending) == 0
		for _, p := range inv.Updates.Value.Pending {
			if p.Security != nil {
				told = true
				if *p.Security {
					security++
				}
			}
		}
		v["updates_pending"] = int64(len(inv.Updates.Value.Pending))
		if told {
			v["security_pending"] = security
		}
	}
	v.flag("reboot", inv.Restart.Value.Reboot)
	v.flag("time_synced", inv.TimeSync.Value.Synced)
	v.text("time_service", inv.TimeSync.Value.Product)
}

func (v values) protection(inv fact.Inventory) {
	if a, state := antivirusOf(inv.Antivirus); state != "" {
		v["antivirus_state"] = string(state)
		v.text("antivirus", a.Product)
		v.moment("signatures_at", a.Made)
	} else {
		v.text("antivirus", a.Product)
	}
	f, state := firewallOf(inv.Firewalls)
	v.text("firewall", f.Product)
	if state != "" {
		v["firewall_state"] = string(state)
	}
	if f.Rules != nil {
		v["firewall_rules"] = int64(*f.Rules)
	}
}

// antivirusOf is the product that protects best, and how it stands; "" if that
// cannot be told. A machine on which none was found has none, unless something
// could not be looked at.
func antivirusOf(s fact.Section[[]fact.Antivirus]) (best fact.Antivirus, state Protection) {
	if !s.Seen {
		return best, ""
	}
	if len(s.Value) == 0 {
		if len(s.Gaps) > 0 {
			return best, ""
		}
		return best, None
	}
	rank := map[Protection]int{On: 4, Partial: 3, "": 2, Off: 1}
	for i, a := range s.Value {
		var is Protection
		switch {
		case a.Running == nil:
		case !*a.Running:
			is = Off
		case a.RealTime != nil && !*a.RealTime:
			is = Partial
		default:
			is = On
		}
		if i == 0 || rank[is] > rank[state] {
			best, state = a, is
		}
	}
	return best, state
}

// firewallOf is the packet filter in force, and how it stands.
func firewallOf(s fact.Section[[]fact.Firewall]) (best fact.Firewall, state Protection) {
	if !s.Seen {
		return best, ""
	}
	if len(s.Value) == 0 {
		if len(s.Gaps) > 0 {
			return best, ""
		}
		return best, None
	}
	rank := map[Protection]int{On: 3, "": 2, Off: 1}
	for i, f := range s.Value {
		var is Protection
		switch {
		case f.On == nil:
		case *f.On:
			is = On
		default:
			is = Off
		}
		if i == 0 || rank[is] > rank[state] {
			best, state = f, is
		}
	}
	return best, state
}

// kindOf guesses what sort of machine it is: what it runs on, then its case,
// then whether its system is a server's.
func kindOf(inv fact.Inventory) Kind {
	switch inv.Virtual.Value.Role {
	case "vm":
		return VM
	case "container":
		return Container
	}
	switch c := strings.ToLower(inv.Hardware.Value.Chassis); {
	case strings.Contains(c, "laptop"), strings.Contains(c, "notebook"), strings.Contains(c, "portable"), strings.Contains(c, "convertible"):
		return Laptop
	case strings.Contains(c, "tablet"), strings.Contains(c, "hand held"):
		return Mobile
	case strings.Contains(c, "server"), strings.Contains(c, "blade"), strings.Contains(c, "rack"):
		return Server
	case strings.Contains(c, "desktop"), strings.Contains(c, "all in one"), strings.Contains(c, "mini"):
		return Desktop
	}
	switch {
	case len(inv.Batteries.Value) > 0:
		return Laptop
	case inv.System.Value.Product == "windows", inv.Platform == "darwin", len(inv.Monitors.Value) > 0:
		return Desktop
	case inv.Platform == "":
		return Other
	}
	return Server
}

// line makes a text of a machine fit to be kept: one line, valid, not longer
// than max characters.
func line(s string, max int) string {
	if plainText(s) && len(s) <= max {
		return s
	}
	s = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, "\uFFFD"), unseen), " ")
	s = strings.TrimSpace(s)
	if r := []rune(s); len(r) > max {
		s = strings.TrimSpace(string(r[:max]))
	}
	return s
}

// unseen are characters that show nothing and change how what follows is read or
// shown: controls, and those that turn the direction of writing.
func unseen(r rune) bool {
	return r < ' ' || r >= 0x7f && r < 0xa0 || r >= 0x2028 && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0xfeff
}

// plainText is printable ASCII without a blank at either end.
func plainText(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] >= 0x7f {
			return false
		}
	}
	return s == "" || s[0] != ' ' && s[len(s)-1] != ' '
}
