package locale

import "math"

// Category is a CLDR plural category. English, German and Swedish have One and
// Other, Hungarian too; Polish has One, Few, Many and Other (fractions).
type Category string

const (
	One   Category = "one"
	Few   Category = "few"
	Many  Category = "many"
	Other Category = "other"
)

// Plural returns the category of a count.
func (l Lang) Plural(n int64) Category {
	u := uint64(n)
	if n < 0 {
		u = -u
	}
	return l.table().plural(u, false)
}

// PluralFloat returns the category of a number that may have a fraction.
func (l Lang) PluralFloat(v float64) Category {
	v = math.Abs(v)
	if v != math.Trunc(v) || v >= 1<<63 {
		return l.table().plural(uint64(math.Min(v, 1<<62)), true)
	}
	return l.table().plural(uint64(v), false)
}

// Categories lists the categories the language tells apart, in CLDR order.
func (l Lang) Categories() []Category {
	if l == Pl {
		return []Category{One, Few, Many, Other}
	}
	return []Category{One, Other}
}

// germanic: one is exactly the integer 1, written without a fraction. The
// Hungarian rule (n = 1) gives the same for every number written here.
func germanic(i uint64, fraction bool) Category {
	if i == 1 && !fraction {
		return One
	}
	return Other
}

func polish(i uint64, fraction bool) Category {
	switch {
	case fraction:
		return Other
	case i == 1:
		return One
	case i%10 >= 2 && i%10 <= 4 && (i%100 < 12 || i%100 > 14):
		return Few
	}
	return Many
}
