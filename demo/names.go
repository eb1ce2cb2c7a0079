package demo

import (
	"fmt"
	"strings"

	"steward/lib/locale"
)

// tongue is how people of a country are called. Polish and Swedish family names
// here do not change with the sex; Hungarian ones are written first in Hungary
// and last here, as the company's directory does.
type tongue struct {
	lang          string
	women, men    []string
	family        []string
	phone, street string
}

var tongues = map[string]tongue{
	"DE": {"de",
		strings.Fields("Anna Katharina Sabine Claudia Julia Lena Petra Susanne Monika Birgit Nina Franziska Martina Heike Lea Johanna Andrea Silke Ulrike Kerstin Miriam Annika"),
		strings.Fields("Thomas Michael Stefan Andreas Jan Christian Matthias Florian Tobias Lars Uwe Jürgen Markus Felix Dirk Sven Holger Moritz Jonas Ralf Volker Henning"),
		strings.Fields("Müller Schmidt Petersen Hansen Fischer Weber Schröder Krüger Vogt Brandt Lorenz Behrens Carstens Lindemann Möller Jansen Bruns Harms Köhler Winter Sommer Albrecht Ehlers Wulff Dierks Engel Rademacher Steinhoff Timm Ahrens"),
		"+49 40 5550", "Am Sandtorkai 41, 20457 Hamburg"},
	"SE": {"sv",
		strings.Fields("Helena Karin Eva Maria Sofia Elin Ingrid Malin Linnea Ebba Astrid Frida Ulrika Åsa Matilda"),
		strings.Fields("Erik Lars Anders Johan Nils Gustav Henrik Oskar Magnus Björn Fredrik Mattias Olof Viktor Per"),
		strings.Fields("Andersson Johansson Karlsson Nilsson Eriksson Lindqvist Larsson Bergström Sandberg Lundgren Sjöberg Öberg Holm Ekström Nyström Åkesson Hedlund Wallin Forsberg Ljung"),
		"+46 40 555 0", "Hamngatan 12, 211 22 Malmö"},
	"PL": {"pl",
		strings.Fields("Agnieszka Katarzyna Małgorzata Ewa Joanna Magdalena Monika Zofia Karolina Aleksandra Justyna Beata Dorota Natalia"),
		strings.Fields("Tomasz Piotr Krzysztof Andrzej Marcin Paweł Michał Łukasz Jakub Mateusz Grzegorz Wojciech Adam Rafał Kamil"),
		strings.Fields("Nowak Wójcik Kowalczyk Mazur Krawczyk Kaczmarek Zając Król Wieczorek Wróbel Pawlak Walczak Stępień Michalak Szewczyk Baran Duda Szulc Sikora Gajda Kołodziej Urban Polak Kubiak"),
		"+48 12 555 0", "ul. Przemysłowa 8, 30-701 Kraków"},
	"HU": {"hu",
		strings.Fields("Eszter Katalin Zsuzsanna Ágnes Judit Andrea Réka Tímea Boglárka Anikó Dóra Edit Ildikó Nóra"),
		strings.Fields("László István Gábor Zoltán Attila Péter Tamás Balázs Bence Ferenc Miklós András Gergely Csaba Dániel"),
		strings.Fields("Nagy Kovács Tóth Szabó Horváth Varga Kiss Molnár Németh Farkas Balogh Papp Takács Juhász Lakatos Mészáros Oláh Simon Rácz Fekete Szilágyi Török"),
		"+36 96 555 0", "Ipari park 3, 9027 Győr"},
}

// address is an e-mail address of a name: ASCII, at the company's domain, which
// by RFC 2606 belongs to nobody.
func address(name string, taken map[string]bool) string {
	folded := strings.Join(strings.Fields(strings.ToLower(locale.Fold(name))), ".")
	ascii := strings.Map(func(r rune) rune {
		if r == '.' || r == '-' || r >= 'a' && r <= 'z' {
			return r
		}
		return -1
	}, folded)
	local := ascii
	for n := 2; taken[local]; n++ {
		local = fmt.Sprintf("%s%d", ascii, n)
	}
	taken[local] = true
	return local + "@nordwind.example"
}
