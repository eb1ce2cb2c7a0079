package demo

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"

	_ "modernc.org/sqlite" // driver "sqlite"

	"steward/kernel/app"
	"steward/kernel/records"
	"steward/modules/data"
)

// ShopFile is the webshop's database, beside the data folder: Steward reads no
// database inside its own.
func ShopFile(folder string) (string, error) {
	abs, err := filepath.Abs(folder)
	return filepath.Join(abs+"-shop", "shop.sqlite"), err
}

// products are what the shop sells: name, category, price in euro, how often.
var products = []struct {
	name, category string
	price          float64
	weight         int
}{
	{"NW 40 pump", "Pumps", 890, 8}, {"NW 65 pump", "Pumps", 1480, 6}, {"NW 100 pump", "Pumps", 2950, 3}, {"Submersible pump TS 2", "Pumps", 640, 9},
	{"Dosing pump D1", "Pumps", 1120, 4}, {"Seal kit 40", "Spare parts", 64, 30}, {"Seal kit 65", "Spare parts", 88, 24}, {"Impeller 40", "Spare parts", 148, 18},
	{"Impeller 65", "Spare parts", 212, 14}, {"Bearing set", "Spare parts", 96, 26}, {"Shaft 65", "Spare parts", 310, 7}, {"Ball valve DN 50", "Valves", 118, 20},
	{"Check valve DN 50", "Valves", 92, 18}, {"Control valve DN 80", "Valves", 780, 5}, {"Butterfly valve DN 100", "Valves", 265, 8}, {"Frequency converter 4 kW", "Drives", 720, 6},
	{"Motor 4 kW", "Drives", 540, 7}, {"Pressure sensor", "Sensors", 138, 15}, {"Flow meter", "Sensors", 460, 8}, {"Level switch", "Sensors", 58, 16},
}

// buyers are where the shop's customers are and of what trade.
var buyers = []struct {
	country string
	weight  int
}{{"DE", 46}, {"SE", 18}, {"PL", 17}, {"HU", 11}, {"AT", 5}, {"DK", 3}}

var segments = []string{"Plumbing trade", "Water works", "Industry", "Agriculture", "Shipyards"}

const shopSchema = `CREATE TABLE customer (id INTEGER PRIMARY KEY, name TEXT NOT NULL, country TEXT NOT NULL, segment TEXT NOT NULL, since TEXT NOT NULL);
CREATE TABLE product (id INTEGER PRIMARY KEY, name TEXT NOT NULL, category TEXT NOT NULL, price NUMERIC NOT NULL);
CREATE TABLE sales_order (number INTEGER PRIMARY KEY, customer INTEGER NOT NULL REFERENCES customer (id), ordered_on DATE NOT NULL, channel TEXT NOT NULL);
CREATE TABLE order_line (sales_order INTEGER NOT NULL REFERENCES sales_order (number), line INTEGER NOT NULL, product INTEGER NOT NULL REFERENCES product (id), quantity INTEGER NOT NULL, amount NUMERIC NOT NULL, PRIMARY KEY (sales_order, line));`

// writeShop writes the shop's database on to a day, that day excluded: anew when
// there is none yet, else from the day after its last order.
func (w *world) writeShop(ctx context.Context, file string, until time.Time) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	db, err := sql.Open("sqlite", "file:"+file+"?_pragma=synchronous(0)")
	if err != nil {
		return err
	}
	defer db.Close()
	shop := &shop{w: w, customers: w.count(420, 40)}
	day, err := shop.goOn(ctx, db)
	if err != nil {
		return err
	}
	// Four weeks to a transaction at scale 1, a part of a day at a large one.
	for day.Before(until) {
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		for n := 0; n < 500 && day.Before(until) && err == nil; day = day.AddDate(0, 0, 1) {
			var made int
			made, err = shop.writeDay(ctx, tx, day)
			n += made
		}
		if err != nil {
			tx.Rollback()
			return err
		}
		if err := tx.Commit(); err != nil {
			return err
		}
	}
	return nil
}

