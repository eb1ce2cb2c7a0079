package table

import (
	"bytes"
	"strings"
)

// months by their names and abbreviations, in the languages of the product and
// of its neighbours, as they stand in dates.
var months = monthNames(
	"january january jan|february february feb|march march mar|april april apr|may may|june june jun|july july jul|august august aug|september september sep sept|october october oct|november november nov|december december dec",
	"januar jan|februar feb|märz mär mrz|april apr|mai|juni jun|juli jul|august aug|september sep sept|oktober okt|november nov|dezember dez",
	"jänner jän|feber|||||||||||",
	"januari jan|februari feb|mars mar|april apr|maj|juni jun|juli jul|augusti aug|september sep sept|oktober okt|november nov|december dec",
	"styczeń stycznia sty|luty lutego lut|marzec marca mar|kwiecień kwietnia kwi|maj maja|czerwiec czerwca cze|lipiec lipca lip|sierpień sierpnia sie|wrzesień września wrz|październik października paź|listopad listopada lis|grudzień grudnia gru",
	"január jan|február feb febr|március már márc|április ápr|május máj|június jún|július júl|augusztus aug|szeptember szept|október okt|november nov|december dec",
	"janvier janv|février févr fév|mars|avril avr|mai|juin|juillet juil|août|septembre sept|octobre oct|novembre nov|décembre déc",
	"enero ene|febrero feb|marzo mar|abril abr|mayo|junio jun|julio jul|agosto ago|septiembre sept|octubre oct|noviembre nov|diciembre dic",
	"gennaio gen|febbraio feb|marzo mar|aprile apr|maggio mag|giugno giu|luglio lug|agosto ago|settembre set|ottobre ott|novembre nov|dicembre dic",
	"januari|februari|maart mrt|april|mei|juni|juli|augustus|september|oktober|november|december",
	"januar|februar|marts|april|maj|juni|juli|august|september|oktober|november|december des",
	"leden ledna|únor února|březen března|duben dubna|květen května|červen června|červenec července|srpen srpna|září|říjen října|listopad listopadu|prosinec prosince",
)

// monthNames leaves out a name that means two months.
func monthNames(languages ...string) map[string]int {
	names := map[string]int{}
	for _, l := range languages {
		for i, all := range strings.Split(l, "|") {
			for _, n := range strings.Fields(all) {
				if before, ok := names[n]; ok && before != i+1 {
					names[n] = 0
				} else if i < 12 {
					names[n] = i + 1
				}
			}
		}
	}
	return names
}

// wordDate reads dates with a month's name: 3. März 2025, March 3, 2025,
// 2025. január 5., 3 de marzo de 2025, May 2025. Names are looked up whole, so
// that 'Marker 3 2025' is none.
func wordDate(b []byte) (day, bool) {
	var numbers, widths [2]int
	count, month, order := 0, 0, ""
	for i := 0; i < len(b); {
		switch c := b[i]; {
		case c-'0' <= 9:
			if count == 2 {
				return wordTime(b, i, numbers, widths, month, order)
			}
			start := i
			for ; i < len(b) && b[i]-'0' <= 9; i++ {
				if i-start == 4 {
					return day{}, false
				}
				numbers[count] = numbers[count]*10 + int(b[i]-'0')
			}
			widths[count] = i - start
			count++
			order += "n"
		case c == ' ' || c == '.' || c == ',' || c == '-' || c == '/':
			i++
		default:
			start := i
			for i < len(b) && (b[i]|32 >= 'a' && b[i]|32 <= 'z' || b[i] >= 0x80) {
				i++
			}
			if i == start {
				return day{}, false
			}
			m := monthNamed(b[start:i])
			if m == filler && order != "" {
				continue
			}
			if m <= 0 || month != 0 {
				return day{}, false
			}
			month = m
			order += "m"
		}
	}
	return namedDay(numbers, widths, month, order)
}

