package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"steward/collect/table"
	"steward/engine/cube"
)

// readCSV has both read a file into a table and compares the sums of its numbers.
func readCSV(ctx context.Context, d *duck, rows, runs int) (ours, theirs []time.Duration, err error) {
	folder, err := os.MkdirTemp("", "duckdb")
	if err != nil {
		return nil, nil, err
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "sales.csv")
	if err := writeCSV(path, rows); err != nil {
		return nil, nil, err
	}
	q, err := query{measures: "count(),sum(quantity),sum(price),sum(amount),distinct(city)"}.ask()
	if err != nil {
		return nil, nil, err
	}
	for range runs {
		at := time.Now()
		t, err := load(ctx, path)
		if err != nil {
			return nil, nil, err
		}
		ours = append(ours, time.Since(at))
		at = time.Now()
		if _, err := d.ExecContext(ctx, "CREATE OR REPLACE TEMP TABLE csv AS SELECT * FROM read_csv('"+path+"')"); err != nil {
			return nil, nil, err
		}
		theirs = append(theirs, time.Since(at))
		answer, err := t.Run(ctx, everyRow, q)
		if err != nil {
			return nil, nil, err
		}
		if _, err := d.answer(ctx, "SELECT count(*), sum(quantity), sum(CAST(price AS DECIMAL(12,2))), sum(CAST(amount AS DECIMAL(12,2))), count(DISTINCT city) FROM csv"); err != nil {
			return nil, nil, err
		}
		if err := d.same(ctx, answer, false); err != nil {
			return nil, nil, fmt.Errorf("CSV: %w", err)
		}
	}
	return ours, theirs, nil
}

func writeCSV(path string, rows int) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	fmt.Fprintln(w, "id,ordered,shipped,country,city,product,customer,quantity,price,amount,paid,note")
	for i := range int64(rows) {
		a, b, c := draws(i)
		quantity, cents := b/500%20+1, c/7%100_000
		fmt.Fprintf(w, "%d,%d-%02d-%02d,%d-%02d-%02dT%02d:%02d:00,country %03d,city %04d,product %03d,%d,%d,%d.%02d,%d.%02d,%t,\"note, %d of order\"\n",
			i, 2020+a%6, 1+b%12, 1+c%28, 2020+a%6, 1+b%12, 1+c%28, a%24, b%60, a%countries, c%5000, b%products, c%customers,
			quantity, cents/100, cents%100, cents*quantity/100, cents*quantity%100, a/40%2 == 1, b%1000)
	}
	return errors.Join(w.Flush(), f.Close())
}

// load is what `steward calc cube` does with a file, of all its columns.
func load(ctx context.Context, path string) (*cube.Table, error) {
	r, err := table.Open(ctx, table.Source{Target: path})
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var cols []cube.Column
	for _, c := range r.Columns() {
		cols = append(cols, cube.Column{Name: c.Name, Kind: cube.Kind(c.Kind), Scale: c.Scale})
	}
	b, err := cube.NewBuilder(cols)
	if err != nil {
		return nil, err
	}
	vectors := make([]cube.Vector, len(cols))
	for {
		batch, err := r.Next(ctx)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		for i := range vectors {
			vectors[i] = cube.Vector(batch.Columns[i])
		}
		if err := b.Append(batch.Rows, vectors); err != nil {
			return nil, err
		}
	}
	if n := r.Report().RejectedCount; n > 0 {
		return nil, fmt.Errorf("%d rows were rejected", n)
	}
	raw, err := b.Bytes()
	if err != nil {
		return nil, err
	}
	return cube.OpenBytes(raw)
}
