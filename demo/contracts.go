package demo

import (
	"fmt"
	"math"
	"time"

	"steward/kernel/org"
	"steward/kernel/records"
	"steward/modules/systems"
	"steward/modules/vendors"
)

type contract struct {
	vendors.Contract
	vendor *vendor
	shares []share
	prices []price // the first from the start on
	grows  float64 // a month, of what is billed by use
	made   time.Time
}

type share struct {
	system  *system
	percent int64
}

type price struct {
	from   records.Date
	yearly records.Money
	reason string
}

// term is how a contract runs: months of the first term, of each renewal, and
// the notice before its end.
type term struct{ first, renews, noticeMonths, noticeDays, lead int }

var terms = []term{{36, 12, 3, 0, 60}, {12, 12, 3, 0, 45}, {24, 12, 0, 60, 30}, {36, 12, 6, 0, 60}, {12, 12, 1, 0, 30}, {60, 12, 6, 0, 90}}

// more are contracts beside those for one system each: vendor, title, unit,
// thousands of euro a year, growth a month in per cent, systems with their shares.
var more = []struct {
	vendor, title, unit string
	yearly              int
	grows               float64
	systems             map[string]int64
	order               []string
}{
	{"Hanse", "Data centre space, power and cooling", "MIS-INF", 168, 0, map[string]int64{"Virtualisation platform": 50, "Storage platform": 30, "Backup": 20}, []string{"Virtualisation platform", "Storage platform", "Backup"}},
	{"Wolkenburg", "Cloud platform, by use", "MIS-INF", 96, 0.019, map[string]int64{"Webshop": 55, "Mail and calendar": 20, "Backup": 15}, []string{"Webshop", "Mail and calendar", "Backup"}},
	{"Fönster", "Office licences", "MIS-SD", 122, 0, map[string]int64{"Mail and calendar": 60}, []string{"Mail and calendar"}},
	{"Fönster", "Server operating systems", "MIS-INF", 64, 0, map[string]int64{"Virtualisation platform": 100}, []string{"Virtualisation platform"}},
	{"Arbeitsplatz24", "Notebook leasing", "MIS-SD", 148, 0, nil, nil},
	{"Serverbau", "Server maintenance Hamburg", "MIS-INF", 38, 0, map[string]int64{"Virtualisation platform": 100}, []string{"Virtualisation platform"}},
	{"Serverbau", "Server maintenance plants", "MIS-INF", 21, 0, map[string]int64{"Virtualisation platform": 100}, []string{"Virtualisation platform"}},
	{"Skånelink", "Internet line Malmö", "SE-ADM", 14, 0, map[string]int64{"Wide area network": 100}, []string{"Wide area network"}},
	{"Wisła", "Internet line Kraków", "PL-IT", 11, 0, map[string]int64{"Wide area network": 100}, []string{"Wide area network"}},
	{"Rába", "Internet line Győr", "HU-ADM", 9, 0, map[string]int64{"Wide area network": 100}, []string{"Wide area network"}},
	{"Orbis", "ERP consulting, days on call", "MIS-APP", 90, 0, map[string]int64{"ERP": 100}, []string{"ERP"}},
	{"Duna", "Development of the configurator", "MIS-APP", 48, 0, map[string]int64{"Configurator": 100}, []string{"Configurator"}},
	{"Karpaty", "Development of interfaces", "MIS-APP", 72, 0, map[string]int64{"Integration platform": 70, "Electronic data interchange": 30}, []string{"Integration platform", "Electronic data interchange"}},
	{"Schutzwall", "Penetration tests", "MIS-SEC", 26, 0, nil, nil},
	{"Alpenspeicher", "Copies outside the company", "MIS-INF", 31, 0, map[string]int64{"Backup": 100}, []string{"Backup"}},
	{"Rufanlage", "Mobile telephones", "MIS-SD", 54, 0, map[string]int64{"Telephony": 100}, []string{"Telephony"}},
	{"Lernraum", "Security training for all employees", "MIS-SEC", 12, 0, nil, nil},
	{"Datavy", "Support of the BI platform", "MIS-BI", 18, 0, map[string]int64{"BI portal": 100}, []string{"BI portal"}},
	{"Helfende", "Service desk tool, second site", "PL-IT", 8, 0, map[string]int64{"Service desk": 100}, []string{"Service desk"}},
	{"Butik", "Content delivery for the webshop", "SAL-WEB", 19, 0, map[string]int64{"Webshop": 100}, []string{"Webshop"}},
	{"Taktwerk", "Spare terminals at the lines", "SE-PRD", 17, 0, map[string]int64{"MES Malmö": 40, "MES Kraków": 35, "MES Győr": 25}, []string{"MES Malmö", "MES Kraków", "MES Győr"}},
	{"Konstrukt", "CAD training", "RND", 9, 0, nil, nil},
	{"Frachtweg", "Connection of carriers", "LOG", 13, 0, map[string]int64{"Transport management": 100}, []string{"Transport management"}},
	{"Drukarnia", "Label printers in the warehouses", "LOG-WH", 16, 0, map[string]int64{"Print service": 100}, []string{"Print service"}},
}

