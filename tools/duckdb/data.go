package main

import (
	"fmt"

	"steward/engine/cube"
)

// A row follows from its number i alone, by arithmetic that both sides do alike.
const (
	prime     = 2147483647
	firstDay  = 18262 // 2020-01-01
	days      = 2190
	countries = 40
	products  = 500
	customers = 1_000_000
)

func draws(i int64) (a, b, c int64) {
	a = (i*1103515245 + 12345) % prime
	b = (a*48271 + i) % prime
	c = (b*69621 + a) % prime
	return a, b, c
}

// generated is the same as SQL; %d is the number of rows.
const generated = `CREATE TABLE sales AS
SELECT DATE '2020-01-01' + CAST(i * 2190 // %[1]d AS INTEGER) AS date,
  printf('country %%03d', a %% 40) AS country,
  printf('product %%03d', b %% 500) AS product,
  CAST(c %% 1000000 AS INTEGER) AS customer,
  CAST(b // 500 %% 20 + 1 AS INTEGER) AS quantity,
  CAST(CAST(c // 7 %% 1000000 AS DECIMAL(12,0)) / 100 AS DECIMAL(12,2)) AS amount,
  a // 40 %% 2 = 1 AS paid
FROM (
  SELECT i, a, b, (b * 69621 + a) %% 2147483647 AS c
  FROM (
    SELECT i, a, (a * 48271 + i) %% 2147483647 AS b
    FROM (SELECT range AS i, (range * 1103515245 + 12345) %% 2147483647 AS a FROM range(%[1]d))
  )
)`

func generate(rows int) (*cube.Table, error) {
	b, err := cube.NewBuilder([]cube.Column{{Name: "date", Kind: cube.Date}, {Name: "country", Kind: cube.Text}, {Name: "product", Kind: cube.Text},
		{Name: "customer", Kind: cube.Integer}, {Name: "quantity", Kind: cube.Integer}, {Name: "amount", Kind: cube.Decimal, Scale: 2}, {Name: "paid", Kind: cube.Bool}})
	if err != nil {
		return nil, err
	}
	const n = 1 << 16
	v := make([]cube.Vector, 7)
	for c := range v {
		v[c].Ints, v[c].From, v[c].To = make([]int64, n), make([]uint32, n), make([]uint32, n)
	}
	v[1].Data, v[2].Data = words("country", countries), words("product", products)
	const wide = uint32(len("country 000"))
	for done := 0; done < rows; {
		k := min(n, rows-done)
		for j := range k {
			i := int64(done + j)
			x, y, z := draws(i)
			v[0].Ints[j] = firstDay + i*days/int64(rows)
			v[1].From[j] = uint32(x%countries) * wide
			v[1].To[j] = v[1].From[j] + wide
			v[2].From[j] = uint32(y%products) * wide
			v[2].To[j] = v[2].From[j] + wide
			v[3].Ints[j] = z % customers
			v[4].Ints[j] = y/products%20 + 1
			v[5].Ints[j] = z / 7 % 1_000_000
			v[6].Ints[j] = x / countries % 2
		}
		if err := b.Append(k, v); err != nil {
			return nil, err
		}
		done += k
	}
	raw, err := b.Bytes()
	if err != nil {
		return nil, err
	}
	return cube.OpenBytes(raw)
}

func words(name string, n int) []byte {
	var out []byte
	for i := range n {
		out = fmt.Appendf(out, "%s %03d", name, i)
	}
	return out
}
