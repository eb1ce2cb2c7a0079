package infrastructure

import (
	"net/netip"
	"strconv"
	"strings"

	"steward/collect/fact"
	"steward/kernel/records"
)

// What an inventory says in a form of its own becomes facts. Text of a machine
// is never trusted to be short, valid or on one line.

// maxFact is the longest text kept in a fact, in characters.
const maxFact = 500

func text(s string) records.Opt[string] {
	if s = line(s, maxFact); s == "" {
		return records.Opt[string]{}
	}
	return records.Some(s)
}

func day(s string) records.Opt[records.Date] {
	if d := records.Date(s); d.Valid() {
		return records.Some(d)
	}
	return records.Opt[records.Date]{}
}

func known[T any](p *T) records.Opt[T] {
	if p == nil {
		return records.Opt[T]{}
	}
	return records.Some(*p)
}

func whole(p *int) records.Opt[int64] {
	if p == nil {
		return records.Opt[int64]{}
	}
	return records.Some(int64(*p))
}

func joined(parts []string) records.Opt[string] { return text(strings.Join(parts, " ")) }

func packageFacts(all []fact.Package) []Package {
	type key struct{ name, arch, manager string }
	count := make(map[key]int, len(all))
	for _, p := range all {
		count[key{p.Name, p.Arch, p.Manager}]++
	}
	out := make([]Package, len(all))
	for i, p := range all {
		out[i] = Package{Name: line(p.Name, maxFact), Arch: line(p.Arch, 50), Manager: line(p.Manager, 50), Version: text(p.Version), Source: text(p.Source), SourceVersion: text(p.SrcVer),
			Module: text(p.Module), Origin: text(p.Origin), Vendor: text(p.Vendor), Bytes: known(p.Bytes), Installed: day(p.Day), Held: p.Held, Auto: p.Auto}
		if count[key{p.Name, p.Arch, p.Manager}] > 1 {
			out[i].Instance = line(p.Version, maxFact)
		}
	}
	return out
}

func serviceFacts(all []fact.Service) []Service {
	out := make([]Service, len(all))
	for i, s := range all {
		out[i] = Service{Name: line(s.Name, maxFact), Manager: line(s.Manager, 50), Title: text(s.Title), Starts: text(s.Start), State: text(s.State), Account: text(s.Account), Command: text(s.Command)}
	}
	return out
}

func portFacts(all []fact.Port) []Port {
	out := make([]Port, len(all))
	for i, p := range all {
		out[i] = Port{Protocol: line(p.Protocol, 20), Address: line(p.Address, 100), Port: int64(p.Port), Process: text(p.Process), Program: text(p.Program), Account: text(p.Account)}
	}
	return out
}

func interfaceFacts(all []fact.Interface) ([]Interface, []Address) {
	out := make([]Interface, len(all))
	var addresses []Address
	for i, x := range all {
		name := line(x.Name, maxFact)
		out[i] = Interface{Name: name, Sort: text(x.Kind), MAC: text(x.MAC), Gateway: text(x.Gateway), Driver: text(x.Driver), PartOf: text(x.Parent), DNS: joined(x.DNS),
			Mtu: whole(x.MTU), Mbits: whole(x.Mbits), VLAN: whole(x.VLAN), Up: known(x.Up), DHCP: known(x.DHCP)}
		for _, a := range x.Addresses {
			f := Address{Interface: name, Address: line(a, 100)}
			if p, err := netip.ParsePrefix(a); err == nil {
				f.Address, f.Prefix = p.Addr().String(), records.Some(int64(p.Bits()))
			}
			addresses = append(addresses, f)
		}
	}
	return out, addresses
}

func diskFacts(all []fact.Disk) []Disk {
	out := make([]Disk, len(all))
	for i, d := range all {
		out[i] = Disk{Name: line(d.Name, maxFact), Sort: text(d.Kind), Bus: text(d.Bus), Vendor: text(d.Vendor), Model: text(d.Model), Serial: text(d.Serial), Health: text(d.Health), Bytes: known(d.Bytes)}
	}
	return out
}

func filesystemFacts(all []fact.Filesystem) []Filesystem {
	out := make([]Filesystem, len(all))
	for i, s := range all {
		out[i] = Filesystem{Mount: line(s.Mount, maxFact), Device: line(s.Device, maxFact), Format: line(s.Type, 50), Bytes: known(s.Bytes), Options: text(s.Options), Cipher: text(s.Cipher), Encrypted: known(s.Encrypted), Remote: s.Remote}
	}
	return out
}

func accountFacts(all []fact.Account) []Account {
	out := make([]Account, len(all))
	for i, a := range all {
		out[i] = Account{Name: line(a.Name, maxFact), Number: line(a.ID, 200), Sort: line(a.Kind, 50), Title: text(a.Title), Password: text(a.Password), Groups: joined(a.Groups),
			Changed: day(a.Changed), Expires: day(a.Expires), Keys: whole(a.Keys), Admin: a.Admin, Login: known(a.Login)}
	}
	return out
}

// updateFacts carries over since when each security update has been pending.
func updateFacts(all []fact.Update, before []records.Fact[Update], now records.Moment) []Update {
	type key struct{ name, arch string }
	since := map[key]records.Moment{}
	for _, f := range before {
		if f.V.Security.Or(false) && f.V.Since.Set {
			since[key{f.V.Name, f.V.Arch}] = f.V.Since.V
		}
	}
	out := make([]Update, len(all))
	for i, p := range all {
		out[i] = Update{Name: line(p.Name, maxFact), Arch: line(p.Arch, 50), Installed: text(p.From), Offered: text(p.To), Origin: text(p.Origin), Severity: text(p.Severity),
			Advisories: joined(p.IDs), Security: known(p.Security), Held: p.Held}
		if out[i].Security.Or(false) {
			at, ok := since[key{out[i].Name, out[i].Arch}]
			if !ok {
				at = now
			}
			out[i].Since = records.Some(at)
		}
	}
	return out
}

// oldest is since when the longest pending security update has been pending.
func oldest(all []Update) (at records.Moment, any bool) {
	for _, p := range all {
		if p.Since.Set && (!any || p.Since.V < at) {
			at, any = p.Since.V, true
		}
	}
	return at, any
}

func programFacts(all []fact.Server) []Program {
	out := make([]Program, len(all))
	for i, s := range all {
		var ports []string
		for _, p := range s.Ports {
			ports = append(ports, strconv.Itoa(p))
		}
		out[i] = Program{Sort: line(s.Kind, 50), Product: line(s.Product, maxFact), Instance: line(s.Instance, maxFact), Version: text(s.Version), Ports: joined(ports), Evidence: text(strings.Join(s.Evidence, ", ")), Running: known(s.Running)}
	}
	return out
}
