package cashflow

// macrsRealProperty returns the yearly percentages of real property placed in
// service in a month of the first year, by straight line and the mid-month
// convention to three places: Publication 946, tables A-6 (27.5 years, residential
// rental), A-7 (31.5, nonresidential until May 1993), A-7a (39, nonresidential) and,
// of the alternative system, A-13 (30, residential) and A-13a (40).
//
// Tables and A-13a round each year's share of what is left over the rest of
// the life, and carry what rounding left: 3.636 first, in turn with 3.637 from the
// tenth year on. Tables A-7a and A-13 give each whole year the same and share what
// remains between the first and the last year, so January's first year of 39 is 2.461
// and not the 2.457 of 11.5 months: A-7a by their months, A-13 so that the smaller part
// is that of its months and the larger takes the rest.
func macrsRealProperty(class string, month int) []real {
	life, first := fromText(class), midMonth(13-month)
	if class != "39" && class != "30" {
		return statutory(life, whole(1), first, 3)
	}
	years := life.floor() - 1 // whole ones
	yearly := places(whole(100).quo(life), 3)
	ends := whole(100).sub(whole(years).mul(yearly))
	begin := places(ends.mul(first), 3)
	if class == "30" {
		if begin = places(yearly.mul(first), 3); month <= 6 {
			begin = ends.sub(places(yearly.mul(whole(1).sub(first)), 3))
		}
	}
	all := []real{begin}
	for range years {
		all = append(all, yearly)
	}
	return append(all, places(ends.sub(begin), 3))
}

// statutory derives a table from the law (26 U.S.C. 168(b), (d), (g); Revenue
// Procedure 87-57): declining balance by factor/life, straight line as soon as that
// is more, each year rounded and what rounding left carried on.
func statutory(life, factor, first real, digits int) []real {
	left, used, part := whole(100), whole(0), first
	var all []real
	for life.sub(used).cmp(whole(1)) > 0 || used.sign() == 0 {
		rate := maxReal(left.mul(factor).quo(life), left.quo(life.sub(used)))
		percent := places(rate.mul(part), digits)
		all = append(all, percent)
		left, used, part = left.sub(percent), used.add(part), whole(1)
	}
	return append(all, places(left, digits))
}

func places(r real, digits int) real { return fromText(halfUp(r.f, digits)) }

// midMonth is the share of a year that months make when the first or the last
// of them counts half.
func midMonth(months int) real { return whole(2*months - 1).quo(whole(24)) }
