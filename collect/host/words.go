package host

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"steward/collect/fact"
)

// Words says an inventory in a page for a person at a terminal.
func Words(inv fact.Inventory) string {
	var b strings.Builder
	row := func(name, format string, args ...any) {
		if text := strings.TrimSpace(fmt.Sprintf(format, args...)); text != "" {
			fmt.Fprintf(&b, "%-14s %s\n", name, text)
		}
	}
	id, sys, hw := inv.Identity.Value, inv.System.Value, inv.Hardware.Value
	row("Machine", "%s", cmp.Or(id.FQDN, id.Hostname))
	row("Model", "%s %s %s", hw.Vendor, hw.Model, note("serial", id.Serial))
	if v := inv.Virtual.Value; v.Role != "" && v.Role != "physical" {
		row("Runs as", "%s %s %s", v.Role, v.Technology, v.Cloud)
	}
	if hw.CPU != nil {
		row("Processor", "%s%s", hw.CPU.Model, figure(hw.CPU.Threads, ", %d threads"))
	}
	if hw.Memory != nil {
		row("Memory", "%s", size(*hw.Memory))
	}
	row("System", "%s, kernel %s", sys.Name, cmp.Or(sys.Kernel, "unknown"))
	row("Support", "%s", supportWords(sys.Support, inv.At))
	row("Packages", "%s", count(inv.Packages, "installed"))
	if u := inv.Updates; u.Seen {
		security := 0
		for _, p := range u.Value.Pending {
			if p.Security != nil && *p.Security {
				security++
			}
		}
		row("Updates", "%d pending, %d of them security updates", len(u.Value.Pending), security)
	} else {
		row("Updates", "unknown")
	}
	if r := inv.Restart.Value; r.Reboot != nil {
		words := "no reboot needed"
		if *r.Reboot {
			words = "reboot needed: " + strings.Join(r.Reasons, "; ")
		}
		if len(r.Processes) > 0 {
			words += fmt.Sprintf("; %d programs run replaced files", len(r.Processes))
		}
		row("Restart", "%s", words)
	}
	running := 0
	for _, s := range inv.Services.Value {
		if s.State == "running" {
			running++
		}
	}
	row("Services", "%s", count(inv.Services, fmt.Sprintf("known, %d running", running)))
	var ports []string
	for _, p := range inv.Ports.Value {
		ports = append(ports, fmt.Sprintf("%s/%d %s", p.Protocol, p.Port, p.Process))
	}
	row("Listens on", "%s", few(ports, 8))
	var addresses []string
	for _, i := range inv.Interfaces.Value {
		if i.Kind != "loopback" {
			for _, a := range i.Addresses {
				addresses = append(addresses, i.Name+" "+a)
			}
		}
	}
	row("Addresses", "%s", few(addresses, 6))
	for _, u := range inv.Volatile.Usage {
		encrypted := ""
		for _, f := range inv.Filesystems.Value {
			if f.Mount == u.Mount && f.Encrypted != nil {
				encrypted = map[bool]string{true: ", encrypted", false: ", not encrypted"}[*f.Encrypted]
			}
		}
		row("Storage", "%s: %s free of %s%s", u.Mount, size(u.Free), size(u.Free+u.Used), encrypted)
	}
	var av []string
	for _, a := range inv.Antivirus.Value {
		state := "state unknown"
		if a.Running != nil {
			state = map[bool]string{true: "running", false: "not running"}[*a.Running]
		}
		if a.Made != nil {
			state += fmt.Sprintf(", signatures %d days old", int(inv.At.Sub(*a.Made).Hours()/24))
		}
		av = append(av, a.Product+" ("+state+")")
	}
	row("Antivirus", "%s", cmp.Or(strings.Join(av, "; "), seenNone(inv.Antivirus.Seen)))
	var walls []string
	for _, f := range inv.Firewalls.Value {
		walls = append(walls, fmt.Sprintf("%s %s%s, default %s", f.Product, onOff(f.On), figure(f.Rules, ", %d rules"), cmp.Or(f.Default, "unknown")))
	}
	row("Firewall", "%s", cmp.Or(strings.Join(walls, "; "), seenNone(inv.Firewalls.Seen)))
	if t := inv.TimeSync.Value; t.Product != "" || t.Synced != nil {
		row("Clock", "%s, synchronised: %s", cmp.Or(t.Product, "nobody keeps it"), yesNo(t.Synced))
	}
	var found []string
	for _, s := range inv.Servers.Value {
		found = append(found, strings.TrimSpace(s.Product+" "+s.Version))
	}
	row("Servers", "%s", few(found, 8))
	var admins []string
	for _, a := range inv.Accounts.Value {
		if a.Admin {
			admins = append(admins, a.Name)
		}
	}
	row("Accounts", "%d, administrators: %s", len(inv.Accounts.Value), few(admins, 8))
	if gaps := inv.AllGaps(); len(gaps) > 0 {
		b.WriteString("\nNot seen:\n")
		for _, g := range gaps {
			fmt.Fprintf(&b, "  %s: %s", g.What, g.Why)
			if g.Needs != "" {
				fmt.Fprintf(&b, " (%s)", g.Needs)
			}
			b.WriteByte('\n')
		}
	}
	return b.String()
}

func supportWords(s *fact.Support, now time.Time) string {
	if s == nil {
		return "unknown"
	}
	today := now.Format(time.DateOnly)
	switch {
	case s.Ended:
		return "has ended"
	case s.Security == "":
		return "no end announced"
	case s.Security >= today:
		return "security updates until " + s.Security
	case s.Extended >= today:
		return "ordinary security updates ended " + s.Security + "; long-term or paid ones until " + s.Extended
	}
	return "ended " + cmp.Or(s.Extended, s.Security)
}

func count[T any](s fact.Section[[]T], words string) string {
	if !s.Seen {
		return "unknown"
	}
	return fmt.Sprintf("%d %s", len(s.Value), words)
}

func few(list []string, n int) string {
	for i := range list {
		list[i] = strings.TrimSpace(list[i])
	}
	slices.Sort(list)
	list = slices.Compact(list)
	if len(list) > n {
		return strings.Join(list[:n], ", ") + fmt.Sprintf(" and %d more", len(list)-n)
	}
	return strings.Join(list, ", ")
}

func note(name, value string) string {
	if value == "" {
		return ""
	}
	return "(" + name + " " + value + ")"
}

func figure(n *int, format string) string {
	if n == nil {
		return ""
	}
	return fmt.Sprintf(format, *n)
}

func onOff(b *bool) string {
	if b == nil {
		return "state unknown"
	}
	return map[bool]string{true: "on", false: "off"}[*b]
}

func yesNo(b *bool) string {
	if b == nil {
		return "unknown"
	}
	return map[bool]string{true: "yes", false: "no"}[*b]
}

func seenNone(seen bool) string {
	if seen {
		return "none"
	}
	return "unknown"
}

func size(n int64) string {
	f := float64(n)
	for _, unit := range []string{"B", "KiB", "MiB", "GiB"} {
		if f < 1024 {
			return fmt.Sprintf("%.1f %s", f, unit)
		}
		f /= 1024
	}
	return fmt.Sprintf("%.1f TiB", f)
}