// goOn returns the first day that is not in the shop's database yet, made with its
// products and customers if it is new.
func (s *shop) goOn(ctx context.Context, db *sql.DB) (time.Time, error) {
	var last sql.NullString
	err := db.QueryRowContext(ctx, "SELECT MAX(ordered_on), COUNT(*) FROM sales_order").Scan(&last, &s.orders)
	if err == nil && last.Valid {
		day, err := time.Parse(time.DateOnly, last.String)
		return day.AddDate(0, 0, 1), err
	}
	for _, table := range []string{"order_line", "sales_order", "product", "customer"} { // what a load that was stopped has left
		if _, err := db.ExecContext(ctx, "DROP TABLE IF EXISTS "+table); err != nil {
			return s.w.start, err
		}
	}
	if _, err := db.ExecContext(ctx, shopSchema); err != nil {
		return s.w.start, err
	}
	for i, p := range products {
		if _, err := db.ExecContext(ctx, "INSERT INTO product VALUES (?, ?, ?, ?)", i+1, p.name, p.category, p.price); err != nil {
			return s.w.start, err
		}
	}
	return s.w.start, s.writeCustomers(ctx, db)
}

type shop struct {
	w         *world
	customers int
	orders    int
}

func (s *shop) writeCustomers(ctx context.Context, db *sql.DB) error {
	r := s.w.random("customers")
	weights := make([]int, len(buyers))
	for i, b := range buyers {
		weights[i] = b.weight
	}
	for from := 1; from <= s.customers; from += batch {
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		for n := from; n < from+batch && n <= s.customers; n++ {
			country := buyers[r.weighted(weights)].country
			t, known := tongues[country]
			if !known {
				t = tongues["DE"]
			}
			name := pick(r, t.family) + " " + pick(r, []string{"Pumptechnik", "Armaturen", "Industrie", "VVS", "Instalacje", "Gépész", "Wasser", "Marin", "Agrar"})
			if _, err := tx.ExecContext(ctx, "INSERT INTO customer VALUES (?, ?, ?, ?, ?)", n, fmt.Sprintf("%s %d", name, n), country, pick(r, segments), s.w.start.AddDate(0, -r.between(0, 60), 0).Format(time.DateOnly)); err != nil {
				tx.Rollback()
				return err
			}
		}
		if err := tx.Commit(); err != nil {
			return err
		}
	}
	return nil
}

// writeDay writes a day's orders: more on weekdays, in spring and autumn, and a
// few per cent more each year.
func (s *shop) writeDay(ctx context.Context, tx *sql.Tx, day time.Time) (int, error) {
	r := s.w.random("orders", day.Format(time.DateOnly))
	years := day.Sub(s.w.start).Hours() / 24 / 365
	many := 14 * s.w.Scale * (1 + 0.07*years) * (1 + 0.18*math.Sin(float64(day.YearDay()-60)/365*4*math.Pi)) * []float64{0.25, 1.25, 1.15, 1.1, 1.1, 0.95, 0.35}[day.Weekday()]
	if day.Month() == 12 && day.Day() > 22 || day.Month() == 1 && day.Day() < 7 {
		many *= 0.3
	}
	n := int(many + r.NormFloat64()*math.Sqrt(many+1) + 0.5)
	weights := make([]int, len(products))
	for i, p := range products {
		weights[i] = p.weight
	}
	lines := 0
	for range max(0, n) {
		s.orders++
		// Few customers order often: the square draws towards the first.
		x := r.Float64()
		customer := 1 + int(x*x*float64(s.customers))
		if _, err := tx.ExecContext(ctx, "INSERT INTO sales_order VALUES (?, ?, ?, ?)", s.orders, customer, day.Format(time.DateOnly), pick(r, []string{"web", "web", "web", "edi", "phone"})); err != nil {
			return lines, err
		}
		for line := range r.between(1, 4) {
			at := r.weighted(weights)
			quantity := r.between(1, 6)
			if products[at].price > 500 {
				quantity = r.between(1, 2)
			}
			rise := math.Pow(1.028, math.Floor(years))
			amount := math.Round(products[at].price*rise*float64(quantity)*float64(r.between(86, 100))) / 100
			if _, err := tx.ExecContext(ctx, "INSERT INTO order_line VALUES (?, ?, ?, ?, ?)", s.orders, line+1, at+1, quantity, amount); err != nil {
				return lines, err
			}
			lines++
		}
	}
	return lines, nil
}

// shopQuery is what Steward reads of the shop: a row an order line.
const shopQuery = `SELECT o.ordered_on, o.number AS order_number, l.line, c.name AS customer, c.country, c.segment, o.channel, p.category, p.name AS product, l.quantity, l.amount
FROM order_line l JOIN sales_order o ON o.number = l.sales_order JOIN customer c ON c.id = o.customer JOIN product p ON p.id = l.product`

