package demo

import (
	"fmt"
	"strings"
	"time"

	"steward/kernel/records"
	"steward/modules/systems"
)

// needs are which system needs which, for what, and what happens without it:
// s it stops, h it goes on with less.
var needs = []struct {
	system, needs, what string
	kind                systems.DependencyKind
	effect              byte
}{
	{"ERP", "Directory and sign-in", "Single sign-on", systems.SignIn, 's'},
	{"ERP", "Storage platform", "Its disks", systems.Machine, 's'},
	{"ERP", "Integration platform", "Orders and confirmations", systems.Data, 'h'},
	{"Warehouse management", "ERP", "Deliveries to pick", systems.Data, 'h'},
	{"Warehouse management", "Directory and sign-in", "Sign-in at the scanners", systems.SignIn, 's'},
	{"Warehouse management", "Storage platform", "Its disks", systems.Machine, 's'},
	{"MES Malmö", "ERP", "Production orders", systems.Data, 'h'},
	{"MES Kraków", "ERP", "Production orders", systems.Data, 'h'},
	{"MES Győr", "ERP", "Production orders", systems.Data, 's'},
	{"MES Malmö", "Network services", "Names and time", systems.Network, 's'},
	{"MES Kraków", "Network services", "Names and time", systems.Network, 's'},
	{"MES Győr", "Network services", "Names and time", systems.Network, 's'},
	{"Webshop", "ERP", "Prices and stock", systems.Calls, 'h'},
	{"Webshop", "Product information", "Texts and pictures", systems.Data, 'h'},
	{"Webshop", "Perimeter firewall", "Access from the internet", systems.Network, 's'},
	{"Webshop", "Treasury", "Payments", systems.Calls, 'h'},
	{"Webshop", "Storage platform", "Its disks", systems.Machine, 's'},
	{"CRM", "Wide area network", "Access", systems.Network, 's'},
	{"CRM", "ERP", "Customers and orders", systems.Data, 'h'},
	{"Field service", "CRM", "Customers", systems.Data, 's'},
	{"Mail and calendar", "Wide area network", "Access", systems.Network, 's'},
	{"Mail and calendar", "Directory and sign-in", "Single sign-on", systems.SignIn, 's'},
	{"Payroll", "Time recording", "Hours worked", systems.Data, 'h'},
	{"Payroll", "Storage platform", "Its disks", systems.Machine, 's'},
	{"Payroll", "Directory and sign-in", "Single sign-on", systems.SignIn, 's'},
	{"Data warehouse", "ERP", "Nightly load", systems.Data, 'h'},
	{"Data warehouse", "CRM", "Nightly load", systems.Data, 'h'},
	{"Data warehouse", "Warehouse management", "Nightly load", systems.Data, 'h'},
	{"Data warehouse", "Webshop", "Orders of the day", systems.Data, 'h'},
	{"BI portal", "Data warehouse", "All its data", systems.Data, 's'},
	{"BI portal", "Directory and sign-in", "Single sign-on", systems.SignIn, 's'},
	{"Directory and sign-in", "Network services", "Names", systems.Network, 's'},
	{"Virtualisation platform", "Storage platform", "Disks of the virtual machines", systems.Machine, 's'},
	{"Network services", "Virtualisation platform", "Its machines", systems.Machine, 'h'},
	{"File shares", "Storage platform", "Its disks", systems.Machine, 's'},
	{"File shares", "Directory and sign-in", "Rights", systems.SignIn, 's'},
	{"Backup", "Storage platform", "Snapshots", systems.Machine, 's'},
	{"Remote access", "Perimeter firewall", "Way in", systems.Network, 's'},
	{"Remote access", "Directory and sign-in", "Sign-in", systems.SignIn, 's'},
	{"Integration platform", "Network services", "Names", systems.Network, 's'},
	{"Electronic data interchange", "Integration platform", "Messages", systems.Calls, 's'},
	{"Invoice processing", "Document archive", "Keeps what was read", systems.Data, 'h'},
	{"Invoice processing", "ERP", "Bookings", systems.Calls, 's'},
	{"Consolidation", "ERP", "Balances of the month", systems.Data, 'h'},
	{"Treasury", "ERP", "Payment runs", systems.Data, 's'},
	{"Personnel files", "Document archive", "Keeps the files", systems.Data, 's'},
	{"Product life cycle", "Storage platform", "Drawings", systems.Machine, 's'},
	{"CAD", "Product life cycle", "Drawings and parts", systems.Data, 'h'},
	{"Simulation cluster", "CAD", "Models", systems.Data, 'h'},
	{"Quality management", "MES Győr", "Inspection results", systems.Data, 'h'},
	{"Transport management", "Warehouse management", "Loads", systems.Data, 's'},
	{"Customs", "ERP", "Deliveries", systems.Data, 's'},
	{"Supplier portal", "ERP", "Orders", systems.Calls, 's'},
	{"Configurator", "Product life cycle", "Variants", systems.Data, 's'},
	{"Configurator", "CRM", "Offers", systems.Calls, 'h'},
	{"Plant maintenance", "ERP", "Spare parts", systems.Data, 's'},
	{"Process data historian", "MES Malmö", "Orders at the machines", systems.Data, 'h'},
	{"Security monitoring", "Wide area network", "Log entries", systems.Network, 'h'},
	{"Telephony", "Wide area network", "Lines outside", systems.Network, 's'},
	{"Service desk", "Mail and calendar", "Requests by mail", systems.Data, 'h'},
	{"Workplace management", "Directory and sign-in", "Devices and people", systems.SignIn, 's'},
	{"Time recording", "Network services", "Terminals", systems.Network, 's'},
}

