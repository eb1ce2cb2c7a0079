package cashflow

// Depreciation functions with the results of Microsoft Excel. Each returns no
// number where Excel shows #NUM!. Sources: Microsoft's documentation of SLN,
// SYD, DB, DDB and VDB; OpenDocument Format 1.3 part 4 (OpenFormula), 6.12;
// for parts of periods the published behaviour of ExcelFinancialFunctions.

// longestLife bounds the periods a function steps through.
const longestLife = 100000

// straightLine is SLN: (cost − salvage) / life.
func straightLine(cost, salvage, life real) real {
	return cost.sub(salvage).quo(life)
}

// sumOfYears is SYD: (cost − salvage)(life − period + 1)·2 / (life(life + 1)).
func sumOfYears(cost, salvage, life, period real) real {
	if salvage.sign() < 0 || life.sign() <= 0 || period.sign() <= 0 || period.cmp(life) > 0 {
		return real{}
	}
	left := life.sub(period).add(whole(1))
	return cost.sub(salvage).mul(left).mul(whole(2)).quo(life.mul(life.add(whole(1))))
}

// fixedDeclining is DB: the fixed-declining balance with a rate of three
// decimals, a first year of month months and a last one of the months left.
// Parts of a period are cut off.
func fixedDeclining(cost, salvage, life, period real, month int) real {
	if month < 1 || month > 12 || cost.sign() < 0 || salvage.sign() < 0 || life.sign() <= 0 || period.sign() <= 0 ||
		life.cmp(whole(longestLife)) > 0 || period.cmp(life.add(whole(1))) > 0 {
		return real{}
	}
	if cost.sign() == 0 {
		return whole(0)
	}
	rate := declineRate(cost, salvage, life)
	months := whole(month).quo(whole(12))
	first := cost.mul(rate).mul(months)
	n, years := max(period.floor(), 1), max(life.floor(), 1)
	if n == 1 {
		return first
	}
	total, of := first, whole(0)
	for k := 2; k <= min(n, years); k++ {
		of = cost.sub(total).mul(rate)
		total = total.add(of)
	}
	if n > years {
		of = cost.sub(total).mul(rate).mul(whole(1).sub(months))
	}
	return of
}

// declineRate is 1 − (salvage/cost)^(1/life), rounded to three decimals.
func declineRate(cost, salvage, life real) real {
	if salvage.sign() == 0 {
		return whole(1)
	}
	// life is a decimal: life = p/q makes the power exact enough to round.
	p, q := fraction(life)
	rate := whole(1).sub(salvage.quo(cost).power(q, p))
	return fromText(halfUp(rate.f, 3))
}

// fraction returns a positive decimal as p/q, with up to six decimals.
func fraction(a real) (p, q int) {
	scaled := fromText(halfUp(a.mul(whole(1000000)).f, 0))
	n, _ := scaled.f.Int64()
	g := gcd(int(n), 1000000)
	return int(n) / g, 1000000 / g
}

// accumulated is what declining balance has written off after some periods:
// each time balance·factor/life, never below salvage; with a switch to straight
// line as soon as that is more. Part of a period counts in proportion. A life
// that is no whole number ends in a part of a period; Excel charges nothing by
// straight line in it (excel), so that its periods do not add up; books do.
func accumulated(cost, salvage, life, periods, factor real, change, excel bool) real {
	total := whole(0)
	n := periods.floor()
	part := periods.sub(whole(n))
	for k := 0; k <= n; k++ {
		if k == n && part.sign() == 0 {
			break
		}
		left := cost.sub(salvage).sub(total)
		of := minReal(cost.sub(total).mul(factor).quo(life), left)
		if rest := life.sub(whole(k)); change && rest.sign() > 0 {
			if line := left.quo(rest); of.less(line) {
				of = line
				if excel && k == n && k > 0 && n == life.floor() {
					of = whole(0)
				}
			}
		}
		of = maxReal(of, whole(0))
		if k == n {
			of = of.mul(part)
		}
		total = total.add(of)
	}
	return total
}

// doubleDeclining is DDB: the write-off of one period. Up to the second period
// Excel counts from the beginning, so DDB of period 1.7 is that of 1.7 periods.
func doubleDeclining(cost, salvage, life, period, factor real) real {
	if cost.sign() < 0 || salvage.sign() < 0 || life.sign() <= 0 || period.sign() <= 0 || factor.sign() <= 0 ||
		period.cmp(life) > 0 || life.cmp(whole(longestLife)) > 0 {
		return real{}
	}
	upTo := accumulated(cost, salvage, life, period, factor, false, true)
	if period.less(whole(2)) {
		return upTo
	}
	return upTo.sub(accumulated(cost, salvage, life, period.sub(whole(1)), factor, false, true))
}

// variableDeclining is VDB: the write-off between two moments, in periods.
func variableDeclining(cost, salvage, life, start, end, factor real, noSwitch bool) real {
	if cost.sign() < 0 || salvage.sign() < 0 || life.sign() <= 0 || factor.sign() < 0 || start.sign() < 0 ||
		end.less(start) || end.cmp(life) > 0 || life.cmp(whole(longestLife)) > 0 {
		return real{}
	}
	return accumulated(cost, salvage, life, end, factor, !noSwitch, true).sub(accumulated(cost, salvage, life, start, factor, !noSwitch, true))
}
