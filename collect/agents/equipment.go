package agents

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"steward/collect/fact"
)

// deviceBuilder gathers one device of an SNMP inventory or discovery.
type deviceBuilder struct {
	e    Equipment
	info row
}

// beginDevice begins the next <DEVICE> of an XML document.
func (b *builder) beginDevice() error {
	if b.items++; b.items > maxItems {
		return fmt.Errorf("%w: above %d entries", ErrTooLarge, maxItems)
	}
	b.devices = append(b.devices, &deviceBuilder{info: row{}})
	return nil
}

func (b *builder) inDevice() bool { return len(b.devices) > 0 }

// current is the device a section belongs to: the last <DEVICE>, or in JSON the
// only one, begun by the first section that only devices have.
func (b *builder) current(section string) *deviceBuilder {
	switch section {
	case "network_device", "network_ports", "network_components", "pagecounters", "cartridges":
		if len(b.devices) == 0 {
			d := &deviceBuilder{info: row{}}
			b.devices = append(b.devices, d)
			for _, r := range b.small["firmwares"] { // which came first
				_ = b.deviceRow(d, "firmwares", r)
			}
		}
	}
	if len(b.devices) == 0 {
		return nil
	}
	return b.devices[len(b.devices)-1]
}

func (b *builder) deviceRow(d *deviceBuilder, section string, r row) error {
	switch section {
	case "network_device", "info":
		maps.Copy(d.info, r)
	case "network_ports", "ports":
		return b.port(d, r)
	case "network_components", "components":
		c := Component{Index: deref(r.whole("index")), Within: deref(r.whole("contained_index", "containedinindex")), Kind: r.text("type"),
			Name: r.text("name", "description"), Model: r.text("model"), Serial: r.text("serial"), Vendor: r.text("manufacturer"), Firmware: r.text("firmware", "version", "revision")}
		if fact.GarbageSerial(c.Serial) != "" {
			c.Serial = ""
		}
		d.e.Components = append(d.e.Components, c)
	case "firmwares":
		if v := r.text("version"); v != "" {
			d.e.Firmware = append(d.e.Firmware, Firmware{Name: r.text("name"), Version: v, Maker: r.text("manufacturer"), Date: day(r.text("date"), false)})
		}
	case "pagecounters":
		for name := range r {
			if n := r.count(name); n != nil && len(d.e.Counters) < 100 {
				if d.e.Counters == nil {
					d.e.Counters = map[string]int{}
				}
				d.e.Counters[clip(name)] = *n
			}
		}
	case "cartridges":
		d.supplies(r)
	default: // a discovery writes what it found beside each other
		if section != "users" && len(b.unread) < 128 {
			b.unread[clip(section)] = true
		}
	}
	return nil
}

// supplies reads cartridges: {"tonerblack": "71"} or {"name": …, "value": …}.
func (d *deviceBuilder) supplies(r row) {
	add := func(name, value string) {
		s := Supply{Name: clip(name)}
		n := row{"v": value}.count("v")
		if n != nil && *n <= 100 && strings.Trim(value, "0123456789.% ") == "" {
			s.Percent = n
		} else {
			s.State = clip(value)
		}
		d.e.Supplies = append(d.e.Supplies, s)
	}
	if name := r.text("name"); name != "" {
		add(name, r.text("value"))
		return
	}
	for _, name := range slices.Sorted(maps.Keys(r)) {
		if v := r.text(name); v != "" && len(d.e.Supplies) < 200 {
			add(name, v)
		}
	}
}

