package worktime

import "time"

// countries are the known countries by ISO code. Nothing changes it.
var countries = map[string]country{
	"AT": austria, "BE": belgium, "CH": switzerland, "CZ": czechia, "DE": germany,
	"DK": denmark, "EE": estonia, "ES": spain, "FI": finland, "FR": france,
	"GB": britain, "HR": croatia, "HU": hungary, "IE": ireland, "IT": italy,
	"LT": lithuania, "LU": luxembourg, "LV": latvia, "NL": netherlands,
	"NO": norway, "PL": poland, "PT": portugal, "RO": romania, "SE": sweden,
	"SI": slovenia, "SK": slovakia, "US": unitedStates,
}

// Rules that several countries share, with the English name.
func newYear(local string) rule { return rule{name: "New Year's Day", local: local, day: fixed(1, 1)} }
func epiphany(local string) rule {
	return rule{name: "Epiphany", local: local, day: fixed(1, 6)}
}
func goodFriday(local string) rule { return rule{name: "Good Friday", local: local, day: easter(-2)} }
func easterSunday(local string) rule {
	return rule{name: "Easter Sunday", local: local, day: easter(0)}
}
func easterMonday(local string) rule {
	return rule{name: "Easter Monday", local: local, day: easter(1)}
}
func labourDay(local string) rule { return rule{name: "Labour Day", local: local, day: fixed(5, 1)} }
func ascension(local string) rule {
	return rule{name: "Ascension Day", local: local, day: easter(39)}
}
func whitSunday(local string) rule { return rule{name: "Whit Sunday", local: local, day: easter(49)} }
func whitMonday(local string) rule { return rule{name: "Whit Monday", local: local, day: easter(50)} }
func corpusChristi(local string) rule {
	return rule{name: "Corpus Christi", local: local, day: easter(60)}
}
func assumption(local string) rule {
	return rule{name: "Assumption Day", local: local, day: fixed(8, 15)}
}
func allSaints(local string) rule {
	return rule{name: "All Saints' Day", local: local, day: fixed(11, 1)}
}
func immaculate(local string) rule {
	return rule{name: "Immaculate Conception", local: local, day: fixed(12, 8)}
}
func christmasEve(local string) rule {
	return rule{name: "Christmas Eve", local: local, day: fixed(12, 24)}
}
func christmas(local string) rule {
	return rule{name: "Christmas Day", local: local, day: fixed(12, 25)}
}
func christmas2(local string) rule {
	return rule{name: "Second Day of Christmas", local: local, day: fixed(12, 26)}
}

// only limits a rule to regions, since to a first year, customary to a kind.
func (r rule) only(regions string) rule { r.in = regions; return r }
func (r rule) from(year int) rule       { r.since = year; return r }
func (r rule) through(year int) rule    { r.until = year; return r }
func (r rule) customary() rule          { r.kind = Customary; return r }

func on(name, local string, m time.Month, d int) rule {
	return rule{name: name, local: local, day: fixed(m, d)}
}

var germany = country{
	name:    "Germany",
	regions: []string{"BB", "BE", "BW", "BY", "HB", "HE", "HH", "MV", "NI", "NW", "RP", "SH", "SL", "SN", "ST", "TH"},
	rules: []rule{
		newYear("Neujahr"),
		epiphany("Heilige Drei Könige").only("BW BY ST"),
		on("International Women's Day", "Frauentag", 3, 8).only("BE").from(2019),
		on("International Women's Day", "Frauentag", 3, 8).only("MV").from(2023),
		goodFriday("Karfreitag"),
		easterSunday("Ostersonntag").only("BB"),
		easterMonday("Ostermontag"),
		labourDay("Tag der Arbeit"),
		rule{name: "75 Years of Liberation", local: "75. Jahrestag der Befreiung", day: once("2020-05-08")}.only("BE"),
		rule{name: "80 Years of Liberation", local: "80. Jahrestag der Befreiung", day: once("2025-05-08")}.only("BE"),
		rule{name: "75 Years of the Uprising of 1953", local: "75. Jahrestag des Aufstandes vom 17. Juni 1953", day: once("2028-06-17")}.only("BE"),
		ascension("Christi Himmelfahrt"),
		whitSunday("Pfingstsonntag").only("BB"),
		whitMonday("Pfingstmontag"),
		corpusChristi("Fronleichnam").only("BW BY HE NW RP SL"),
		assumption("Mariä Himmelfahrt").only("SL"),
		on("World Children's Day", "Weltkindertag", 9, 20).only("TH").from(2019),
		on("German Unity Day", "Tag der Deutschen Einheit", 10, 3).from(1990),
		on("Reformation Day", "Reformationstag", 10, 31).only("BB MV SN ST TH"),
		on("Reformation Day", "Reformationstag", 10, 31).only("HB HH NI SH").from(2018),
		rule{name: "Reformation Day", local: "Reformationstag", day: once("2017-10-31")},
		allSaints("Allerheiligen").only("BW BY NW RP SL"),
		rule{name: "Repentance and Prayer Day", local: "Buß- und Bettag", day: to(time.Wednesday, 11, 22)}.only("SN"),
		christmas("Erster Weihnachtstag"), christmas2("Zweiter Weihnachtstag"),
	},
}