func (w *world) tellDependencies() []step {
	var steps []step
	by := w.byCode["MIS-APP"].head
	for i, n := range needs {
		a, b := w.bySystem[n.system], w.bySystem[n.needs]
		if a == nil || b == nil {
			panic("demo: no system " + n.system + " or " + n.needs)
		}
		at := maxTime(a.made, b.made).Add(26 * time.Hour)
		d := &systems.Dependency{Title: n.what, System: a.ID, Needs: systems.Systems.Ref(b.ID), Kind: n.kind, Effect: systems.Stops}
		if n.effect == 'h' {
			d.Effect = systems.Hampers
		}
		d.ID = records.ID[systems.Dependency](w.id(at, "dependency", i))
		steps = append(steps, step{at: at, name: "dependencies", by: by, do: func(u *records.Tx) error {
			rec := *d
			if err := systems.Dependencies.Create(u, &rec); err != nil {
				return fmt.Errorf("%s needs %s: %w", n.system, n.needs, err)
			}
			return nil
		}})
	}
	return steps
}

// tellUses records which departments work with which systems: everybody with what
// all use, and each system's own and neighbouring departments.
func (w *world) tellUses() []step {
	var steps []step
	r := w.random("uses")
	for _, s := range w.systems {
		units := map[string]bool{s.unit: true}
		n := 1
		switch {
		case s.users >= 300:
			n = 10
		case s.users >= 100:
			n = 6
		case s.users >= 30:
			n = 3
		}
		var list []*unit
		list = append(list, w.byCode[s.unit])
		for try := 0; len(list) < n && try < 60; try++ {
			u := pick(r, w.units)
			if !units[u.Code.V] && !strings.HasPrefix(u.Code.V, "MIS-") {
				units[u.Code.V] = true
				list = append(list, u)
			}
		}
		at := s.made.Add(2 * time.Hour)
		left := w.count(s.users, 1)
		steps = append(steps, step{at: at, name: "uses of " + s.Name, by: w.byCode["MIS"].head, do: func(u *records.Tx) error {
			rest := left
			for i, x := range list {
				share := rest
				if i < len(list)-1 {
					share = min(rest, max(1, left/len(list)))
				}
				rest -= share
				use := &systems.Use{System: s.ID, Unit: x.ID, Users: records.Some(int64(share)), Importance: systems.Useful}
				switch {
				case i == 0 && (s.critical == 'm' || s.critical == 'i'):
					use.Importance = systems.Vital
				case s.critical == 'm':
					use.Importance = systems.Significant
				}
				use.ID = records.ID[systems.Use](w.id(at, "use", s.Name, i))
				if err := systems.Uses.Create(u, use); err != nil {
					return fmt.Errorf("%s: %w", x.Name, err)
				}
			}
			return nil
		}})
	}
	return steps
}
