package identify

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"steward/collect/network/seen"
	"steward/collect/network/snmp"
)

// table is the product table: sysObjectID → model, also for what lies under an
// entry.
func (w *weigher) table() {
	for n := len(w.object); n >= 8; n-- {
		if m := w.rules.models[w.object[:n].String()]; m != "" {
			w.claim("model", m, "sysObjectID", w.d.SysObjectID, "product table", sureTable)
			return
		}
	}
}

// components is what ENTITY-MIB says of the whole: its chassis, or the first
// member of a stack.
func (w *weigher) components() {
	c := whole(w.d.Components)
	if c == nil {
		return
	}
	at := func(column string) string { return "entPhysical" + column + "." + strconv.FormatInt(c.Index, 10) }
	sure := sureEntity
	if c.Class != "chassis" && c.Class != "stack" {
		sure -= 0.2
	}
	w.claim("serial", c.Serial, at("SerialNum"), c.Serial, "", sure)
	// makers that write the vendor or a sentence where the model belongs
	if m := c.Model; m != "" && len(m) <= 60 && !strings.EqualFold(m, c.Vendor) {
		w.claim("model", m, at("ModelName"), m, "", sure-0.05)
	}
	w.claim("vendor", c.Vendor, at("MfgName"), c.Vendor, "", 0.55)
	version := c.Software
	from := at("SoftwareRev")
	if version == "" {
		for _, o := range w.d.Components { // often told by the module that runs it
			if o.Software != "" && (o.Class == "module" || o.Class == "chassis") {
				version, from = o.Software, "entPhysicalSoftwareRev."+strconv.FormatInt(o.Index, 10)
				break
			}
		}
	}
	if versionLike.MatchString(version) {
		w.claim("version", version, from, version, "", 0.5)
	}
}

var versionLike = regexp.MustCompile(`\d.*[.()\dA-Z]`)

// whole is the component that stands for the device.
func whole(list []seen.Component) *seen.Component {
	var best *seen.Component
	rank := func(c *seen.Component) int {
		n := 0
		switch c.Class {
		case "chassis":
			n = 100
			if c.StackRole == "master" {
				n = 110
			}
		case "stack":
			n = 60
			if c.Serial != "" {
				n = 90
			}
		case "module", "other", "backplane":
			n = 20
		case "", "unknown":
			n = 10
		default:
			return 0
		}
		if c.Serial != "" {
			n += 8
		}
		if c.Model != "" {
			n += 4
		}
		if c.Within == 0 {
			n += 2
		}
		return n
	}
	for i := range list {
		c := &list[i]
		if rank(c) > 0 && (best == nil || rank(c) > rank(best)) {
			best = c
		}
	}
	if best != nil && best.Serial == "" && best.Model == "" {
		return nil
	}
	return best
}

// members is what a stack says of the one that leads it.
func (w *weigher) members() {
	for _, m := range w.d.Members {
		if m.Role != "master" && !(w.d.Members[0].Role == "" && m.Number == w.d.Members[0].Number) {
			continue
		}
		from := "member " + strconv.FormatInt(m.Number, 10)
		w.claim("serial", m.Serial, from, m.Serial, "", sureEntity-0.1)
		w.claim("model", m.Model, from, m.Model, "", sureEntity-0.25)
		return
	}
}

// printer is what Printer-MIB and HOST-RESOURCES-MIB say of a printer.
func (w *weigher) printer() {
	known := slices.ContainsFunc(w.claims, func(c seen.Claim) bool { return c.Field == "kind" && c.Value == "printer" })
	if w.d.Printer == nil && !known {
		return
	}
	if w.d.Printer != nil {
		w.claim("kind", "printer", "Printer-MIB", "", "", 0.9)
	}
	for _, b := range w.under(snmp.MustOID("1.3.6.1.2.1.43.5.1.1.17"), 4) {
		w.claim("serial", b.Value.Text(), b.OID.String(), b.Value.Text(), "", 0.85)
		break
	}
	// hrDeviceDescr of the device whose type is printer
	printers := map[uint32]bool{}
	for _, b := range w.under(snmp.MustOID("1.3.6.1.2.1.25.3.2.1.2"), 64) {
		if b.Value.ID.Compare(snmp.MustOID("1.3.6.1.2.1.25.3.1.5")) == 0 {
			printers[b.OID[len(b.OID)-1]] = true
		}
	}
	for _, b := range w.under(snmp.MustOID("1.3.6.1.2.1.25.3.2.1.3"), 64) {
		if !printers[b.OID[len(b.OID)-1]] {
			continue
		}
		w.printerName(b.Value.Text(), b.OID.String(), 0.6)
		break
	}
}

