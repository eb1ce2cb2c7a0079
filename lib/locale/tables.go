package locale

const nbsp = "\u00a0" // no-break space

// facts are what differs from language to language, after CLDR 48.
type facts struct {
	name           string
	lcid           string // Windows' code of the language, hexadecimal
	point, group   string
	minGroup       int    // digits before the first group separator appears: 2 means 1234 but 12 345
	percent        string // between number and %
	currencyFirst  bool
	symbols        map[string]string // currency → sign, where it is not the code
	thousand       [4]string         // k, m, bn, tn as short scale words of this language
	months, monthF [12]string        // standing alone, and in a date
	shortM, axisM  [12]string        // in a date, and under an axis
	days, shortD   [7]string         // Monday first
	dateShort      string            // patterns: see fill in date.go
	dateMedium     string
	dateLong       string
	dateFull       string
	monthYear      string
	monthYearShort string
	dayMonth       string
	dayMonthWeek   string
	dateTime       string // {d} {t}
	week           string // "week {n}"
	quarter        string // "Q{q} {y}"
	today          [3]string
	now            string
	past, future   string // "{x} ago", "in {x}"
	ago, ahead     [6]forms
	units          [4]string // short: day, hour, minute, second
	dayForms       forms
	and, or        string
	plural         func(i uint64, fraction bool) Category
	yes, no        []string
	quote          [2]string
}

// forms are a word by plural category; one with the count 1.
type forms struct{ one, few, many, other string }

func (f forms) of(c Category) string {
	switch {
	case c == One && f.one != "":
		return f.one
	case c == Few && f.few != "":
		return f.few
	case c == Many && f.many != "":
		return f.many
	}
	return f.other
}

