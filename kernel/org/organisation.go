package org

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"sync"
	"time"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/records"
	"steward/kernel/storage"
	"steward/lib/locale"
)

// Organisation is the installation's one organisation, as the assistant asked for it.
type Organisation struct {
	Name        string `json:"name"`
	Country     string `json:"country"`
	Lang        string `json:"lang"`
	Currency    string `json:"currency"`
	Timezone    string `json:"timezone"`
	FiscalMonth int    `json:"fiscal_month"` // first month of the fiscal year, 1 to 12
	Sample      bool   `json:"sample"`       // holds the sample organisation
}

// Zone is the organisation's time zone; UTC if it is not known here.
func (o Organisation) Zone() *time.Location {
	z, known := zones.Load(o.Timezone)
	if !known {
		place, err := time.LoadLocation(o.Timezone)
		if err != nil || o.Timezone == "" {
			return time.UTC
		}
		z, _ = zones.LoadOrStore(o.Timezone, place) // it is read from a file
	}
	return z.(*time.Location)
}

var zones sync.Map // by name

// Today is the day it is for the organisation at the reader's moment.
func (o Organisation) Today(r records.Reader) records.Date {
	return records.DateOf(r.Reading().Now.In(o.Zone()))
}

// FiscalYear returns the fiscal year that a day lies in: the calendar year in
// which it starts, and its first and last day.
func (o Organisation) FiscalYear(day records.Date) (year int, first, last records.Date) {
	t := day.Time()
	m := max(o.FiscalMonth, 1)
	year = t.Year()
	if int(t.Month()) < m {
		year--
	}
	start := time.Date(year, time.Month(m), 1, 0, 0, 0, 0, time.UTC)
	return year, records.DateOf(start), records.DateOf(start.AddDate(1, 0, -1))
}

// Get returns the organisation; known is false before the assistant was done.
func Get(r records.Reader) (o Organisation, known bool, err error) {
	all, err := settings(r)
	raw := all["organisation"]
	if err != nil || raw == "" {
		return Organisation{Lang: "en", Currency: "EUR", Timezone: "UTC", FiscalMonth: 1}, false, err
	}
	return o, true, json.Unmarshal([]byte(raw), &o)
}

// Save keeps the organisation's settings.
func Save(u *records.Tx, o Organisation) error {
	if !access.MayIn(u.Actor, access.Admin, access.Settings, u.Now) {
		return fail.New(fail.Forbidden, "kernel.org.may-not", "Only who may change settings may change the organisation.")
	}
	var bad []*fail.Error
	if o.Name == "" || len([]rune(o.Name)) > 200 {
		bad = append(bad, fail.Named("name", "kernel.org.name", "Give the organisation's name, up to 200 characters."))
	}
	if len(o.Country) != 2 {
		bad = append(bad, fail.Named("country", "kernel.org.country", "Choose the country."))
	}
	if !locale.Lang(o.Lang).Valid() {
		bad = append(bad, fail.Named("lang", "kernel.org.lang", "Choose one of the five languages."))
	}
	if _, ok := locale.Digits(o.Currency); !ok {
		bad = append(bad, fail.Named("currency", "kernel.org.currency", "Choose a currency, such as EUR."))
	}
	if o.FiscalMonth < 1 || o.FiscalMonth > 12 {
		bad = append(bad, fail.Named("fiscal_month", "kernel.org.fiscal", "Choose the month in which the fiscal year starts."))
	}
	if _, err := time.LoadLocation(o.Timezone); err != nil || o.Timezone == "" {
		bad = append(bad, fail.Named("timezone", "kernel.org.timezone", "Choose a time zone, such as Europe/Berlin."))
	}
	if err := fail.Join(bad); err != nil {
		return err
	}
	return Change(u, "organisation", o)
}

// Set keeps a setting of the installation as JSON under a key.
func Set(u *records.Tx, key string, value any) error {
	raw, err := json.Marshal(value)
	if err != nil {
		return err
	}
	_, err = u.Exec("INSERT INTO org_setting (key, value, changed_at, changed_by) VALUES ($1, $2, $3, $4) ON CONFLICT (key) DO UPDATE SET value = $2, changed_at = $3, changed_by = $4",
		key, string(raw), u.Now.UnixMicro(), u.Actor.Person)
	return err
}

// Change keeps a setting as Set does and tells the change log, if it is one. What it
// holds is read there: secrets are for Set.
func Change(u *records.Tx, key string, value any) error {
	var old json.RawMessage
	if _, err := Setting(u, key, &old); err != nil {
		return err
	}
	raw, err := json.Marshal(value)
	if err != nil || bytes.Equal(raw, old) {
		return err
	}
	if err := Set(u, key, value); err != nil {
		return err
	}
	return records.NoteSetting(u, key, old, json.RawMessage(raw))
}

// Setting reads a setting kept by Set; found is false without one.
func Setting(r records.Reader, key string, into any) (found bool, err error) {
	all, err := settings(r)
	raw, found := all[key]
	if err != nil || !found {
		return false, err
	}
	return true, json.Unmarshal([]byte(raw), into)
}

// settings are all that are kept, read once a page, since each needs some.
func settings(r records.Reader) (map[string]string, error) {
	return storage.Remember(r.Reading(), "org.settings", func() (map[string]string, error) {
		all := map[string]string{}
		return all, r.Reading().Each("SELECT key, value FROM org_setting", nil, func(rows *sql.Rows) error {
			var key, value string
			err := rows.Scan(&key, &value)
			all[key] = value
			return err
		})
	})
}