var afterModel = regexp.MustCompile(`(?i)(\s*[;,/].*| (series )?(v(er(sion)?)?\.? ?\d|S/N|firmware|ROM|network printer|GDI).*| \d+\.\d+(\.\d+)*$)`)

// printerName takes maker and model from a printer's own name for itself.
func (w *weigher) printerName(s, from string, sure float64) {
	name := strings.TrimSpace(afterModel.ReplaceAllString(s, ""))
	lower := strings.ToLower(name)
	for _, maker := range printerMakers {
		if !strings.HasPrefix(lower, strings.ToLower(maker[0])) {
			continue
		}
		w.claim("vendor", maker[1], from, s, "", sure)
		w.claim("model", strings.TrimSpace(name[len(maker[0]):]), from, s, "", sure)
		return
	}
	w.claim("model", name, from, s, "", sure-0.1)
}

// printerMakers as they begin a printer's name, the longer first.
var printerMakers = [][2]string{{"hewlett-packard", "HP"}, {"hp", "HP"}, {"konica minolta", "Konica Minolta"}, {"kyocera document solutions", "Kyocera"}, {"kyocera", "Kyocera"}, {"fuji xerox", "Fuji Xerox"}, {"fujifilm", "Fujifilm"},
	{"xerox", "Xerox"}, {"lexmark international", "Lexmark"}, {"lexmark", "Lexmark"}, {"brother", "Brother"}, {"canon", "Canon"}, {"ricoh", "Ricoh"}, {"epson", "Epson"}, {"oki data corp", "OKI"}, {"oki", "OKI"}, {"samsung", "Samsung"}, {"sharp", "Sharp"},
	{"toshiba", "Toshiba"}, {"dell", "Dell"}, {"zebra technologies", "Zebra"}, {"zebra", "Zebra"}, {"pantum", "Pantum"}, {"develop", "Develop"}, {"nrg", "NRG"}, {"lanier", "Lanier"}, {"savin", "Savin"}, {"gestetner", "Gestetner"}, {"utax", "Utax"}, {"triumph-adler", "Triumph-Adler"}, {"sindoh", "Sindoh"}}

// ups is what UPS-MIB says.
func (w *weigher) ups() {
	got, err := w.src.Get(w.ctx, snmp.MustOID("1.3.6.1.2.1.33.1.1.1.0"), snmp.MustOID("1.3.6.1.2.1.33.1.1.2.0"), snmp.MustOID("1.3.6.1.2.1.33.1.1.3.0"), snmp.MustOID("1.3.6.1.2.1.33.1.1.4.0"))
	if err != nil {
		w.note(err)
		return
	}
	for i, field := range []string{"vendor", "model", "version", "version"} {
		sure := []float64{0.7, 0.8, 0.55, 0.5}[i]
		if v := got[i].Value; !v.Missing() {
			w.claim(field, v.Text(), got[i].OID.String(), v.Text(), "", sure)
		}
	}
	if w.d.UPS != nil && (w.d.UPS.Charge != nil || w.d.UPS.Runtime != nil || w.d.UPS.Battery != "") {
		w.claim("kind", "ups", "UPS-MIB", "", "", 0.8)
	}
}

// med is the device's own inventory of LLDP-MED.
func (w *weigher) med() {
	for i, field := range []string{"version", "serial", "vendor", "model"} {
		o := snmp.MustOID("1.0.8802.1.1.2.1.5.4795.1.2").With(uint32(4+i), 0)
		got, err := w.get(o)
		if err != nil || got[0].Value.Missing() {
			continue
		}
		sure := 0.6
		if field != "serial" {
			sure = 0.4
		}
		w.claim(field, got[0].Value.Text(), "lldpXMedLoc", got[0].Value.Text(), "", sure)
	}
}

// layers guesses the kind by what the device does, when nothing better is known.
func (w *weigher) layers() {
	if slices.ContainsFunc(w.claims, func(c seen.Claim) bool { return c.Field == "kind" && c.Confidence > 0.2 }) {
		return
	}
	d := w.d
	bridge := 0
	for _, s := range d.Sections {
		if s.Name == "bridge" {
			bridge = s.Rows
		}
	}
	saw := "sysServices " + strconv.Itoa(d.Services)
	switch {
	case bridge >= 4:
		w.claim("kind", "switch", "dot1dBasePortTable", strconv.Itoa(bridge)+" bridge ports", "", sureGeneral)
	case d.Services&2 != 0 && d.Services&4 == 0 && d.Services&64 == 0:
		w.claim("kind", "switch", "sysServices", saw, "", sureGeneral-0.05)
	case d.Services&4 != 0 && d.Services&64 == 0:
		w.claim("kind", "router", "sysServices", saw, "", sureGeneral-0.05)
	case len(d.Storage) > 0 && d.Services&64 != 0:
		w.claim("kind", "server", "sysServices", saw, "", sureGeneral-0.05)
	}
}

