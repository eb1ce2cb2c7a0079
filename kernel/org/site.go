package org

import (
	"steward/kernel/access"
	"steward/kernel/records"
)

// Site is a place where the organisation works. Deadlines and days are of its zone.
type Site struct {
	records.Base[Site]
	Name     string
	Country  string
	Timezone string
	City     records.Opt[string]
	Address  records.Opt[string]
}

// Sites are the organisation's places.
var Sites = records.Define("org.site", "Site", "Sites", "SIT", func(s *Site, f *records.Fields) {
	f.Title(&s.Name, "Name")
	records.Str(f, &s.City, "City").List()
	records.Str(f, &s.Country, "Country").As("country").Help("Two letters: DE, SE, PL, HU …").List()
	records.Str(f, &s.Timezone, "Time zone").As("timezone").Help("Such as Europe/Berlin.").List()
	records.Long(f, &s.Address, "Address").Max(500)
}).InArea(access.People).Icon("map-pin").SortedBy("name")
