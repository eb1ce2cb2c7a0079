package demo

import (
	"fmt"
	"strings"

	"steward/kernel/org"
	"steward/kernel/records"
	"steward/modules/vendors"
)

type vendor struct {
	vendors.Vendor
	currency string
	sells    string // what its contracts are called
}

// vendorList is who the group buys from: name, country, currency, what it sells.
// The companies are invented.
var vendorList = []struct{ name, country, currency, sells string }{
	{"Orbis Software AG", "DE", "EUR", "ERP maintenance"},
	{"Kundwerk GmbH", "DE", "EUR", "CRM subscription"},
	{"Postbote Cloud GmbH", "DE", "EUR", "Mail and groupware"},
	{"Lohnhaus Systeme GmbH", "DE", "EUR", "Payroll service"},
	{"Lagermeister GmbH", "DE", "EUR", "WMS maintenance"},
	{"Taktwerk Industrial AB", "SE", "SEK", "MES licence and support"},
	{"Butik Digital AB", "SE", "SEK", "Webshop platform"},
	{"Datavy AB", "SE", "SEK", "BI platform"},
	{"Hanse Rechenzentrum GmbH", "DE", "EUR", "Data centre space"},
	{"Nordlicht Netze GmbH", "DE", "EUR", "Wide area network"},
	{"Skånelink AB", "SE", "SEK", "Internet line"},
	{"Wisła Telekom S.A.", "PL", "PLN", "Internet line"},
	{"Rába Hálózat Kft.", "HU", "HUF", "Internet line"},
	{"Wolkenburg Cloud SE", "DE", "EUR", "Cloud platform"},
	{"Alpenspeicher AG", "CH", "CHF", "Backup vault"},
	{"Virtuos Systems GmbH", "DE", "EUR", "Virtualisation licences"},
	{"Festplatte & Söhne GmbH", "DE", "EUR", "Storage maintenance"},
	{"Serverbau Hamburg GmbH", "DE", "EUR", "Server maintenance"},
	{"Arbeitsplatz24 GmbH", "DE", "EUR", "Notebook leasing"},
	{"Drukarnia IT sp. z o.o.", "PL", "PLN", "Printing service"},
	{"Fönster Licens AB", "SE", "SEK", "Office and operating system licences"},
	{"Schutzwall Security GmbH", "DE", "EUR", "Endpoint protection"},
	{"Perimeter Polska S.A.", "PL", "PLN", "Firewall maintenance"},
	{"Őrszem Biztonság Kft.", "HU", "HUF", "Security monitoring"},
	{"Signatur Dienste GmbH", "DE", "EUR", "Electronic signatures"},
	{"Archivar GmbH", "DE", "EUR", "Document archive"},
	{"Zeitgeber AG", "CH", "CHF", "Time recording"},
	{"Bewerberpfad GmbH", "DE", "EUR", "Recruiting portal"},
	{"Lernraum AB", "SE", "SEK", "Learning platform"},
	{"Konstrukt CAD SE", "DE", "EUR", "CAD subscription"},
	{"Teilebuch PLM GmbH", "DE", "EUR", "PLM maintenance"},
	{"Prüfstand Software GmbH", "DE", "EUR", "Quality management system"},
	{"Frachtweg GmbH", "DE", "EUR", "Transport management"},
	{"Zollklar GmbH", "DE", "EUR", "Customs service"},
	{"Bankbrücke AG", "CH", "CHF", "Payment gateway"},
	{"Konsolid Finance GmbH", "DE", "EUR", "Consolidation software"},
	{"Karpaty Software sp. z o.o.", "PL", "PLN", "Interface development"},
	{"Duna Kód Kft.", "HU", "HUF", "Software development"},
	{"Helfende Hand IT GmbH", "DE", "EUR", "Service desk tool"},
	{"Rufanlage GmbH", "DE", "EUR", "Telephony"},
}

func (w *world) planVendors() {
	r := w.random("vendors")
	for i, x := range vendorList {
		v := &vendor{currency: x.currency, sells: x.sells}
		v.ID = records.ID[vendors.Vendor](w.id(w.start, "vendor", i))
		host := strings.SplitN(address(strings.Fields(x.name)[0], map[string]bool{}), "@", 2)[0] + ".example"
		t := tongues[x.country]
		if x.country == "CH" {
			t = tongues["DE"]
		}
		v.Vendor = vendors.Vendor{Base: v.Base, Name: x.name, Country: x.country, State: vendors.Approved, Owner: records.Some(w.anyone(r, "PUR").ID),
			Website: records.Some("https://www." + host), Email: records.Some("service@" + host), Contact: records.Some(w.name(r, t, map[string]bool{})),
			CustomerNo: records.Some(fmt.Sprintf("%06d", r.between(10000, 999999))), Processor: r.chance(35)}
		if i%13 == 11 {
			v.State = vendors.Considered
		}
		if i%17 == 9 {
			v.Owner = records.Opt[records.ID[org.Person]]{} // some were never given to anybody
		}
		w.vendors = append(w.vendors, v)
	}
}

// vendorNamed is the vendor whose name starts with a word.
func (w *world) vendorNamed(word string) *vendor {
	for _, v := range w.vendors {
		if strings.HasPrefix(v.Name, word) {
			return v
		}
	}
	panic("demo: no vendor " + word)
}

func (w *world) tellVendors() []step {
	return []step{{at: w.start.AddDate(0, 0, 1).Add(9 * 3600e9), name: "vendors", by: w.byCode["PUR"].head, do: func(u *records.Tx) error {
		for _, v := range w.vendors {
			rec := v.Vendor
			if err := vendors.Vendors.Create(u, &rec); err != nil {
				return fmt.Errorf("%s: %w", v.Name, err)
			}
		}
		return nil
	}}}
}
