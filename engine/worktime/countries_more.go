package worktime

import (
	"strings"
	"time"
)

// Cantons by the day they keep; "Rest" days are customary there: shops and
// offices are closed although cantonal law does not name the day a holiday.
const (
	cantonsLabour        = "AG BL BS JU NE SH TG TI ZH"
	cantonsBerchtold     = "AG BE JU LU TG VD"
	cantonsBerchtoldRest = "FR GL NW OW SG SH SO ZG ZH"
	cantonsCatholic      = "AG AI JU LU NW OW SZ TI UR VS ZG" // Corpus Christi, Assumption, All Saints'
	cantonsStephen       = "AG BE BL BS GL GR LU SG SH SZ TG TI ZH"
	cantonsMondays       = "AG AI AR BE BL BS GE GL GR JU LU SG SH SZ TG TI UR VD ZH" // Easter and Whit Monday
	cantonsMondaysRest   = "FR NW OW SO VS ZG"
	cantonsGoodFriday    = "AG AI AR BE BL BS FR GE GL JU LU NE NW OW SG SH SO SZ TG UR VD ZG ZH"
)

// switzerland: four days are free everywhere, the rest is cantonal law. Days
// that only parts of a canton keep are left out.
var switzerland = country{
	name: "Switzerland",
	regions: []string{"AG", "AI", "AR", "BE", "BL", "BS", "FR", "GE", "GL", "GR", "JU", "LU", "NE", "NW", "OW", "SG", "SH", "SO", "SZ",
		"TG", "TI", "UR", "VD", "VS", "ZG", "ZH"},
	rules: []rule{
		newYear("Neujahrstag"), on("Saint Berchtold's Day", "Berchtoldstag", 1, 2).only(cantonsBerchtold),
		on("Saint Berchtold's Day", "Berchtoldstag", 1, 2).only(cantonsBerchtoldRest).customary(),
		{name: "Saint Berchtold's Day", local: "Berchtoldstag", day: mondayOnly(1, 2), in: "NE"},
		epiphany("Heilige Drei Könige").only("SZ TI UR"), on("Republic Day", "Instauration de la République", 3, 1).only("NE"),
		on("Saint Joseph's Day", "Josefstag", 3, 19).only("NW SZ TI UR VS"),
		{name: "Battle of Näfels", local: "Näfelser Fahrt", day: naefels, in: "GL"},
		goodFriday("Karfreitag").only(cantonsGoodFriday), goodFriday("Karfreitag").only("GR").customary(),
		easterMonday("Ostermontag").only(cantonsMondays), easterMonday("Ostermontag").only(cantonsMondaysRest).customary(),
		labourDay("Tag der Arbeit").only(cantonsLabour), labourDay("Tag der Arbeit").only("FR SO").customary(), ascension("Auffahrt"),
		whitMonday("Pfingstmontag").only(cantonsMondays), whitMonday("Pfingstmontag").only(cantonsMondaysRest).customary(),
		corpusChristi("Fronleichnam").only(cantonsCatholic + " NE"), on("Independence Day", "Fête de l'Indépendance", 6, 23).only("JU"),
		on("Saints Peter and Paul", "Peter und Paul", 6, 29).only("TI"),
		on("National Day", "Bundesfeier", 8, 1).from(1994), assumption("Mariä Himmelfahrt").only(cantonsCatholic),
		{name: "Genevan Fast", local: "Jeûne genevois", day: shifted(nth(1, time.Sunday, 9), 4), in: "GE"},
		{name: "Federal Fast Monday", local: "Lundi du Jeûne fédéral", day: shifted(nth(3, time.Sunday, 9), 1), in: "VD"},
		on("Saint Nicholas of Flüe", "Bruder Klaus", 9, 25).only("OW"), allSaints("Allerheiligen").only(cantonsCatholic + " GL SG"),
		immaculate("Mariä Empfängnis").only("AG AI LU NW OW SZ TI UR VS ZG"), christmas("Weihnachtstag"),
		{name: "Saint Stephen's Day", local: "Stephanstag", day: fixed(12, 26), in: cantonsStephen},
		{name: "Saint Stephen's Day", local: "Stephanstag", day: mondayOnly(12, 26), in: "NE"},
		{name: "Saint Stephen's Day", local: "Stephanstag", day: notBridging(12, 26), in: "AI AR UR"},
		on("Saint Stephen's Day", "Stephanstag", 12, 26).only(cantonsMondaysRest).customary(),
		on("Restoration of the Republic", "Restauration de la République", 12, 31).only("GE"),
	},
}

