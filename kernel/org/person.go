package org

import (
	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/records"
	"steward/lib/words"
)

// Person is somebody who works for the organisation or with it. An account to
// sign in with is the signin package's.
type Person struct {
	records.Base[Person]
	Name     string
	Email    records.Opt[string]
	Title    records.Opt[string]
	Unit     records.Opt[records.ID[Unit]]
	Manager  records.Opt[records.ID[Person]]
	Site     records.Opt[records.ID[Site]]
	Phone    records.Opt[string]
	Lang     records.Opt[string]
	Timezone records.Opt[string]
	External bool
}

// Persons are the people Steward knows.
var Persons = records.Define("org.person", "Person", "People", "PER", func(p *Person, f *records.Fields) {
	f.Title(&p.Name, "Name")
	records.Str(f, &p.Email, "E-mail").As("email").Only().List()
	records.Str(f, &p.Title, "Job title").List()
	records.Linked(f, &p.Unit, "Unit").ScopeOf(access.Unit).List()
	records.Linked(f, &p.Manager, "Reports to").List()
	records.Linked(f, &p.Site, "Site")
	records.Str(f, &p.Phone, "Phone").As("phone")
	records.Str(f, &p.Lang, "Language").As("language").Help("Of pages, reports and mails: en, de, sv, pl or hu.")
	records.Str(f, &p.Timezone, "Time zone").As("timezone")
	records.Flag(f, &p.External, "External").Help("Works here without being employed: consultant, contractor.").Filter().List()
}).InArea(access.People).Icon("user").Itself(access.Line).SortedBy("name").Check(checkPerson).Details(map[string]words.Word{
	"account":       words.T("org.person.detail.account", "Account"),
	"role":          words.T("org.person.detail.role", "Role"),
	"grant":         words.T("org.person.detail.grant", "Grant"),
	"token":         words.T("org.person.detail.token", "Access token"),
	"password":      words.T("org.person.detail.password", "Password"),
	"directory":     words.T("org.person.detail.directory", "Directory"),
	"erasure":       words.T("org.person.detail.erasure", "Erasure"),
	"hold":          words.T("org.person.detail.hold", "Legal hold"),
	"held":          words.T("org.person.detail.held", "What is held"),
	"link":          words.T("org.person.detail.link", "One-time sign-in"),
	"party":         words.T("org.person.detail.party", "Works for"),
	"second-factor": words.T("org.person.detail.second-factor", "Second factor"),
})

func checkPerson(u *records.Tx, before, p *Person) error {
	if !p.Manager.Set || before != nil && before.Manager == p.Manager {
		return nil
	}
	// Follow the line upwards; it must not come back to this person.
	at := p.Manager
	for range 50 {
		if at.V == p.ID {
			return fail.Field(&p.Manager, "loop", "A person cannot report to somebody who reports to that person.")
		}
		var next *string
		found, err := u.Row("SELECT manager FROM org_person WHERE id = $1", []any{string(at.V)}, &next)
		if err != nil || !found || next == nil {
			return err
		}
		at.V = records.ID[Person](*next)
	}
	return fail.Field(&p.Manager, "deep", "The line of managers above is longer than 50 people; one of them must be wrong.")
}
