package demo

import (
	"time"

	"steward/kernel/org"
	"steward/kernel/records"
)

// nordwind is the organisation as the assistant would have asked for it.
var nordwind = org.Organisation{Name: "Nordwind Group", Country: "DE", Lang: "en", Currency: "EUR", Timezone: "Europe/Berlin", FiscalMonth: 1, Sample: true}

type site struct {
	org.Site
	currency string
	short    string // in names of machines
	share    int    // of the people, in per cent
}

func (w *world) planSites() {
	for i, s := range []site{
		{org.Site{Name: "Hamburg", City: records.Some("Hamburg"), Country: "DE", Timezone: "Europe/Berlin"}, "EUR", "hh", 46},
		{org.Site{Name: "Malmö", City: records.Some("Malmö"), Country: "SE", Timezone: "Europe/Stockholm"}, "SEK", "mm", 17},
		{org.Site{Name: "Kraków", City: records.Some("Kraków"), Country: "PL", Timezone: "Europe/Warsaw"}, "PLN", "kr", 20},
		{org.Site{Name: "Győr", City: records.Some("Győr"), Country: "HU", Timezone: "Europe/Budapest"}, "HUF", "gy", 17},
	} {
		s.ID = records.ID[org.Site](w.id(w.start, "site", i))
		s.Address = records.Some(tongues[s.Country].street)
		w.sites = append(w.sites, &s)
	}
}

func (w *world) site(short string) *site {
	for _, s := range w.sites {
		if s.short == short {
			return s
		}
	}
	return w.sites[0]
}

type unit struct {
	org.Unit
	site   *site
	parent *unit
	lead   string // the head's job title
	jobs   string // of the others, separated by commas
	weight int    // share of the site's people
	head   *person
}

