package cashflow

// macrsRealProperty returns the yearly percentages of residential rental
// property (27.5 years) and of nonresidential real property (39 years) placed in
// service in a month of the first year: Publication 946, tables A-6 and A-7a.
// They follow from straight line and the mid-month convention, to three places.
//
// Table A-6 rounds each year's share of what is left over the rest of the life,
// and carries what rounding left: 3.636 first, in turn with 3.637 from the tenth
// year on. Table A-7a gives each whole year 2.564 and shares the 2.568 that remain
// between the first and the last year by their months, so January's first year is
// 2.461 and not the 2.457 of 11.5 months of a 39th.
func macrsRealProperty(class string, month int) []real {
	places := func(r real) real { return fromText(halfUp(r.f, 3)) }
	life, first := fromText(class), midMonth(13-month)
	left := whole(100)
	var all []real
	take := func(percent real) {
		all, left = append(all, percent), left.sub(percent)
	}
	if class == "39" {
		yearly := places(whole(100).quo(life))
		take(places(whole(100).sub(whole(38).mul(yearly)).mul(first)))
		for range 38 {
			take(yearly)
		}
	} else {
		take(places(whole(100).quo(life).mul(first)))
		for used := first; life.sub(used).cmp(whole(1)) > 0; used = used.add(whole(1)) {
			take(places(left.quo(life.sub(used))))
		}
	}
	take(places(left))
	return all
}

// midMonth is the share of a year that months make when the first or the last
// of them counts half.
func midMonth(months int) real { return whole(2*months - 1).quo(whole(24)) }
