package worktime

import "time"

var france = country{
	name: "France", regions: []string{"57", "67", "68"},
	rules: []rule{
		newYear("Jour de l'an"), goodFriday("Vendredi saint").only("57 67 68"), easterMonday("Lundi de Pâques"), labourDay("Fête du Travail"),
		on("Victory Day", "Fête de la Victoire", 5, 8).from(1982), ascension("Ascension"), whitMonday("Lundi de Pentecôte"),
		on("National Day", "Fête nationale", 7, 14), assumption("Assomption"), allSaints("Toussaint"), on("Armistice Day", "Armistice", 11, 11),
		christmas("Noël"), christmas2("Saint-Étienne").only("57 67 68"),
	},
}

var belgium = country{name: "Belgium", rules: []rule{
	newYear("Nieuwjaar / Nouvel An"), easterMonday("Paasmaandag / Lundi de Pâques"), labourDay("Dag van de Arbeid / Fête du Travail"),
	ascension("Hemelvaart / Ascension"), whitMonday("Pinkstermaandag / Lundi de Pentecôte"),
	on("National Day", "Nationale feestdag / Fête nationale", 7, 21), assumption("Onze-Lieve-Vrouw-Hemelvaart / Assomption"),
	allSaints("Allerheiligen / Toussaint"), on("Armistice Day", "Wapenstilstand / Armistice", 11, 11), christmas("Kerstmis / Noël"),
}}

var luxembourg = country{name: "Luxembourg", rules: []rule{
	newYear("Neijoerschdag"), easterMonday("Ouschterméindeg"), labourDay("Dag vun der Aarbecht"), on("Europe Day", "Europadag", 5, 9).from(2019),
	ascension("Christi Himmelfaart"), whitMonday("Péngschtméindeg"), on("National Day", "Nationalfeierdag", 6, 23),
	assumption("Léiffrawëschdag"), allSaints("Allerhellgen"), christmas("Chrëschtdag"), christmas2("Stiefesdag"),
}}

var netherlands = country{name: "Netherlands", rules: []rule{
	newYear("Nieuwjaarsdag"), goodFriday("Goede Vrijdag").customary(), easterSunday("Eerste paasdag"), easterMonday("Tweede paasdag"),
	{name: "King's Day", local: "Koningsdag", day: kingsDay, since: 2014},
	{name: "Queen's Day", local: "Koninginnedag", day: queensDay, since: 1949, until: 2013},
	// Free by law every fifth year; in other years by agreement.
	{name: "Liberation Day", local: "Bevrijdingsdag", since: 1990, day: func(y int) Date { return onlyIf(y%5 == 0, fixed(5, 5)(y)) }},
	ascension("Hemelvaartsdag"), whitSunday("Eerste pinksterdag"), whitMonday("Tweede pinksterdag"),
	christmas("Eerste kerstdag"), christmas2("Tweede kerstdag"),
}}

// kingsDay is 27 April, the day before when that is a Sunday.
func kingsDay(year int) Date {
	d := dayNumber(year, time.April, 27)
	if d.Weekday() == time.Sunday {
		d--
	}
	return d
}

// queensDay was 30 April; on a Sunday it was kept on Monday until 1979 and on
// Saturday from 1980.
func queensDay(year int) Date {
	d := dayNumber(year, time.April, 30)
	if d.Weekday() != time.Sunday {
		return d
	}
	if year < 1980 {
		return d + 1
	}
	return d - 1
}

func onlyIf(ok bool, d Date) Date {
	if ok {
		return d
	}
	return 0
}

var denmark = country{name: "Denmark", rules: []rule{
	newYear("Nytårsdag"), {name: "Maundy Thursday", local: "Skærtorsdag", day: easter(-3)}, goodFriday("Langfredag"), easterSunday("Påskedag"),
	easterMonday("Anden påskedag"), {name: "Great Prayer Day", local: "Store bededag", day: easter(26), until: 2023},
	ascension("Kristi himmelfartsdag"), whitSunday("Pinsedag"), whitMonday("Anden pinsedag"),
	on("Constitution Day", "Grundlovsdag", 6, 5).customary(), christmasEve("Juleaften").customary(),
	christmas("Juledag"), christmas2("Anden juledag"), on("New Year's Eve", "Nytårsaften", 12, 31).customary(),
}}