// tellShop writes the shop's database, connects it and defines what is measured.
func (w *world) tellShop(p *app.Program) []step {
	at := w.shopDays()[0]
	source := &data.Source{Name: "Webshop orders", Kind: data.SQLite, System: records.Some(w.bySystem["Webshop"].ID), Owner: records.Some(w.byCode["SAL-WEB"].head.ID), Unit: records.Some(w.byCode["SAL"].ID),
		Query: records.Some(shopQuery), EveryHours: records.Some(int64(24)), KeyColumns: records.Some("order_number, line"), MaxBad: 1}
	source.ID = records.ID[data.Source](w.id(at, "source"))
	head := w.byCode["SAL"].head
	metrics := []*data.Metric{
		{Name: "Revenue of the webshop", Aggregate: data.Sum, MeasureColumn: records.Some("amount"), Main: true, Unit: data.Money, Currency: records.Some("EUR"), Better: data.Higher,
			Definition: records.Some("Net value of all order lines, by the day of the order.")},
		{Name: "Ordering customers", Aggregate: data.Distinct, MeasureColumn: records.Some("customer"), Unit: data.Number, Better: data.Higher},
		{Name: "Average order", Aggregate: data.Sum, MeasureColumn: records.Some("amount"), Per: records.Some(data.Distinct), PerColumn: records.Some("order_number"), Unit: data.Money, Currency: records.Some("EUR"), Better: data.Higher},
	}
	for i, m := range metrics {
		m.ID = records.ID[data.Metric](w.id(at, "metric", i))
		m.Source, m.Owner, m.TimeColumn = source.ID, records.Some(head.ID), "ordered_on"
		m.Dimensions = records.Some(strings.Join([]string{"country", "segment", "channel", "category", "product"}, ", "))
	}
	work := func(until time.Time, fresh bool) func(ctx context.Context, p *app.Program) error {
		return func(ctx context.Context, p *app.Program) error {
			file, err := ShopFile(p.Data)
			if err != nil {
				return err
			}
			if fresh { // what lies there is of another load
				if err := os.Remove(file); err != nil && !os.IsNotExist(err) {
					return err
				}
			}
			return w.writeShop(ctx, file, until)
		}
	}
	connect := func(u *records.Tx) error {
		file, err := ShopFile(p.Data)
		if err != nil {
			return err
		}
		rec := *source
		rec.Path = records.Some(file)
		return data.Sources.Create(u, &rec)
	}
	board := data.Dashboard{Name: "Sales", Owner: records.Some(head.ID), Unit: records.Some(w.byCode["SAL"].ID), Member: records.Some(w.byCode["SAL-WEB"].head.ID)}
	board.ID = records.ID[data.Dashboard](w.id(at, "dashboard"))
	tiles := []data.Tile{
		{Metric: metrics[0].ID, Shape: data.Chart, Period: data.ByMonth, Breakdown: records.Some("country"), Months: 13},
		{Metric: metrics[0].ID, Shape: data.Foretold, Period: data.ByMonth, Months: 24, Title: records.Some("Revenue, six months ahead")},
		{Metric: metrics[1].ID, Shape: data.Chart, Period: data.ByMonth, Months: 13},
		{Metric: metrics[2].ID, Shape: data.JustTable, Period: data.ByQuarter, Breakdown: records.Some("segment"), Months: 12},
	}
	define := func(u *records.Tx) error {
		for _, m := range metrics {
			rec := *m
			if err := data.Metrics.Create(u, &rec); err != nil {
				return err
			}
		}
		rec := board
		if err := data.Dashboards.Create(u, &rec); err != nil {
			return err
		}
		for i, t := range tiles {
			t.Dashboard, t.Position = board.ID, int64(i+1)
			if err := data.Tiles.Create(u, &t); err != nil {
				return err
			}
		}
		return nil
	}
	var steps []step
	for i, at := range append(w.shopDays(), w.end.Add(-100*time.Minute)) {
		orders := step{at: at, name: "orders of the webshop", work: work(at.Add(24*time.Hour).Truncate(24*time.Hour), i == 0)}
		if i == 0 {
			orders.do = connect
			steps = append(steps, step{at: at.Add(2 * time.Minute), name: "metrics", by: head, do: define})
		}
		steps = append(steps, orders, step{at: at.Add(time.Minute), name: "reading the webshop's orders", work: func(ctx context.Context, p *app.Program) error { return data.Read(ctx, p.DB, source.ID) }})
	}
	return steps
}

// shopDays are when the shop's orders were read before the story's end: shortly
// before the figures of each of the last months, and before these were closed.
func (w *world) shopDays() (days []time.Time) {
	for _, end := range w.monthEnds(months) {
		for _, at := range []time.Time{end, closing(end)} {
			if at.Before(w.end) {
				days = append(days, at.Add(-40*time.Minute))
			}
		}
	}
	return days
}
