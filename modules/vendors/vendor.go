package vendors

import (
	"steward/kernel/access"
	"steward/kernel/org"
	"steward/kernel/records"
)

// Vendor is a company the organisation buys from.
type Vendor struct {
	records.Base[Vendor]
	Name       string
	Country    string
	State      VendorState
	Owner      records.Opt[records.ID[org.Person]]
	Website    records.Opt[string]
	Contact    records.Opt[string]
	Email      records.Opt[string]
	Phone      records.Opt[string]
	CustomerNo records.Opt[string]
	Processor  bool
	Notes      records.Opt[string]
}

// VendorState says whether the organisation buys from the vendor.
type VendorState string

const (
	Considered VendorState = "considered"
	Approved   VendorState = "approved"
	Blocked    VendorState = "blocked"
)

// Vendors are the companies bought from.
var Vendors = records.Define("vendors.vendor", "Vendor", "Vendors", "VEN", func(v *Vendor, f *records.Fields) {
	f.Title(&v.Name, "Name")
	records.Choices(f, &v.State, "State", Considered, Approved, Blocked).State("considered", "mute").State("approved", "ok").State("blocked", "bad").List()
	records.Str(f, &v.Country, "Country").As("country").Filter().Help("Two letters. Its working days count when notice is due.").List()
	records.Linked(f, &v.Owner, "Owner").ScopeOf(access.Owned).List()
	records.Flag(f, &v.Processor, "Processes personal data for us").Filter()
	records.Str(f, &v.Website, "Website").As("url")
	records.Str(f, &v.Contact, "Contact")
	records.Str(f, &v.Email, "E-mail").As("email")
	records.Str(f, &v.Phone, "Phone").As("phone")
	records.Str(f, &v.CustomerNo, "Our customer number")
	records.Long(f, &v.Notes, "Notes")
}).Icon("building-store").Itself(access.Party).SortedBy("name").Begins(func(v *Vendor) { v.State = Considered })