// vendorName writes the makers' many spellings in one way: "Cisco Systems,
// Inc." is Cisco.
func (r *Rules) vendorName(s string) string {
	t := companyTail.ReplaceAllString(strings.TrimSpace(s), "")
	for companyTail.MatchString(t) {
		t = companyTail.ReplaceAllString(t, "")
	}
	if n, ok := spellings[strings.ToLower(t)]; ok {
		return n
	}
	return t
}

var companyTail = regexp.MustCompile(`(?i)[\s,.]+(inc|incorporated|corp|corporation|co|ltd|limited|llc|gmbh|ag|s\.?a|b\.?v|a/?s|company|international|technologies co|electronics co|co\., ?ltd)\.?$`)

// spellings are names makers write of themselves, lower case.
var spellings = map[string]string{
	"cisco systems": "Cisco", "cisco": "Cisco", "cisco systems (meraki)": "Cisco Meraki", "ciscosystems": "Cisco", "hewlett-packard": "HP", "hewlett packard": "HP", "hp": "HP", "hewlett packard enterprise": "HPE", "hpe": "HPE",
	"juniper networks": "Juniper", "juniper": "Juniper", "arista networks": "Arista", "extreme networks": "Extreme", "palo alto networks": "Palo Alto", "paloaltonetworks": "Palo Alto", "d-link systems": "D-Link", "d-link": "D-Link", "dlink": "D-Link",
	"huawei technologies": "Huawei", "huawei": "Huawei", "hangzhou h3c technologies": "H3C", "hangzhou h3c tech": "H3C", "new h3c technologies": "H3C", "h3c": "H3C", "american power conversion": "APC", "apc": "APC", "schneider electric": "APC", "american power conversion corp": "APC", "brocade communications systems": "Brocade", "brocade": "Brocade",
	"dell emc": "Dell", "dell": "Dell", "dell technologies": "Dell", "dell inc": "Dell", "vmware": "VMware", "synology": "Synology", "qnap systems": "QNAP", "qnap": "QNAP", "mikrotik": "MikroTik", "ubiquiti networks": "Ubiquiti", "ubiquiti": "Ubiquiti", "ubnt": "Ubiquiti", "fortinet": "Fortinet",
	"zyxel communications": "Zyxel", "zyxel": "Zyxel", "tp-link technologies": "TP-Link", "tp-link": "TP-Link", "netgear": "Netgear", "allied telesis": "Allied Telesis", "aruba networks": "Aruba", "aruba": "Aruba", "ruckus wireless": "Ruckus", "eaton": "Eaton", "eaton corporation": "Eaton", "konica minolta": "Konica Minolta", "seiko epson": "Epson", "epson": "Epson",
	"brother industries": "Brother", "kyocera mita": "Kyocera", "kyocera document solutions": "Kyocera", "lexmark": "Lexmark", "xerox": "Xerox", "ricoh": "Ricoh", "canon": "Canon", "samsung electronics": "Samsung", "axis communications": "Axis", "axis communications ab": "Axis", "raritan computer": "Raritan", "raritan": "Raritan", "riello ups": "Riello", "tripp lite": "Tripp Lite", "tripplite": "Tripp Lite",
	"sun microsystems": "Oracle", "oracle": "Oracle", "oracle america": "Oracle", "international business machines": "IBM", "ibm": "IBM", "lenovo": "Lenovo", "supermicro": "Supermicro", "super micro computer": "Supermicro", "fujitsu": "Fujitsu", "ruijie networks": "Ruijie", "enterasys networks": "Enterasys", "alcatel-lucent": "Alcatel-Lucent", "alcatel-lucent enterprise": "Alcatel-Lucent Enterprise",
	"check point": "Check Point", "check point software technologies": "Check Point", "checkpoint": "Check Point", "f5 networks": "F5", "a10 networks": "A10", "citrix systems": "Citrix", "netapp": "NetApp", "network appliance": "NetApp", "emerson network power": "Emerson", "liebert": "Vertiv", "vertiv": "Vertiv", "vertiv co": "Vertiv", "server technology": "Server Technology", "socomec sicon": "Socomec", "socomec": "Socomec", "cyberpower": "CyberPower", "cps": "CyberPower", "cyber power systems": "CyberPower", "cyberpower systems": "CyberPower", "mge ups systems": "Eaton", "powerware": "Eaton", "edgecore networks": "Edgecore", "edge-core": "Edgecore", "accton technology": "Edgecore", "nokia": "Nokia", "ericsson": "Ericsson", "zte": "ZTE", "hikvision": "Hikvision", "hangzhou hikvision digital technology": "Hikvision",
}

