package demo

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"steward/kernel/org"
	"steward/kernel/records"
	"steward/modules/systems"
)

type system struct {
	systems.System
	listed
	parts []*part
	made  time.Time
}

// part is a component, with the machine it runs on.
type part struct {
	systems.Component
	role string // db, app …
	host string // name of its machine; "" where somebody else runs it
	site *site
}

func (w *world) planSystems() {
	r := w.random("systems")
	for i, l := range systemList {
		s := &system{listed: l, made: w.start.AddDate(0, 0, 2).Add(time.Duration(9*60+i*7) * time.Minute)}
		if i%12 == 11 {
			s.made = w.start.AddDate(0, r.between(6, 30), 3)
		}
		own := w.byCode[l.unit]
		s.System = systems.System{Name: l.name, Purpose: records.Some(l.purpose), State: systems.Live, Unit: records.Some(own.ID), Owner: records.Some(own.head.ID),
			ServiceOwner: records.Some(w.anyone(r, pick(r, []string{"MIS-APP", "MIS-INF", "PL-IT"})).ID), Users: records.Some(int64(w.count(l.users, 1))),
			PersonalData: strings.Contains(l.data, "p"), HealthData: strings.Contains(l.data, "h"), FinancialData: strings.Contains(l.data, "f"), PublicData: strings.Contains(l.data, "o"),
			Criticality:  map[byte]systems.Criticality{'m': systems.MissionCritical, 'i': systems.Important, 's': systems.Standard, 'l': systems.Low}[l.critical],
			Hosting:      records.Some(map[byte]systems.Hosting{'o': systems.Own, 'c': systems.Cloud, 'v': systems.VendorRuns, 'h': systems.Hybrid}[l.hosting]),
			ServiceHours: records.Some(map[byte]string{'m': "24 × 7", 'i': "Mon–Fri 06:00–20:00", 's': "Mon–Fri 08:00–17:00", 'l': "Mon–Fri 08:00–17:00"}[l.critical]),
			GoLive:       records.Some(records.DateOf(s.made.AddDate(-r.between(1, 9), -r.between(0, 11), 0)))}
		s.ID = records.ID[systems.System](w.id(s.made, "system", l.name))
		if l.vendor != "" {
			s.Vendor = records.Some(w.vendorNamed(l.vendor).ID)
		}
		if l.rto > 0 {
			s.RTOMinutes = records.Some(int64(l.rto))
		}
		if l.rpo > 0 {
			s.RPOMinutes = records.Some(int64(l.rpo))
		}
		if l.critical == 'm' || l.critical == 'i' {
			s.Availability = records.Some(records.Scaled(map[byte]int64{'m': 99_900, 'i': 99_500}[l.critical]))
			s.Review = records.Some(records.DateOf(w.end.AddDate(0, r.between(-2, 14), r.between(0, 27))))
		}
		switch {
		case i%19 == 18:
			s.Owner = records.Opt[records.ID[org.Person]]{} // nobody answers for it
		case l.name == "Legacy order archive":
			s.State, s.Retires = systems.PhasingOut, records.Some(records.DateOf(w.end.AddDate(0, 5, 0)))
		}
		w.planParts(r, s)
		w.systems = append(w.systems, s)
		w.bySystem[s.Name] = s
	}
}

// roles says what a machine's role in a system is called and does.
var roles = map[string]struct {
	name string
	kind systems.ComponentKind
}{
	"db": {"Database", systems.DatabaseServer}, "app": {"Application server", systems.ApplicationServer}, "web": {"Web server", systems.ApplicationServer},
	"if": {"Interface server", systems.Interface}, "etl": {"Loading server", systems.Interface}, "dc": {"Domain controller", systems.ServicePart},
	"dns": {"Name server", systems.ServicePart}, "esx": {"Virtualisation host", systems.OtherPart}, "sto": {"Storage controller", systems.StoragePart},
	"bck": {"Backup server", systems.StoragePart}, "mon": {"Monitoring server", systems.ServicePart}, "fs": {"File server", systems.StoragePart},
	"prn": {"Print server", systems.ServicePart}, "pbx": {"Telephone server", systems.ServicePart}, "fw": {"Firewall", systems.ServicePart},
	"vpn": {"Gateway", systems.ServicePart}, "lic": {"Licence server", systems.ServicePart}, "hpc": {"Compute node", systems.ApplicationServer},
}

// planParts makes the components from the short form "db2 app3". Two and more of
// a role stand in for each other, all but a lone spare being needed of three.
func (w *world) planParts(r random, s *system) {
	home := w.byCode[s.unit].site
	for _, word := range strings.Fields(s.servers) {
		role := strings.TrimRight(word, "0123456789")
		n, _ := strconv.Atoi(word[len(role):])
		for i := range n {
			p := &part{role: role, site: home}
			if s.critical == 'm' && (role == "dc" || role == "dns" || role == "fs" || role == "fw" || role == "esx") {
				p.site = w.sites[i%len(w.sites)] // one at each site
			}
			kind := roles[role]
			p.Name = kind.name
			if n > 1 {
				p.Name = fmt.Sprintf("%s %d", kind.name, i+1)
				p.Redundancy, p.AtLeast = records.Some(strings.ToLower(kind.name)+"s"), records.Some(int64(max(1, n-1)))
			}
			p.host = fmt.Sprintf("%s-%s-%s%02d", p.site.short, shortName(s.Name), role, i+1)
			p.Kind, p.System = kind.kind, s.ID
			p.Release = records.Some(fmt.Sprintf("%d.%d", r.between(4, 19), r.between(0, 9)))
			p.ID = records.ID[systems.Component](w.id(s.made.Add(time.Minute), "component", s.Name, role, i))
			s.parts = append(s.parts, p)
		}
	}
}

// shortName is a system's name as it stands in names of machines.
func shortName(name string) string {
	words := strings.Fields(strings.ToLower(strings.Split(address(name, map[string]bool{}), "@")[0]))
	all := strings.Split(words[0], ".")
	if len(all) == 1 {
		return all[0][:min(len(all[0]), 6)]
	}
	short := ""
	for _, part := range all {
		if part != "and" && part != "" {
			short += part[:min(len(part), 3)]
		}
	}
	return short[:min(len(short), 8)]
}

// tellSystems registers the systems with their components as they came.
func (w *world) tellSystems() []step {
	var steps []step
	by := w.byCode["MIS"].head
	for _, s := range w.systems {
		steps = append(steps, step{at: s.made, name: "information system " + s.Name, by: by, do: func(u *records.Tx) error {
			rec := s.System
			if err := systems.Systems.Create(u, &rec); err != nil {
				return fmt.Errorf("%s: %w", s.Name, err)
			}
			for _, p := range s.parts {
				c := p.Component
				if err := systems.Components.Create(u, &c); err != nil {
					return fmt.Errorf("%s, %s: %w", s.Name, p.Name, err)
				}
			}
			return nil
		}})
	}
	return append(append(steps, w.tellDependencies()...), w.tellUses()...)
}
