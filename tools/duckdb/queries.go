package main

import "steward/engine/cube"

// query is one question to both. The columns come in the same order; near compares
// numbers that are not exact.
type query struct {
	name, measures, by, where string
	top                       int
	sql                       string
	near                      bool
}

var everyRow = cube.AllRows()

var queries = []query{
	{name: "sum by month and country", measures: "sum(amount)", by: "month(date),country",
		sql: "SELECT strftime(date_trunc('month', date), '%Y-%m') m, country, sum(amount) FROM sales GROUP BY ALL"},
	{name: "sum by product and country", measures: "sum(amount)", by: "product,country",
		sql: "SELECT product, country, sum(amount) FROM sales GROUP BY ALL"},
	{name: "sum and count by month and product", measures: "sum(amount),count()", by: "month(date),product",
		sql: "SELECT strftime(date_trunc('month', date), '%Y-%m') m, product, sum(amount), count(*) FROM sales GROUP BY ALL"},
	{name: "sum by year and country, two filters", measures: "sum(amount)", by: "year(date),country", where: "paid = true and amount > 100",
		sql: "SELECT CAST(year(date) AS VARCHAR) y, country, sum(amount) FROM sales WHERE paid AND amount > 100 GROUP BY ALL"},
	{name: "sum of amount × quantity by year and country", measures: "sum(amount*quantity)", by: "year(date),country",
		sql: "SELECT CAST(year(date) AS VARCHAR) y, country, sum(amount * quantity) FROM sales GROUP BY ALL"},
	{name: "top 10 products by sum", measures: "sum(amount)", by: "product", top: 10,
		sql: "WITH s AS (SELECT product, sum(amount) v FROM sales GROUP BY ALL), r AS (SELECT *, row_number() OVER (ORDER BY v DESC, product) n FROM s) SELECT CASE WHEN n <= 10 THEN product ELSE 'other' END p, sum(v) FROM r GROUP BY ALL"},
	{name: "distinct count of 1 M customers", measures: "distinct(customer)",
		sql: "SELECT count(DISTINCT customer) FROM sales"},
	{name: "distinct customers by country", measures: "distinct(customer)", by: "country",
		sql: "SELECT country, count(DISTINCT customer) FROM sales GROUP BY ALL"},
	{name: "distinct customers by month and product", measures: "distinct(customer)", by: "month(date),product",
		sql: "SELECT strftime(date_trunc('month', date), '%Y-%m') m, product, count(DISTINCT customer) FROM sales GROUP BY ALL"},
	{name: "sum by customer (1 M groups)", measures: "sum(amount)", by: "customer",
		sql: "SELECT customer, sum(amount) FROM sales GROUP BY ALL"},
	{name: "median by country", measures: "median(amount)", by: "country", near: true,
		sql: "SELECT country, quantile_cont(CAST(amount AS DOUBLE), 0.5) FROM sales GROUP BY ALL"},
	{name: "95th percentile of all", measures: "p95(amount)", near: true,
		sql: "SELECT quantile_cont(CAST(amount AS DOUBLE), 0.95) FROM sales"},
}

func (q query) ask() (cube.Query, error) {
	out := cube.Query{Top: q.top}
	for _, m := range cube.SplitList(q.measures) {
		x, err := cube.ParseMeasure(m)
		if err != nil {
			return out, err
		}
		out.Measures = append(out.Measures, x)
	}
	for _, b := range cube.SplitList(q.by) {
		x, err := cube.ParseDimension(b, nil)
		if err != nil {
			return out, err
		}
		out.By = append(out.By, x)
	}
	if q.where != "" {
		c, err := cube.ParseWhere(q.where)
		if err != nil {
			return out, err
		}
		out.Where = &c
	}
	return out, nil
}