func (w *world) planContracts() {
	r := w.random("contracts")
	for _, s := range w.systems {
		if s.vendor == "" || len(w.contracts) >= 46 {
			continue
		}
		v := w.vendorNamed(s.vendor)
		title := v.sells
		if title != s.Name {
			title += ": " + s.Name
		}
		w.addContract(r, v, title, w.byCode[s.unit], s.yearly, 0, []share{{s, 100}})
	}
	for _, m := range more {
		var shares []share
		for _, name := range m.order {
			shares = append(shares, share{w.bySystem[name], m.systems[name]})
		}
		w.addContract(r, w.vendorNamed(m.vendor), m.title, w.byCode[m.unit], m.yearly, m.grows, shares)
	}
}

func (w *world) addContract(r random, v *vendor, title string, u *unit, thousands int, grows float64, shares []share) {
	i := len(w.contracts)
	t := terms[r.IntN(len(terms))]
	// Every sixth is to be decided on within the next ninety days; the present
	// terms of the others end over the two years to come.
	ahead := t.noticeMonths*30 + t.noticeDays + t.lead
	wait := r.between(92, max(100, 360-ahead))
	switch {
	case i%24 == 5: // whoever decided on it last is late
		wait = r.between(300, 640)
	case i%6 == 2:
		wait = r.between(6, 84)
	}
	end := w.end.AddDate(0, t.noticeMonths, t.noticeDays+t.lead+wait)
	first := end
	for first.After(w.end.AddDate(0, -6, 0)) && r.chance(70) { // it has renewed already
		first = first.AddDate(0, -t.renews, 0)
	}
	starts := first.AddDate(0, -t.first, 1)
	for i%9 != 4 && starts.After(w.start) { // all but a few were there before the story begins
		first = first.AddDate(0, -t.renews, 0)
		starts = first.AddDate(0, -t.first, 1)
	}
	c := &contract{vendor: v, shares: shares, grows: grows}
	c.made = maxTime(w.start.AddDate(0, 0, 4).Add(time.Duration(9*60+i*5)*time.Minute), starts.AddDate(0, 0, -r.between(5, 40)).Add(10*time.Hour))
	if limit := w.end.AddDate(0, 0, -3); c.made.After(limit) {
		c.made = limit
	}
	c.Contract = vendors.Contract{Title: title, Vendor: v.ID, State: vendors.Active, Unit: records.Some(u.ID), Owner: records.Some(u.head.ID), Reference: records.Some(fmt.Sprintf("%s-%05d", v.Country, r.between(100, 99999))),
		Starts: records.DateOf(starts), Ends: records.Some(records.DateOf(first)), RenewsMonths: records.Some(int64(t.renews)), WorkingDay: vendors.Earlier, LeadDays: int64(t.lead)}
	if t.noticeMonths > 0 {
		c.NoticeMonths = records.Some(int64(t.noticeMonths))
	}
	if t.noticeDays > 0 {
		c.NoticeDays = records.Some(int64(t.noticeDays))
	}
	switch {
	case i%23 == 11: // runs until notice is given
		c.Ends, c.RenewsMonths = records.Opt[records.Date]{}, records.Opt[int64]{}
	case i%29 == 20:
		c.Owner = records.Opt[records.ID[org.Person]]{}
	}
	c.ID = records.ID[vendors.Contract](w.id(c.made, "contract", i))
	c.setPrices(r, thousands, w.end)
	w.contracts = append(w.contracts, c)
}

