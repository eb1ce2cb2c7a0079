package worktime

import "time"

// Easter returns Easter Sunday of a year in the Gregorian calendar, by the
// anonymous algorithm (Meeus, Astronomical Algorithms, 2nd ed., ch. 8).
func Easter(year int) Date {
	a, b, c := year%19, year/100, year%100
	d, e := b/4, b%4
	g := (8*b + 13) / 25
	h := (19*a + b - d - g + 15) % 30
	i, k := c/4, c%4
	l := (32 + 2*e + 2*i - h - k) % 7
	m := (a + 11*h + 19*l) / 433
	month := (h + l - 7*m + 90) / 25
	day := (h + l - 7*m + 33*month + 19) % 32
	return dayNumber(year, time.Month(month), day)
}

// OrthodoxEaster returns Easter Sunday of the Orthodox churches that keep the
// Julian reckoning, as a Gregorian date (Meeus, ch. 8).
func OrthodoxEaster(year int) Date {
	a, b, c := year%4, year%7, year%19
	d := (19*c + 15) % 30
	e := (2*a + 4*b - d + 34) % 7
	month, day := (d+e+114)/31, (d+e+114)%31+1
	shift := year/100 - year/400 - 2 // days the Julian calendar is behind
	return dayNumber(year, time.Month(month), day) + Date(shift)
}
