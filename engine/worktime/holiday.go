package worktime

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Kind says why a day is special.
type Kind string

// The kinds of special day. Public and Substitute days are free by law;
// Customary ones are free in most workplaces by law for employees or by
// agreement without being public holidays (Swedish Midsummer's Eve); a Workday
// is a weekend day that a decree made a working day (Hungary).
const (
	Public     Kind = "public"
	Substitute Kind = "substitute"
	Customary  Kind = "customary"
	Workday    Kind = "workday"
	Own        Kind = "own"
)

// Holiday is a special day of a country or of an own calendar.
type Holiday struct {
	Date  Date   `json:"date"`
	Name  string `json:"name" doc:"in English"`
	Local string `json:"local,omitempty" doc:"in the country's own language"`
	Kind  Kind   `json:"kind" doc:"public, substitute, customary, workday or own"`
}

// Place is a country with, optionally, one of its regions: DE, DE-BY, CH-ZH.
type Place struct{ Country, Region string }

// String writes p as DE or DE-BY.
func (p Place) String() string {
	if p.Region == "" {
		return p.Country
	}
	return p.Country + "-" + p.Region
}

// ParsePlace reads an ISO 3166-1 country code with an optional ISO 3166-2
// region (GB uses ENG, WLS, SCT, NIR). Unknown ones are refused by name.
func ParsePlace(s string) (Place, error) {
	code, region, _ := strings.Cut(strings.ToUpper(strings.TrimSpace(s)), "-")
	if code == "UK" {
		code = "GB"
	}
	c, ok := countries[code]
	if !ok {
		return Place{}, fmt.Errorf("there are no holidays for country %q; known are %s", clip(s), strings.Join(Countries(), ", "))
	}
	if region != "" && !slices.Contains(c.regions, region) {
		if len(c.regions) == 0 {
			return Place{}, fmt.Errorf("%s has no regions here; use %s alone", c.name, code)
		}
		return Place{}, fmt.Errorf("%s has no region %q; known are %s", c.name, clip(region), strings.Join(c.regions, ", "))
	}
	return Place{code, region}, nil
}

// MarshalText writes p as String does.
func (p Place) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads a place as ParsePlace does.
func (p *Place) UnmarshalText(b []byte) error {
	v, err := ParsePlace(string(b))
	if err != nil {
		return err
	}
	*p = v
	return nil
}

// JSONSchema describes the JSON form of a Place.
func (Place) JSONSchema() map[string]any {
	return map[string]any{"type": "string", "description": "country, or country-region: " + strings.Join(Countries(), ", ")}
}

// Countries returns the codes of the countries whose holidays are known, sorted.
func Countries() []string { return slices.Sorted(maps.Keys(countries)) }

// Regions returns the region codes of a country, in order; none when its
// holidays are known for the whole country only.
func Regions(country string) []string { return slices.Clone(countries[country].regions) }

// Holidays returns the special days of a year at a place, in order of date.
// Without a region it returns the days common to the whole country. Days that
// fall on a Sunday are included. Rules are computed for any year; days set by
// decree (Hungary's moved working days) are known for the years listed in the
// package's documentation.
func Holidays(p Place, year int) []Holiday {
	c := countries[p.Country]
	var days []Holiday
	for _, r := range c.rules {
		if !r.holds(p.Region, year) {
			continue
		}
		if d := r.day(year); d != 0 {
			days = append(days, Holiday{d, r.name, r.local, cmp.Or(r.kind, Public)})
		}
	}
	if c.substitute != nil {
		days = c.substitute(p.Region, year, days)
	}
	if c.decreed != nil {
		days = append(days, c.decreed(year)...)
	}
	slices.SortStableFunc(days, func(a, b Holiday) int { return cmp.Compare(a.Date, b.Date) })
	return slices.DeleteFunc(days, func(h Holiday) bool { return h.Date < MinDate || h.Date > MaxDate })
}

// country holds the rules of one country.
type country struct {
	name    string
	regions []string
	rules   []rule
	// substitute adds or moves days that fall on a weekend.
	substitute func(region string, year int, days []Holiday) []Holiday
	// decreed adds days that are set year by year.
	decreed func(year int) []Holiday
}

// rule yields one holiday of a year.
type rule struct {
	name, local string
	day         func(year int) Date // 0: not in that year
	in          string              // regions, space separated; "" means everywhere
	since       int                 // first year, 0 for always
	until       int                 // last year, 0 for ever
	kind        Kind                // "" means Public
}

func (r rule) holds(region string, year int) bool {
	if r.since != 0 && year < r.since || r.until != 0 && year > r.until {
		return false
	}
	return r.in == "" || region != "" && slices.Contains(strings.Fields(r.in), region)
}

// fixed is the same day every year.
func fixed(m time.Month, d int) func(int) Date {
	return func(year int) Date { return dayNumber(year, m, d) }
}

// easter is a number of days after (or before) Easter Sunday.
func easter(days int) func(int) Date {
	return func(year int) Date { return Easter(year) + Date(days) }
}

// orthodox is a number of days after Orthodox Easter Sunday.
func orthodox(days int) func(int) Date {
	return func(year int) Date { return OrthodoxEaster(year) + Date(days) }
}

// nth is the nth weekday of a month, the last one for n = -1.
func nth(n int, w time.Weekday, m time.Month) func(int) Date {
	return func(year int) Date {
		if n < 0 {
			return onOrBefore(w, dayNumber(year, m, DaysIn(year, m)))
		}
		return onOrAfter(w, dayNumber(year, m, 1)) + Date(7*(n-1))
	}
}

// from is the first such weekday on or after a day of the year.
func from(w time.Weekday, m time.Month, d int) func(int) Date {
	return func(year int) Date { return onOrAfter(w, dayNumber(year, m, d)) }
}

// to is the last such weekday on or before a day of the year.
func to(w time.Weekday, m time.Month, d int) func(int) Date {
	return func(year int) Date { return onOrBefore(w, dayNumber(year, m, d)) }
}

// shifted is some days after another rule's day.
func shifted(f func(int) Date, days int) func(int) Date {
	return func(year int) Date { return f(year) + Date(days) }
}

// once is a day of one year only.
func once(date string) func(int) Date {
	d := MustDate(date)
	return func(year int) Date {
		if d.Year() == year {
			return d
		}
		return 0
	}
}

// skip leaves a rule's day out in one year.
func skip(f func(int) Date, year int) func(int) Date {
	return func(y int) Date {
		if y == year {
			return 0
		}
		return f(y)
	}
}

func onOrAfter(w time.Weekday, d Date) Date {
	return d + Date((int(w)-int(d.Weekday())+7)%7)
}

func onOrBefore(w time.Weekday, d Date) Date {
	return d - Date((int(d.Weekday())-int(w)+7)%7)
}

// weekend reports whether d is a Saturday or Sunday.
func weekend(d Date) bool { return d.Weekday() == time.Saturday || d.Weekday() == time.Sunday }