var austria = country{name: "Austria", rules: []rule{
	newYear("Neujahr"), epiphany("Heilige Drei Könige"), easterMonday("Ostermontag"), labourDay("Staatsfeiertag"),
	ascension("Christi Himmelfahrt"), whitMonday("Pfingstmontag"), corpusChristi("Fronleichnam"),
	assumption("Mariä Himmelfahrt"), on("National Day", "Nationalfeiertag", 10, 26).from(1967), allSaints("Allerheiligen"),
	immaculate("Mariä Empfängnis"), christmas("Christtag"), christmas2("Stefanitag"),
}}

var sweden = country{name: "Sweden", rules: []rule{
	newYear("Nyårsdagen"), epiphany("Trettondedag jul"), goodFriday("Långfredagen"), easterSunday("Påskdagen"),
	easterMonday("Annandag påsk"), labourDay("Första maj"), ascension("Kristi himmelsfärdsdag"),
	whitSunday("Pingstdagen"), whitMonday("Annandag pingst").through(2004),
	on("National Day", "Sveriges nationaldag", 6, 6).from(2005),
	rule{name: "Midsummer's Eve", local: "Midsommarafton", day: from(time.Friday, 6, 19)}.customary(),
	{name: "Midsummer Day", local: "Midsommardagen", day: from(time.Saturday, 6, 20)},
	{name: "All Saints' Day", local: "Alla helgons dag", day: from(time.Saturday, 10, 31)},
	christmasEve("Julafton").customary(), christmas("Juldagen"), christmas2("Annandag jul"),
	on("New Year's Eve", "Nyårsafton", 12, 31).customary(),
}}

var poland = country{name: "Poland", rules: []rule{
	newYear("Nowy Rok"), epiphany("Święto Trzech Króli").from(2011), easterSunday("Niedziela Wielkanocna"),
	easterMonday("Poniedziałek Wielkanocny"), labourDay("Święto Państwowe"),
	on("Constitution Day", "Święto Narodowe Trzeciego Maja", 5, 3).from(1990),
	whitSunday("Zielone Świątki"), corpusChristi("Boże Ciało"), assumption("Wniebowzięcie Najświętszej Maryi Panny"),
	allSaints("Wszystkich Świętych"), on("Independence Day", "Narodowe Święto Niepodległości", 11, 11).from(1989),
	{name: "Independence Centenary", local: "Święto Narodowe z okazji Setnej Rocznicy Odzyskania Niepodległości", day: once("2018-11-12")},
	christmasEve("Wigilia Bożego Narodzenia").from(2025), christmas("Boże Narodzenie"), christmas2("Drugi dzień Bożego Narodzenia"),
}}

var czechia = country{name: "Czechia", rules: []rule{
	on("Restoration Day of the Independent Czech State", "Den obnovy samostatného českého státu", 1, 1),
	goodFriday("Velký pátek").from(2016), easterMonday("Velikonoční pondělí"), labourDay("Svátek práce"),
	on("Victory Day", "Den vítězství", 5, 8).from(1992), on("Saints Cyril and Methodius Day", "Den slovanských věrozvěstů Cyrila a Metoděje", 7, 5),
	on("Jan Hus Day", "Den upálení mistra Jana Husa", 7, 6), on("Statehood Day", "Den české státnosti", 9, 28).from(2000),
	on("Independent Czechoslovak State Day", "Den vzniku samostatného československého státu", 10, 28),
	on("Struggle for Freedom and Democracy Day", "Den boje za svobodu a demokracii", 11, 17).from(2000),
	christmasEve("Štědrý den"), christmas("1. svátek vánoční"), christmas2("2. svátek vánoční"),
}}