// best is the value of a field with the greatest sum of confidence so far.
func (w *weigher) best(field string) string {
	v, _ := w.weigh(field)
	return v
}

// weigh sums the claims for each value: two that are half sure of one thing
// make it three quarters. Values that differ only in writing, or of which one
// holds the other, agree.
func (w *weigher) weigh(field string) (value string, sure float64) {
	var list []seen.Claim
	for _, c := range w.claims {
		if c.Field == field && c.Confidence > 0.05 {
			list = append(list, c)
		}
	}
	for _, c := range list {
		doubt, used := 1.0, map[string]bool{}
		for _, o := range list {
			// one source counts once, whichever rules read it
			if agree(field, c.Value, o.Value) && !used[o.From] {
				doubt *= 1 - o.Confidence
				used[o.From] = true
			}
		}
		// what this claim itself is sure of breaks ties between spellings
		s := 1 - doubt + c.Confidence/1000
		if s > sure+1e-9 {
			value, sure = c.Value, s
		}
	}
	return value, min(sure, 1)
}

var notWord = regexp.MustCompile(`[^\p{L}\p{N}.]+`)

func plain(s string) string { return notWord.ReplaceAllString(strings.ToLower(s), "") }

// agree reports whether two values of a field do not contradict each other.
func agree(field, a, b string) bool {
	x, y := plain(a), plain(b)
	if x == y {
		return true
	}
	if len(x) > len(y) {
		x, y = y, x
	}
	switch field {
	case "kind":
		return false
	case "vendor":
		return len(x) >= 2 && strings.HasPrefix(y, x)
	case "version":
		return len(x) >= 3 && strings.Contains(y, x)
	}
	return len(x) >= 4 && strings.Contains(y, x)
}

// decide sets the device's fields and orders the evidence.
func (w *weigher) decide() {
	to := map[string]*string{"vendor": &w.d.Vendor, "model": &w.d.Model, "kind": &w.d.Kind, "os": &w.d.OS, "version": &w.d.Version, "serial": &w.d.Serial}
	for _, f := range fields {
		if f == "version" {
			w.foreignVersions()
		}
		*to[f], _ = w.weigh(f)
	}
	for i := range w.claims {
		c := &w.claims[i]
		c.Used = c.Value == *to[c.Field]
		c.Conflict = !agree(c.Field, c.Value, *to[c.Field])
	}
	slices.SortStableFunc(w.claims, func(a, b seen.Claim) int {
		order := func(c seen.Claim) int {
			switch {
			case c.Used:
				return 0
			case !c.Conflict:
				return 1
			}
			return 2
		}
		return cmp.Or(cmp.Compare(slices.Index(fields, a.Field), slices.Index(fields, b.Field)), cmp.Compare(order(a), order(b)), cmp.Compare(b.Confidence, a.Confidence),
			strings.Compare(a.From, b.From), strings.Compare(a.Value, b.Value))
	})
	w.d.Claims = slices.Compact(w.claims)
	// "HP LaserJet" of HP is a LaserJet
	if rest, ok := strings.CutPrefix(strings.ToLower(w.d.Model), strings.ToLower(w.d.Vendor)+" "); ok && w.d.Vendor != "" {
		w.d.Model = w.d.Model[len(w.d.Model)-len(rest):]
	}
}

// foreignVersions makes little of versions that belong to another operating
// system than the one decided on: the kernel's is not the appliance's.
func (w *weigher) foreignVersions() {
	systems := map[string]string{}
	for _, c := range w.claims {
		if c.Field == "os" && c.Rule != "" {
			systems[c.Rule] = c.Value
		}
	}
	for i := range w.claims {
		c := &w.claims[i]
		if of := systems[c.Rule]; c.Field == "version" && of != "" && !agree("os", of, w.d.OS) {
			c.Confidence = 0.05
		}
	}
}