func (b *builder) port(d *deviceBuilder, r row) error {
	p := Port{Number: deref(r.whole("ifnumber")), Name: r.text("ifname"), Title: r.text("ifdescr"), Alias: r.text("ifalias"), Type: deref(r.whole("iftype")),
		Bits: r.whole("ifspeed"), MTU: r.positive("ifmtu"), BytesIn: r.whole("ifinbytes", "ifinoctets"), BytesOut: r.whole("ifoutbytes", "ifoutoctets"),
		ErrorsIn: r.whole("ifinerrors"), ErrorsOut: r.whole("ifouterrors")}
	if p.Name == "" {
		p.Name = p.Title
	}
	if p.Title == p.Name {
		p.Title = ""
	}
	p.MAC, _ = fact.MAC(r.text("mac"))
	p.Up, p.Enabled = state(r, "ifstatus"), state(r, "ifinternalstatus")
	switch r.text("ifportduplex") {
	case "2":
		p.FullDuplex = new(false)
	case "3":
		p.FullDuplex = new(true)
	}
	if t := r.flag("trunk"); t != nil {
		p.Trunk = *t
	}
	p.Addresses = append(r.texts("ips"), r.texts("ip")...)
	for _, v := range r.rows("vlans", "vlan") {
		if n := v.count("number"); n != nil {
			p.VLANs = append(p.VLANs, VLAN{Number: *n, Name: v.text("name"), Tagged: v.flag("tagged")})
		}
	}
	for _, a := range r.values("aggregate") {
		switch {
		case asRow(a) != nil:
			p.Members = append(p.Members, asRow(a).texts("port")...)
		case scalar(a) != "":
			p.Members = append(p.Members, scalar(a))
		}
	}
	method := "forwarding"
	if told := r.flag("lldp"); told != nil && *told {
		method = "discovery"
	}
	lists := r.rows("connections", "connection")
	if cdp := r.rows("connections", ""); len(cdp) == 1 && cdp[0].text("cdp") == "1" {
		method = "discovery"
	}
	var seen []string
	for _, c := range lists {
		peer := Neighbour{Method: method, Name: c.text("sysname"), Port: c.text("ifdescr", "ifnumber"), Title: c.text("sysdescr"), Model: c.text("model"), IP: c.text("ip")}
		if c.text("sysname", "sysdescr", "ifdescr") != "" {
			peer.Method = "discovery"
		}
		for _, m := range append(c.texts("mac"), c.texts("sysmac")...) {
			if mac, ok := fact.MAC(m); ok {
				peer.MACs = append(peer.MACs, mac)
			}
		}
		if b.items += max(1, len(peer.MACs)); b.items > maxItems {
			return fmt.Errorf("%w: above %d entries", ErrTooLarge, maxItems)
		}
		if peer.Name == "" && peer.Title == "" && peer.IP == "" && peer.Port == "" && peer.Model == "" && len(peer.MACs) == 0 {
			continue
		}
		if peer.Method == "forwarding" && peer.IP == "" && peer.Model == "" { // a big switch has hundreds of thousands
			seen = append(seen, peer.MACs...)
			continue
		}
		p.Neighbours = append(p.Neighbours, peer)
	}
	if len(seen) > 0 {
		p.Neighbours = append(p.Neighbours, Neighbour{Method: "forwarding", MACs: seen})
	}
	d.e.Ports = append(d.e.Ports, p)
	return nil
}

// state reads IF-MIB's up(1) and down(2), as number or word; any other is unknown.
func state(r row, name string) *bool {
	switch strings.ToLower(r.text(name)) {
	case "1", "up":
		return new(true)
	case "2", "down":
		return new(false)
	}
	return nil
}

func deref(n *int64) int64 {
	if n == nil {
		return 0
	}
	return *n
}

func (b *builder) finishDevice(d *deviceBuilder) (Equipment, error) {
	e, r := &d.e, d.info
	otherwise := Unmanaged
	if b.itemType != "" {
		otherwise = b.kind()
	}
	e.Kind = kindOf(r.text("type"), otherwise)
	if e.Kind == Unmanaged && otherwise != Unmanaged {
		e.Kind = otherwise
	}
	e.Contact, e.Location = r.text("contact"), r.text("location")
	e.Addresses = r.texts("ips")
	for _, in := range r.rows("ips", "") { // XML: <IPS><IP>…</IP></IPS>
		e.Addresses = append(e.Addresses, in.texts("ip")...)
	}
	slices.SortFunc(e.Ports, func(a, b Port) int {
		return cmp.Or(cmp.Compare(a.Number, b.Number), strings.Compare(a.Name, b.Name))
	})
	inv := b.start()
	id := fact.Identity{Hostname: r.text("name"), Serial: r.text("serial"), AssetTag: r.text("assettag")}
	if mac, ok := fact.MAC(r.text("mac")); ok {
		id.MACs = []string{mac}
	}
	inv.Identity = fact.Saw(id)
	hw := fact.Hardware{Vendor: r.text("manufacturer"), Model: r.text("model"), Memory: r.size(mib, "ram")}
	if v := r.text("firmware"); v != "" {
		hw.Firmware = &fact.Firmware{Vendor: hw.Vendor, Version: v}
	}
	inv.Hardware = fact.Saw(hw)
	if name := r.text("description", "comments"); name != "" {
		inv.System = fact.Saw(fact.System{Name: name})
	}
	canonical, err := inv.Canonical()
	e.Inventory = canonical
	return *e, err
}