var slovakia = country{name: "Slovakia", rules: []rule{
	on("Day of the Establishment of the Slovak Republic", "Deň vzniku Slovenskej republiky", 1, 1),
	epiphany("Zjavenie Pána"), goodFriday("Veľký piatok"), easterMonday("Veľkonočný pondelok"), labourDay("Sviatok práce"),
	// 8 May and 15 September are working days in 2026 only (261/2025 Z. z.).
	{name: "Victory over Fascism Day", local: "Deň víťazstva nad fašizmom", day: skip(fixed(5, 8), 2026), since: 1997},
	on("Saints Cyril and Methodius Day", "Sviatok svätého Cyrila a Metoda", 7, 5),
	on("Slovak National Uprising Anniversary", "Výročie Slovenského národného povstania", 8, 29),
	on("Constitution Day", "Deň Ústavy Slovenskej republiky", 9, 1).through(2023),
	{name: "Our Lady of Sorrows", local: "Sedembolestná Panna Mária", day: skip(fixed(9, 15), 2026)},
	{name: "Declaration of the Slovak Nation Centenary", local: "100. výročie prijatia Deklarácie slovenského národa", day: once("2018-10-30")},
	allSaints("Sviatok všetkých svätých"), on("Struggle for Freedom and Democracy Day", "Deň boja za slobodu a demokraciu", 11, 17).through(2024),
	christmasEve("Štedrý deň"), christmas("Prvý sviatok vianočný"), christmas2("Druhý sviatok vianočný"),
}}

var slovenia = country{name: "Slovenia", rules: []rule{
	newYear("novo leto"), on("New Year Holiday", "novo leto", 1, 2).through(2012), on("New Year Holiday", "novo leto", 1, 2).from(2017),
	on("Prešeren Day", "Prešernov dan", 2, 8), easterSunday("velika noč"), easterMonday("velikonočni ponedeljek"),
	on("Day of Uprising against Occupation", "dan upora proti okupatorju", 4, 27), labourDay("praznik dela"),
	on("Labour Day Holiday", "praznik dela", 5, 2), whitSunday("binkošti"), on("Statehood Day", "dan državnosti", 6, 25),
	{name: "Solidarity Day", local: "dan solidarnosti", day: once("2023-08-14")},
	assumption("Marijino vnebovzetje"), on("Reformation Day", "dan reformacije", 10, 31),
	on("Remembrance Day", "dan spomina na mrtve", 11, 1), christmas("božič"), on("Independence and Unity Day", "dan samostojnosti in enotnosti", 12, 26),
}}

var croatia = country{name: "Croatia", rules: []rule{
	newYear("Nova godina"), epiphany("Bogojavljenje"), easterSunday("Uskrs"), easterMonday("Uskrsni ponedjeljak"), labourDay("Praznik rada"),
	on("Statehood Day", "Dan državnosti", 5, 30).from(2020), corpusChristi("Tijelovo"),
	on("Anti-Fascist Struggle Day", "Dan antifašističke borbe", 6, 22), on("Statehood Day", "Dan državnosti", 6, 25).through(2019),
	on("Victory and Homeland Thanksgiving Day", "Dan pobjede i domovinske zahvalnosti", 8, 5), assumption("Velika Gospa"),
	on("Independence Day", "Dan neovisnosti", 10, 8).through(2019), allSaints("Svi sveti"),
	on("Remembrance Day", "Dan sjećanja", 11, 18).from(2020), christmas("Božić"), christmas2("Sveti Stjepan"),
}}

var romania = country{name: "Romania", rules: []rule{
	newYear("Anul Nou"), on("Day after New Year", "A doua zi de Anul Nou", 1, 2),
	epiphany("Bobotează").from(2024), on("Saint John the Baptist", "Sfântul Ion", 1, 7).from(2024),
	on("Unification Day", "Ziua Unirii Principatelor Române", 1, 24).from(2017),
	{name: "Good Friday", local: "Vinerea Mare", day: orthodox(-2), since: 2018},
	{name: "Easter Sunday", local: "Paștele", day: orthodox(0)}, {name: "Easter Monday", local: "A doua zi de Paște", day: orthodox(1)},
	labourDay("Ziua Muncii"), on("Children's Day", "Ziua Copilului", 6, 1).from(2017),
	{name: "Whit Sunday", local: "Rusaliile", day: orthodox(49), since: 2008}, {name: "Whit Monday", local: "A doua zi de Rusalii", day: orthodox(50), since: 2008},
	assumption("Adormirea Maicii Domnului").from(2009), on("Saint Andrew's Day", "Sfântul Andrei", 11, 30).from(2012),
	on("National Day", "Ziua Națională a României", 12, 1), christmas("Crăciunul"), christmas2("A doua zi de Crăciun"),
}}