var norway = country{name: "Norway", rules: []rule{
	newYear("Første nyttårsdag"), {name: "Maundy Thursday", local: "Skjærtorsdag", day: easter(-3)}, goodFriday("Langfredag"), easterSunday("Første påskedag"),
	easterMonday("Andre påskedag"), labourDay("Arbeidernes dag"), on("Constitution Day", "Grunnlovsdagen", 5, 17), ascension("Kristi himmelfartsdag"),
	whitSunday("Første pinsedag"), whitMonday("Andre pinsedag"), christmas("Første juledag"), christmas2("Andre juledag"),
}}

var finland = country{name: "Finland", rules: []rule{
	newYear("Uudenvuodenpäivä"), epiphany("Loppiainen").from(1991), goodFriday("Pitkäperjantai"), easterSunday("Pääsiäispäivä"), easterMonday("Toinen pääsiäispäivä"),
	labourDay("Vappu"), ascension("Helatorstai").from(1991), whitSunday("Helluntaipäivä"),
	{name: "Midsummer's Eve", local: "Juhannusaatto", day: from(time.Friday, 6, 19)},
	{name: "Midsummer Day", local: "Juhannuspäivä", day: from(time.Saturday, 6, 20)},
	{name: "All Saints' Day", local: "Pyhäinpäivä", day: from(time.Saturday, 10, 31)},
	on("Independence Day", "Itsenäisyyspäivä", 12, 6), christmasEve("Jouluaatto"), christmas("Joulupäivä"), christmas2("Tapaninpäivä"),
}}

var estonia = country{name: "Estonia", rules: []rule{
	newYear("uusaasta"), on("Independence Day", "iseseisvuspäev", 2, 24), goodFriday("suur reede"), easterSunday("ülestõusmispühade 1. püha"),
	on("Spring Day", "kevadpüha", 5, 1), whitSunday("nelipühade 1. püha"), on("Victory Day", "võidupüha", 6, 23),
	on("Midsummer Day", "jaanipäev", 6, 24), on("Independence Restoration Day", "taasiseseisvumispäev", 8, 20).from(1998),
	christmasEve("jõululaupäev").from(2005), christmas("esimene jõulupüha"), christmas2("teine jõulupüha"),
}}

var latvia = country{name: "Latvia", rules: []rule{
	newYear("Jaunais Gads"), goodFriday("Lielā Piektdiena"), easterSunday("Lieldienas"), easterMonday("Otrās Lieldienas"),
	labourDay("Darba svētki"), on("Restoration of Independence Day", "Latvijas Republikas Neatkarības atjaunošanas diena", 5, 4).from(2002),
	whitSunday("Vasarsvētki"), {name: "Mother's Day", local: "Mātes diena", day: nth(2, time.Sunday, 5)}, on("Midsummer Eve", "Līgo diena", 6, 23), on("Midsummer Day", "Jāņu diena", 6, 24),
	on("Proclamation Day", "Latvijas Republikas proklamēšanas diena", 11, 18),
	rule{name: "Pope's Visit", local: "Viņa Svētības pāvesta Franciska pastorālās vizītes diena", day: once("2018-09-24")},
	{name: "Song and Dance Festival", local: "Vispārējo latviešu Dziesmu un deju svētku noslēguma diena", day: once("2018-07-09")},
	{name: "Ice Hockey Bronze Day", local: "Diena, kad Latvijas hokeja komanda ieguva bronzas medaļu", day: once("2023-05-29")},
	{name: "Song and Dance Festival", local: "Vispārējo latviešu Dziesmu un deju svētku noslēguma diena", day: once("2023-07-10")},
	christmasEve("Ziemassvētku vakars").from(2007), christmas("Ziemassvētki"), christmas2("Otrie Ziemassvētki"), on("New Year's Eve", "Vecgada diena", 12, 31).from(2007),
}, substitute: latvianMondays}