// The order of ago and ahead: minute, hour, day, week, month, year.
var tables = map[Lang]*facts{
	En: {
		name: "English", lcid: "809", point: ".", group: ",", minGroup: 1, currencyFirst: true,
		symbols:  map[string]string{"EUR": "€", "USD": "US$", "GBP": "£", "JPY": "JP¥", "CAD": "CA$", "AUD": "A$", "CNY": "CN¥", "INR": "₹", "KRW": "₩", "BRL": "R$"},
		thousand: [4]string{"k", "m", "bn", "tn"},
		months:   [12]string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
		monthF:   [12]string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
		shortM:   [12]string{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sept", "Oct", "Nov", "Dec"},
		axisM:    [12]string{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"},
		days:     [7]string{"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"},
		shortD:   [7]string{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"},
		// 03/04/2026 reads as two days in two countries; English is read in both
		dateShort: "{y}-{0m}-{0d}", dateMedium: "{d} {mmm} {y}", dateLong: "{d} {mmmm} {y}", dateFull: "{wwww} {d} {mmmm} {y}",
		monthYear: "{MMMM} {y}", monthYearShort: "{mmm} {y}", dayMonth: "{d} {mmm}", dayMonthWeek: "{www} {d} {mmm}",
		dateTime: "{d}, {t}", week: "week {n}", quarter: "Q{q} {y}",
		today: [3]string{"yesterday", "today", "tomorrow"}, now: "just now", past: "{x} ago", future: "in {x}",
		ago:   enUnits,
		ahead: enUnits,
		units: [4]string{"d", "h", "min", "s"}, dayForms: forms{one: "day", other: "days"},
		and: "and", or: "or", plural: germanic,
		yes: []string{"yes", "y", "true", "on", "x"}, no: []string{"no", "n", "false", "off"}, quote: [2]string{"“", "”"},
	},
	De: {
		name: "Deutsch", lcid: "407", point: ",", group: ".", minGroup: 1, percent: nbsp,
		symbols:   map[string]string{"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "CAD": "CA$", "AUD": "AU$", "CNY": "CN¥", "INR": "₹", "KRW": "₩", "BRL": "R$"},
		thousand:  [4]string{"Tsd.", "Mio.", "Mrd.", "Bio."},
		months:    deMonths,
		monthF:    deMonths,
		shortM:    [12]string{"Jan.", "Feb.", "März", "Apr.", "Mai", "Juni", "Juli", "Aug.", "Sept.", "Okt.", "Nov.", "Dez."},
		axisM:     [12]string{"Jan", "Feb", "Mär", "Apr", "Mai", "Jun", "Jul", "Aug", "Sep", "Okt", "Nov", "Dez"},
		days:      [7]string{"Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"},
		shortD:    [7]string{"Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"},
		dateShort: "{0d}.{0m}.{y}", dateMedium: "{0d}.{0m}.{y}", dateLong: "{d}. {mmmm} {y}", dateFull: "{wwww}, {d}. {mmmm} {y}",
		monthYear: "{MMMM} {y}", monthYearShort: "{mmm} {y}", dayMonth: "{d}. {mmm}", dayMonthWeek: "{www}, {d}. {mmm}",
		dateTime: "{d}, {t}", week: "KW {n}", quarter: "Q{q} {y}",
		today: [3]string{"gestern", "heute", "morgen"}, now: "gerade eben", past: "vor {x}", future: "in {x}",
		ago:   deUnits,
		ahead: deUnits,
		units: [4]string{"Tg.", "Std.", "Min.", "Sek."}, dayForms: forms{one: "Tag", other: "Tage"},
		and: "und", or: "oder", plural: germanic,
		yes: []string{"ja", "j", "wahr"}, no: []string{"nein", "n", "falsch"}, quote: [2]string{"„", "“"},
	},
	Sv: {
		name: "Svenska", lcid: "41D", point: ",", group: nbsp, minGroup: 1, percent: nbsp,
		symbols:   map[string]string{"EUR": "€", "USD": "US$", "SEK": "kr", "NOK": "Nkr", "DKK": "Dkr", "ISK": "Ikr", "CAD": "CA$", "BRL": "BR$"},
		thousand:  [4]string{"tn", "mn", "md", "bn"},
		months:    svMonths,
		monthF:    svMonths,
		shortM:    [12]string{"jan.", "feb.", "mars", "apr.", "maj", "juni", "juli", "aug.", "sep.", "okt.", "nov.", "dec."},
		axisM:     [12]string{"jan", "feb", "mar", "apr", "maj", "jun", "jul", "aug", "sep", "okt", "nov", "dec"},
		days:      [7]string{"måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag", "söndag"},
		shortD:    [7]string{"mån", "tis", "ons", "tors", "fre", "lör", "sön"},
		dateShort: "{y}-{0m}-{0d}", dateMedium: "{d} {mmm} {y}", dateLong: "{d} {mmmm} {y}", dateFull: "{wwww} {d} {mmmm} {y}",
		monthYear: "{MMMM} {y}", monthYearShort: "{mmm} {y}", dayMonth: "{d} {mmm}", dayMonthWeek: "{www} {d} {mmm}",
		dateTime: "{d} {t}", week: "vecka {n}", quarter: "kv. {q} {y}",
		today: [3]string{"i går", "i dag", "i morgon"}, now: "alldeles nyss", past: "för {x} sedan", future: "om {x}",
		ago:   svUnits,
		ahead: svUnits,
		units: [4]string{"d", "tim", "min", "s"}, dayForms: forms{other: "dygn"},
		and: "och", or: "eller", plural: germanic,
		yes: []string{"ja", "j", "sant"}, no: []string{"nej", "n", "falskt"}, quote: [2]string{"”", "”"},
	},
	Pl: {
		name: "Polski", lcid: "415", point: ",", group: nbsp, minGroup: 2,
		symbols:   map[string]string{"EUR": "€", "PLN": "zł", "BRL": "R$"},
		thousand:  [4]string{"tys.", "mln", "mld", "bln"},
		months:    [12]string{"styczeń", "luty", "marzec", "kwiecień", "maj", "czerwiec", "lipiec", "sierpień", "wrzesień", "październik", "listopad", "grudzień"},
		monthF:    [12]string{"stycznia", "lutego", "marca", "kwietnia", "maja", "czerwca", "lipca", "sierpnia", "września", "października", "listopada", "grudnia"},
		shortM:    plShort,
		axisM:     plShort,
		days:      [7]string{"poniedziałek", "wtorek", "środa", "czwartek", "piątek", "sobota", "niedziela"},
		shortD:    [7]string{"pon.", "wt.", "śr.", "czw.", "pt.", "sob.", "niedz."},
		dateShort: "{0d}.{0m}.{y}", dateMedium: "{d} {mmm} {y}", dateLong: "{d} {mmmm} {y}", dateFull: "{wwww}, {d} {mmmm} {y}",
		monthYear: "{MMMM} {y}", monthYearShort: "{mmm} {y}", dayMonth: "{d} {mmm}", dayMonthWeek: "{www}, {d} {mmm}",
		dateTime: "{d}, {t}", week: "tydzień {n}", quarter: "{q} kw. {y}",
		today: [3]string{"wczoraj", "dzisiaj", "jutro"}, now: "przed chwilą", past: "{x} temu", future: "za {x}",
		ago:   plUnits,
		ahead: plUnits,
		units: [4]string{"d", "godz.", "min", "sek."}, dayForms: forms{one: "dzień", other: "dni"},
		and: "i", or: "lub", plural: polish,
		yes: []string{"tak", "t", "prawda"}, no: []string{"nie", "n", "fałsz"}, quote: [2]string{"„", "”"},
	},
	Hu: {
		name: "Magyar", lcid: "40E", point: ",", group: nbsp, minGroup: 2,
		symbols:   map[string]string{"EUR": "€", "HUF": "Ft", "JPY": "¥"},
		thousand:  [4]string{"E", "M", "Mrd", "B"},
		months:    huMonths,
		monthF:    huMonths,
		shortM:    [12]string{"jan.", "febr.", "márc.", "ápr.", "máj.", "jún.", "júl.", "aug.", "szept.", "okt.", "nov.", "dec."},
		axisM:     [12]string{"jan", "febr", "márc", "ápr", "máj", "jún", "júl", "aug", "szept", "okt", "nov", "dec"},
		days:      [7]string{"hétfő", "kedd", "szerda", "csütörtök", "péntek", "szombat", "vasárnap"},
		shortD:    [7]string{"H", "K", "Sze", "Cs", "P", "Szo", "V"},
		dateShort: "{y}. {0m}. {0d}.", dateMedium: "{y}. {mmm} {d}.", dateLong: "{y}. {mmmm} {d}.", dateFull: "{y}. {mmmm} {d}., {wwww}",
		monthYear: "{y}. {MMMM}", monthYearShort: "{y}. {mmm}", dayMonth: "{mmm} {d}.", dayMonthWeek: "{mmm} {d}., {www}",
		dateTime: "{d} {t}", week: "{n}. hét", quarter: "{y}. {q}. né.",
		today: [3]string{"tegnap", "ma", "holnap"}, now: "épp most", past: "{x} ezelőtt", future: "{x} múlva",
		ago:   [6]forms{{other: "perccel"}, {other: "órával"}, {other: "nappal"}, {other: "héttel"}, {other: "hónappal"}, {other: "évvel"}},
		ahead: [6]forms{{other: "perc"}, {other: "óra"}, {other: "nap"}, {other: "hét"}, {other: "hónap"}, {other: "év"}},
		units: [4]string{"nap", "óra", "perc", "mp"}, dayForms: forms{other: "nap"},
		and: "és", or: "vagy", plural: germanic,
		yes: []string{"igen", "i", "igaz"}, no: []string{"nem", "n", "hamis"}, quote: [2]string{"„", "”"},
	},
}

var (
	enUnits = [6]forms{{one: "minute", other: "minutes"}, {one: "hour", other: "hours"}, {one: "day", other: "days"}, {one: "week", other: "weeks"}, {one: "month", other: "months"}, {one: "year", other: "years"}}
	deUnits = [6]forms{{one: "Minute", other: "Minuten"}, {one: "Stunde", other: "Stunden"}, {one: "Tag", other: "Tagen"}, {one: "Woche", other: "Wochen"}, {one: "Monat", other: "Monaten"}, {one: "Jahr", other: "Jahren"}}
	svUnits = [6]forms{{one: "minut", other: "minuter"}, {one: "timme", other: "timmar"}, {one: "dag", other: "dagar"}, {one: "vecka", other: "veckor"}, {one: "månad", other: "månader"}, {other: "år"}}
	plUnits = [6]forms{
		{one: "minutę", few: "minuty", other: "minut"}, {one: "godzinę", few: "godziny", other: "godzin"}, {one: "dzień", other: "dni"},
		{one: "tydzień", few: "tygodnie", other: "tygodni"}, {one: "miesiąc", few: "miesiące", other: "miesięcy"}, {one: "rok", few: "lata", other: "lat"},
	}
	deMonths = [12]string{"Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember"}
	svMonths = [12]string{"januari", "februari", "mars", "april", "maj", "juni", "juli", "augusti", "september", "oktober", "november", "december"}
	huMonths = [12]string{"január", "február", "március", "április", "május", "június", "július", "augusztus", "szeptember", "október", "november", "december"}
	plShort  = [12]string{"sty", "lut", "mar", "kwi", "maj", "cze", "lip", "sie", "wrz", "paź", "lis", "gru"}
)