// units are the organisation's parts: code, parent's code, name, kind, site, title
// of the head, titles of the others, weight.
var units = []struct {
	code, parent, name string
	kind               org.UnitKind
	site, lead, jobs   string
	weight             int
}{
	{"NWG", "", "Nordwind Group SE", org.LegalEntity, "hh", "Chief executive officer", "Assistant to the board", 2},
	{"FIN", "NWG", "Finance and controlling", org.Department, "hh", "Chief financial officer", "Controller,Accountant,Treasury specialist", 8},
	{"PAY", "FIN", "Payroll", org.Team, "hh", "Head of payroll", "Payroll specialist", 4},
	{"HR", "NWG", "Human resources", org.Department, "hh", "Head of human resources", "HR business partner,Recruiter,Training coordinator", 8},
	{"MIS", "NWG", "Information systems", org.Department, "hh", "MIS manager", "Enterprise architect,IT controller", 3},
	{"MIS-INF", "MIS", "Infrastructure", org.Team, "hh", "Head of infrastructure", "System engineer,Network engineer,Cloud engineer", 9},
	{"MIS-APP", "MIS", "Applications", org.Team, "hh", "Head of applications", "Application manager,ERP consultant,Software developer", 10},
	{"MIS-SD", "MIS", "Service desk", org.Team, "hh", "Service desk lead", "Service desk agent,Workplace engineer", 8},
	{"MIS-BI", "MIS", "Data and reporting", org.Team, "hh", "Head of data and reporting", "Data engineer,BI analyst", 4},
	{"MIS-SEC", "MIS", "Information security", org.Team, "hh", "Information security officer", "Security analyst", 3},
	{"SAL", "NWG", "Sales and marketing", org.Department, "hh", "Head of sales", "Sales manager,Account manager,Sales assistant", 10},
	{"SAL-KEY", "SAL", "Key accounts", org.Team, "hh", "Head of key accounts", "Key account manager", 7},
	{"SAL-WEB", "SAL", "Webshop", org.Team, "hh", "Head of e-commerce", "E-commerce manager,Content editor", 5},
	{"SAL-MKT", "SAL", "Marketing", org.Team, "hh", "Head of marketing", "Marketing manager,Designer", 6},
	{"PUR", "NWG", "Purchasing", org.Department, "hh", "Head of purchasing", "Buyer,Strategic buyer", 8},
	{"LEG", "NWG", "Legal and compliance", org.Department, "hh", "General counsel", "Legal counsel,Compliance officer", 4},
	{"AUD", "NWG", "Internal audit", org.Department, "hh", "Head of internal audit", "Internal auditor", 3},
	{"RND", "NWG", "Research and development", org.Department, "hh", "Chief technology officer", "Design engineer,Test engineer,Simulation engineer", 16},
	{"LOG", "NWG", "Logistics", org.Department, "hh", "Head of logistics", "Logistics planner,Dispatcher", 10},
	{"LOG-WH", "LOG", "Hamburg warehouse", org.Team, "hh", "Warehouse manager", "Warehouse clerk,Forklift driver", 18},
	{"QM", "NWG", "Quality management", org.Department, "hh", "Head of quality", "Quality engineer", 6},
	{"SE", "NWG", "Nordwind Sverige AB", org.LegalEntity, "mm", "Managing director", "Office manager", 2},
	{"SE-PRD", "SE", "Production Malmö", org.Department, "mm", "Plant manager", "Machine operator,Production planner,Assembly worker", 38},
	{"SE-MNT", "SE-PRD", "Maintenance Malmö", org.Team, "mm", "Maintenance lead", "Maintenance technician,Automation engineer", 10},
	{"SE-SAL", "SE", "Sales Nordics", org.Department, "mm", "Sales director Nordics", "Account manager,Sales assistant", 12},
	{"SE-LOG", "SE", "Warehouse Malmö", org.Team, "mm", "Warehouse manager", "Warehouse clerk", 12},
	{"SE-ADM", "SE", "Administration Malmö", org.Department, "mm", "Site controller", "Accountant,HR specialist", 6},
	{"PL", "NWG", "Nordwind Polska sp. z o.o.", org.LegalEntity, "kr", "Managing director", "Office manager", 2},
	{"PL-PRD", "PL", "Production Kraków", org.Department, "kr", "Plant manager", "Machine operator,Production planner,Assembly worker", 36},
	{"PL-SSC", "PL", "Shared service centre", org.Department, "kr", "Head of shared services", "Accountant,Accounts payable specialist,Master data specialist", 24},
	{"PL-IT", "PL-SSC", "IT operations Kraków", org.Team, "kr", "IT operations lead", "System engineer,Service desk agent", 9},
	{"PL-SAL", "PL", "Sales Central Europe", org.Department, "kr", "Sales director Central Europe", "Account manager,Sales assistant", 12},
	{"PL-LOG", "PL", "Warehouse Kraków", org.Team, "kr", "Warehouse manager", "Warehouse clerk", 12},
	{"HU", "NWG", "Nordwind Hungária Kft.", org.LegalEntity, "gy", "Managing director", "Office manager", 2},
	{"HU-PRD", "HU", "Production Győr", org.Department, "gy", "Plant manager", "Machine operator,Production planner,Assembly worker", 44},
	{"HU-QA", "HU-PRD", "Quality Győr", org.Team, "gy", "Quality lead", "Quality inspector", 8},
	{"HU-LOG", "HU", "Warehouse Győr", org.Team, "gy", "Warehouse manager", "Warehouse clerk", 14},
	{"HU-ADM", "HU", "Administration Győr", org.Department, "gy", "Site controller", "Accountant,HR specialist", 7},
}

func (w *world) planUnits() {
	for i, x := range units {
		u := &unit{site: w.site(x.site), lead: x.lead, jobs: x.jobs, weight: x.weight, parent: w.byCode[x.parent]}
		u.Unit = org.Unit{Name: x.name, Kind: x.kind, Code: records.Some(x.code), CostCentre: records.Some(costCentre(i)), Site: records.Some(u.site.ID)}
		u.ID = records.ID[org.Unit](w.id(w.start, "unit", x.code))
		if u.parent != nil {
			u.Parent = records.Some(u.parent.ID)
		}
		w.units = append(w.units, u)
		w.byCode[x.code] = u
	}
}

func costCentre(i int) string { return string([]byte{'4', '0' + byte(i/10), '0' + byte(i%10), '0'}) }

// tellOrganisation makes sites, units and people, the heads first.
func (w *world) tellOrganisation() []step {
	at := w.start.Add(8 * time.Hour)
	steps := []step{{at: at, name: "sites and units", do: func(u *records.Tx) error {
		for _, s := range w.sites {
			rec := s.Site
			if err := org.Sites.Create(u, &rec); err != nil {
				return err
			}
		}
		for _, x := range w.units {
			rec := x.Unit
			if err := org.Units.Create(u, &rec); err != nil {
				return err
			}
		}
		return nil
	}}}
	return append(steps, w.tellPeople()...)
}