// setPrices makes the price at the start and its rises each January after the
// first year. Prices are such that today's comes to the thousands given.
func (c *contract) setPrices(r random, thousands int, end time.Time) {
	rate := 1.0
	for _, x := range currencies {
		if x.code == c.vendor.currency {
			rate = x.rate
		}
	}
	var rises []float64
	var from []records.Date
	for at := time.Date(c.Starts.Time().Year()+2, 1, 1, 0, 0, 0, 0, time.UTC); at.Before(end); at = at.AddDate(1, 0, 0) {
		from = append(from, records.DateOf(at))
		rises = append(rises, 1+float64(r.between(15, 48))/1000)
	}
	now := float64(thousands) * 1000 * rate
	for _, x := range rises {
		now /= x
	}
	amount := func(x float64) records.Money {
		return records.Money{Minor: int64(math.Round(x/100)) * 100 * 100, Currency: c.vendor.currency}
	}
	c.prices = []price{{c.Starts, amount(now), "Price at the start"}}
	for i, x := range rises {
		now *= x
		c.prices = append(c.prices, price{from[i], amount(now), fmt.Sprintf("Index clause, +%.1f %%", (x-1)*100)})
	}
	c.Yearly = records.Some(c.prices[0].yearly)
}

// priceOn is the yearly price in force on a day.
func (c *contract) priceOn(day records.Date) records.Money {
	m := c.prices[0].yearly
	for _, p := range c.prices {
		if p.from <= day {
			m = p.yearly
		}
	}
	return m
}

func (w *world) tellContracts() []step {
	var steps []step
	buyer := w.byCode["PUR"].head
	for _, c := range w.contracts {
		made := records.DateOf(c.made)
		steps = append(steps, step{at: c.made, name: "contract " + c.Title, by: buyer, do: func(u *records.Tx) error {
			rec := c.Contract
			rec.Yearly = records.Some(c.priceOn(made))
			if err := vendors.Contracts.Create(u, &rec); err != nil {
				return err
			}
			for i, p := range c.prices {
				if i == 0 || p.from <= made {
					if err := w.addPrice(u, c, i); err != nil {
						return err
					}
				}
			}
			return w.serve(u, c)
		}})
		for i, p := range c.prices {
			if i > 0 && p.from > made {
				at := p.from.Time().AddDate(0, 0, -17).Add(11 * time.Hour)
				steps = append(steps, step{at: maxTime(at, c.made.Add(time.Hour)), name: "price of " + c.Title, by: buyer, do: func(u *records.Tx) error {
					if err := w.addPrice(u, c, i); err != nil {
						return err
					}
					return vendors.Contracts.Update(u, c.ID, func(rec *vendors.Contract) error { rec.Yearly = records.Some(p.yearly); return nil })
				}})
			}
		}
	}
	return append(steps, w.tellNotice()...)
}

func (w *world) addPrice(u *records.Tx, c *contract, i int) error {
	p := c.prices[i]
	s := &vendors.PriceStep{Title: fmt.Sprintf("%s, from %s", c.Title, p.from), Contract: c.ID, Starts: p.from, Yearly: p.yearly, Reason: records.Some(p.reason)}
	s.ID = records.ID[vendors.PriceStep](w.id(u.Now, "price", c.ID, i))
	return vendors.PriceSteps.Create(u, s)
}

// serve links the contract to the systems that are there by then.
func (w *world) serve(u *records.Tx, c *contract) error {
	for i, s := range c.shares {
		if s.system.made.After(u.Now) {
			continue // its system is linked when it comes
		}
		if err := w.link(u, c, i); err != nil {
			return err
		}
	}
	return nil
}

func (w *world) link(u *records.Tx, c *contract, i int) error {
	s := c.shares[i]
	x := &systems.ContractUse{System: s.system.ID, Contract: c.ID, Share: records.Scaled(s.percent * 100)}
	x.ID = records.ID[systems.ContractUse](w.id(u.Now, "contract-use", c.ID, i))
	return systems.ContractUses.Create(u, x)
}

// tellNotice links late systems to their contracts, and gives notice of two
// contracts some weeks ago.
func (w *world) tellNotice() []step {
	var steps []step
	for n, c := range w.contracts {
		for i, s := range c.shares {
			if s.system.made.After(c.made) {
				steps = append(steps, step{at: s.system.made.Add(3 * time.Hour), name: "contract of " + s.system.Name, by: w.byCode["MIS"].head, do: func(u *records.Tx) error { return w.link(u, c, i) }})
			}
		}
		if n%31 == 17 {
			at := maxTime(w.ago(40-n%31, 10, 0), c.made.Add(time.Hour))
			steps = append(steps, step{at: at, name: "notice of " + c.Title, by: w.byCode["MIS"].head, do: func(u *records.Tx) error {
				return vendors.Contracts.Update(u, c.ID, func(rec *vendors.Contract) error {
					rec.NoticeGivenOn = records.Some(records.DateOf(maxTime(at, rec.Starts.Time())))
					return nil
				})
			}})
		}
	}
	return steps
}