var lithuania = country{name: "Lithuania", rules: []rule{
	newYear("Naujieji metai"), on("State Restoration Day", "Lietuvos valstybės atkūrimo diena", 2, 16),
	on("Independence Restoration Day", "Lietuvos nepriklausomybės atkūrimo diena", 3, 11), easterSunday("Velykos"), easterMonday("Antroji Velykų diena"),
	labourDay("Tarptautinė darbo diena"), {name: "Mother's Day", local: "Motinos diena", day: nth(1, time.Sunday, 5)},
	{name: "Father's Day", local: "Tėvo diena", day: nth(1, time.Sunday, 6)}, on("Saint John's Day", "Joninės, Rasos", 6, 24).from(2003),
	on("Statehood Day", "Valstybės diena", 7, 6), assumption("Žolinė"), allSaints("Visų šventųjų diena"), on("All Souls' Day", "Vėlinės", 11, 2).from(2020),
	christmasEve("Kūčios"), christmas("Kalėdų pirma diena"), christmas2("Kalėdų antra diena"),
}}

var italy = country{name: "Italy", rules: []rule{
	newYear("Capodanno"), epiphany("Epifania del Signore"), easterSunday("Pasqua"), easterMonday("Lunedì dell'Angelo"),
	on("Liberation Day", "Festa della Liberazione", 4, 25), labourDay("Festa del Lavoro"), on("Republic Day", "Festa della Repubblica", 6, 2),
	assumption("Assunzione della Vergine"), on("Saint Francis of Assisi", "San Francesco d'Assisi", 10, 4).from(2026), allSaints("Ognissanti"), immaculate("Immacolata Concezione"), christmas("Natale"), christmas2("Santo Stefano"),
}}

var spain = country{name: "Spain", rules: []rule{
	newYear("Año Nuevo"), epiphany("Epifanía del Señor"), goodFriday("Viernes Santo"), labourDay("Fiesta del Trabajo"), assumption("Asunción de la Virgen"),
	on("National Day", "Fiesta Nacional de España", 10, 12), allSaints("Todos los Santos"), on("Constitution Day", "Día de la Constitución Española", 12, 6),
	immaculate("Inmaculada Concepción"), christmas("Natividad del Señor"),
}}

var portugal = country{name: "Portugal", rules: []rule{
	newYear("Ano Novo"), goodFriday("Sexta-feira Santa"), easterSunday("Páscoa"), on("Freedom Day", "Dia da Liberdade", 4, 25), labourDay("Dia do Trabalhador"),
	on("Portugal Day", "Dia de Portugal, de Camões e das Comunidades Portuguesas", 6, 10),
	corpusChristi("Corpo de Deus").through(2012), corpusChristi("Corpo de Deus").from(2016), assumption("Assunção de Nossa Senhora"),
	on("Republic Day", "Implantação da República", 10, 5).through(2012), on("Republic Day", "Implantação da República", 10, 5).from(2016),
	allSaints("Dia de Todos os Santos").through(2012), allSaints("Dia de Todos os Santos").from(2016),
	on("Restoration of Independence Day", "Restauração da Independência", 12, 1).through(2012), on("Restoration of Independence Day", "Restauração da Independência", 12, 1).from(2016),
	immaculate("Imaculada Conceição"), christmas("Natal"),
}}

var ireland = country{name: "Ireland", rules: []rule{
	newYear(""), {name: "Saint Brigid's Day", day: saintBrigid, since: 2023}, on("Saint Patrick's Day", "", 3, 17),
	rule{name: "Day of Remembrance and Recognition", day: once("2022-03-18")}, easterMonday(""),
	{name: "May Bank Holiday", day: nth(1, time.Monday, 5)}, {name: "June Bank Holiday", day: nth(1, time.Monday, 6)},
	{name: "August Bank Holiday", day: nth(1, time.Monday, 8)}, {name: "October Bank Holiday", day: nth(-1, time.Monday, 10)},
	christmas(""), on("Saint Stephen's Day", "", 12, 26),
}}

// saintBrigid is the first Monday in February, or 1 February when a Friday.
func saintBrigid(year int) Date {
	d := dayNumber(year, time.February, 1)
	if d.Weekday() == time.Friday {
		return d
	}
	return onOrAfter(time.Monday, d)
}