// filler stands for a word that may stand in a date and says nothing.
const filler = -1

// monthNamed looks a word up without making a text of it: most are no month's.
func monthNamed(word []byte) int {
	var low [24]byte
	if len(word) > len(low) {
		return 0
	}
	plain := true
	for i, c := range word {
		plain = plain && c < 0x80
		low[i] = c | 32
	}
	if !plain {
		return months[string(bytes.ToLower(word))]
	}
	switch string(low[:len(word)]) {
	case "de", "of", "st", "nd", "rd", "th":
		return filler
	}
	return months[string(low[:len(word)])]
}

// wordTime reads a time of day after the date.
func wordTime(b []byte, at int, numbers, widths [2]int, month int, order string) (day, bool) {
	d, ok := namedDay(numbers, widths, month, order)
	if !ok || d.orders == ym || b[at-1] != ' ' {
		return d, false
	}
	return d, d.time(b[at-1:])
}

func namedDay(numbers, widths [2]int, month int, order string) (day, bool) {
	var d day
	switch {
	case month == 0:
		return d, false
	case order == "nmn" && widths[0] <= 2 && (widths[1] == 4 || widths[1] == 2), order == "mnn" && widths[0] <= 2 && widths[1] == 4:
		year := numbers[1]
		if widths[1] == 2 {
			year = century(year)
		}
		d = day{part: [3]int{numbers[0], month, year}, orders: dmy}
	case order == "nmn" && widths[0] == 4 && widths[1] <= 2:
		d = day{part: [3]int{numbers[0], month, numbers[1]}, orders: ymd}
	case order == "mn" && widths[0] == 4, order == "nm" && widths[0] == 4:
		d = day{part: [3]int{numbers[0], month, 1}, orders: ym}
	case order == "mn" && widths[0] == 2: // Jan-25, as spreadsheets write it
		d = day{part: [3]int{century(numbers[0]), month, 1}, orders: ym}
	default:
		return d, false
	}
	return d, d.valid(d.orders)
}

// century: of two digits 69 to 99 are of the last one, as POSIX has it.
func century(year int) int {
	if year > 68 {
		return 1900 + year
	}
	return 2000 + year
}

// monthOnly reads 2024-05, 2024/05 and 05/2024 of the years 1900 to 2100.
func monthOnly(b []byte) (day, bool) {
	year, month, sep := 0, 0, byte(0)
	switch {
	case len(b) == 7 && (b[4] == '-' || b[4] == '/'):
		year, month, sep = digitsOf(b[:4]), digitsOf(b[5:]), b[4]
	case len(b) == 7 && b[2] == '/':
		year, month, sep = digitsOf(b[3:]), digitsOf(b[:2]), '/'
	case len(b) == 6 && b[1] == '/':
		year, month, sep = digitsOf(b[2:]), digitsOf(b[:1]), '/'
	}
	if sep == 0 || year < 1900 || year > 2100 || month < 1 || month > 12 {
		return day{}, false
	}
	return day{part: [3]int{year, month, 1}, orders: ym}, true
}

func digitsOf(b []byte) int {
	n := 0
	for _, c := range b {
		if c-'0' > 9 {
			return -1
		}
		n = n*10 + int(c-'0')
	}
	return n
}

// compactDate reads 20240531 of the years 1900 to 2100.
func compactDate(b []byte) (day, bool) {
	if len(b) != 8 {
		return day{}, false
	}
	n := digitsOf(b)
	d := day{part: [3]int{n / 10000, n / 100 % 100, n % 100}, orders: ymd}
	return d, d.part[0] >= 1900 && d.part[0] <= 2100 && d.valid(ymd)
}

// serialDate reads a day as spreadsheets count them, of the years 1982 to 2064.
func serialDate(b []byte) (int64, bool) {
	n := digitsOf(b)
	return int64(n) - 25569, len(b) == 5 && n >= 30000 && n < 60000
}