// mondayOnly is a day that is free only when it is a Monday.
func mondayOnly(m time.Month, d int) func(int) Date {
	return func(year int) Date {
		day := dayNumber(year, m, d)
		return onlyIf(day.Weekday() == time.Monday, day)
	}
}

// notBridging is a day that is not free on a Tuesday or Saturday, where three
// free days would follow one another.
func notBridging(m time.Month, d int) func(int) Date {
	return func(year int) Date {
		day := dayNumber(year, m, d)
		return onlyIf(day.Weekday() != time.Tuesday && day.Weekday() != time.Saturday, day)
	}
}

// naefels is the first Thursday in April, a week later in Holy Week.
func naefels(year int) Date {
	d := nth(1, time.Thursday, time.April)(year)
	if d == Easter(year)-3 {
		d += 7
	}
	return d
}

var hungary = country{name: "Hungary", decreed: hungarianMoves, rules: []rule{
	newYear("Újév"), on("1848 Revolution Day", "Nemzeti ünnep", 3, 15).from(1989), goodFriday("Nagypéntek").from(2017), easterSunday("Húsvétvasárnap"),
	easterMonday("Húsvéthétfő"), labourDay("A munka ünnepe"), whitSunday("Pünkösdvasárnap"), whitMonday("Pünkösdhétfő").from(1992),
	on("State Foundation Day", "Az államalapítás ünnepe", 8, 20), on("1956 Revolution Day", "Nemzeti ünnep", 10, 23).from(1991),
	allSaints("Mindenszentek").from(1999), christmas("Karácsony"), christmas2("Karácsony másnapja"),
}}

// hungarianDecrees are the working days moved by ministerial decree, as
// "free day < worked Saturday". Years without an entry have no moves or none
// known yet. Source: decrees of the minister responsible for employment policy
// (for 2026: 10/2025. (V. 22.) NGM rendelet).
var hungarianDecrees = map[int]string{
	2012: "03-16<03-24 04-30<04-21 10-22<10-27 11-02<11-10 12-24<12-15 12-31<12-01",
	2013: "08-19<08-24 12-24<12-07 12-27<12-21",
	2014: "05-02<05-10 10-24<10-18 12-24<12-13",
	2015: "01-02<01-10 08-21<08-08 12-24<12-12",
	2016: "03-14<03-05 10-31<10-15",
	2018: "03-16<03-10 04-30<04-21 10-22<10-13 11-02<11-10 12-24<12-01 12-31<12-15",
	2019: "08-19<08-10 12-24<12-07 12-27<12-14",
	2020: "08-21<08-29 12-24<12-12",
	2021: "12-24<12-11",
	2022: "03-14<03-26 10-31<10-15",
	2024: "08-19<08-03 12-24<12-07 12-27<12-14",
	2025: "05-02<05-17 10-24<10-18 12-24<12-13",
	2026: "01-02<01-10 08-21<08-08 12-24<12-12",
}

func hungarianMoves(year int) []Holiday {
	var days []Holiday
	for _, move := range strings.Fields(hungarianDecrees[year]) {
		free, worked, _ := strings.Cut(move, "<")
		prefix := Date(dayNumber(year, 1, 1)).String()[:5]
		days = append(days,
			Holiday{MustDate(prefix + free), "Day off moved by decree", "Pihenőnap", Substitute},
			Holiday{MustDate(prefix + worked), "Working day moved by decree", "Munkanap", Workday})
	}
	return days
}

// britain: without a region the days common to all four nations.
var britain = country{
	name: "United Kingdom", regions: []string{"ENG", "WLS", "SCT", "NIR"}, substitute: britishSubstitutes,
	rules: []rule{
		newYear(""), on("Second of January", "", 1, 2).only("SCT"), on("Saint Patrick's Day", "", 3, 17).only("NIR"), goodFriday(""),
		easterMonday("").only("ENG WLS NIR"),
		{name: "Early May Bank Holiday", since: 1978, day: except(nth(1, time.Monday, 5), "1995-05-08", "2020-05-08")},
		{name: "Spring Bank Holiday", since: 1971, day: except(nth(-1, time.Monday, 5), "2002-06-04", "2012-06-04", "2022-06-02")},
		{name: "Golden Jubilee", day: once("2002-06-03")}, {name: "Royal Wedding", day: once("2011-04-29")}, {name: "Diamond Jubilee", day: once("2012-06-05")},
		{name: "Platinum Jubilee", day: once("2022-06-03")}, {name: "State Funeral of Queen Elizabeth II", day: once("2022-09-19")},
		{name: "Coronation of King Charles III", day: once("2023-05-08")}, {name: "World Cup Holiday", day: once("2026-06-15"), in: "SCT"},
		on("Battle of the Boyne", "", 7, 12).only("NIR"), {name: "Summer Bank Holiday", day: nth(1, time.Monday, 8), in: "SCT"},
		{name: "Summer Bank Holiday", since: 1971, day: nth(-1, time.Monday, 8), in: "ENG WLS NIR"}, on("Saint Andrew's Day", "", 11, 30).only("SCT").from(2006),
		christmas(""), on("Boxing Day", "", 12, 26),
	},
}

// except replaces a rule's day in the years of the given dates.
func except(f func(int) Date, dates ...string) func(int) Date {
	return func(year int) Date {
		for _, s := range dates {
			if d := MustDate(s); d.Year() == year {
				return d
			}
		}
		return f(year)
	}
}

// britishSubstitutes adds the next free weekday for a fixed day on a weekend.
func britishSubstitutes(_ string, _ int, days []Holiday) []Holiday {
	return substitutes(days, func(d Date) bool { return weekend(d) }, nil)
}

// substitutes adds, for every day that calls for it, the next day that is
// neither a weekend nor already a holiday. Only the named days, if any are.
func substitutes(days []Holiday, calls func(Date) bool, names map[string]bool) []Holiday {
	taken := map[Date]bool{}
	for _, h := range days {
		taken[h.Date] = true
	}
	for _, h := range days[:len(days):len(days)] {
		if h.Date.Weekday() == time.Sunday && fixedBySunday[h.Name] || !calls(h.Date) || names != nil && !names[h.Name] {
			continue
		}
		d := h.Date
		for weekend(d) || taken[d] {
			d++
		}
		taken[d] = true
		days = append(days, Holiday{d, h.Name + " (substitute day)", h.Local, Substitute})
	}
	return days
}

// fixedBySunday are days that always are Sundays and so are never substituted.
var fixedBySunday = map[string]bool{"Easter Sunday": true, "Whit Sunday": true, "Mother's Day": true}

// latvianMondays gives a Monday for 4 May and 18 November (and days of the
// festival and the ice hockey medal, which were set as Mondays) on a weekend.
func latvianMondays(_ string, year int, days []Holiday) []Holiday {
	return substitutes(days, weekend, map[string]bool{"Restoration of Independence Day": year >= 2008, "Proclamation Day": year >= 2007})
}

// unitedStates holds the federal holidays (5 U.S.C. 6103).
var unitedStates = country{name: "United States", substitute: americanObserved, rules: []rule{
	newYear(""), {name: "Martin Luther King Jr. Day", day: nth(3, time.Monday, 1), since: 1986}, {name: "Washington's Birthday", day: nth(3, time.Monday, 2), since: 1971},
	{name: "Memorial Day", day: nth(-1, time.Monday, 5), since: 1971}, on("Juneteenth National Independence Day", "", 6, 19).from(2021),
	on("Independence Day", "", 7, 4), {name: "Labor Day", day: nth(1, time.Monday, 9)}, {name: "Columbus Day", day: nth(2, time.Monday, 10), since: 1971},
	on("Veterans Day", "", 11, 11).from(1978), {name: "Thanksgiving Day", day: nth(4, time.Thursday, 11), since: 1942}, christmas(""),
}}

// americanObserved adds Friday for a day on Saturday and Monday for one on
// Sunday. 1 January on a Saturday is observed in the year before.
func americanObserved(_ string, year int, days []Holiday) []Holiday {
	for _, h := range days[:len(days):len(days)] {
		switch h.Date.Weekday() {
		case time.Saturday:
			if d := h.Date - 1; d.Year() == year {
				days = append(days, Holiday{d, h.Name + " (observed)", "", Substitute})
			}
		case time.Sunday:
			days = append(days, Holiday{h.Date + 1, h.Name + " (observed)", "", Substitute})
		}
	}
	if next := dayNumber(year+1, 1, 1); next.Weekday() == time.Saturday {
		days = append(days, Holiday{next - 1, "New Year's Day (observed)", "", Substitute})
	}
	return days
}
