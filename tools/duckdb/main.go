// Command duckdb runs the same queries over the same rows on the cube and on DuckDB,
// each with as many threads, in one run: it holds the answers against each other and
// prints the times. It is a module of its own because DuckDB is a C++ library that
// the program itself must not need.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"runtime"
	"slices"
	"time"
)

func main() {
	rows := flag.Int("rows", 10_000_000, "rows to generate")
	csvRows := flag.Int("csv", 1_000_000, "rows of the CSV file that both read")
	runs := flag.Int("runs", 7, "runs of each query; the median counts")
	threads := flag.Int("threads", 2, "threads each may use")
	flag.Parse()
	runtime.GOMAXPROCS(*threads)
	if err := run(context.Background(), *rows, *csvRows, max(*runs, 1), *threads); err != nil {
		fmt.Fprintln(os.Stderr, "duckdb:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, rows, csvRows, runs, threads int) error {
	d, err := open(ctx, threads)
	if err != nil {
		return err
	}
	defer d.Close()
	fmt.Printf("DuckDB %s and the cube, %d threads, %d rows of 7 columns, median of %d runs\n\n", d.version, threads, rows, runs)
	table, err := generate(rows)
	if err != nil {
		return err
	}
	if err := d.generate(ctx, rows); err != nil {
		return err
	}
	fmt.Printf("%-46s %9s %9s %8s %8s\n", "query", "cube ms", "DuckDB ms", "ratio", "groups")
	line := func(name string, groups int, ours, theirs []time.Duration) {
		a, b := median(ours), median(theirs)
		fmt.Printf("%-46s %9.1f %9.1f %8.2f %8d\n", name, a, b, a/b, groups)
	}
	for _, q := range queries {
		ask, err := q.ask()
		if err != nil {
			return fmt.Errorf("%s: %w", q.name, err)
		}
		var ours, theirs []time.Duration
		groups := 0
		for k := range runs {
			at := time.Now()
			answer, err := table.Run(ctx, everyRow, ask)
			if err != nil {
				return fmt.Errorf("%s: %w", q.name, err)
			}
			ours = append(ours, time.Since(at))
			took, err := d.answer(ctx, q.sql)
			if err != nil {
				return fmt.Errorf("%s: %w", q.name, err)
			}
			theirs = append(theirs, took)
			if k == 0 {
				if err := d.same(ctx, answer, q.near); err != nil {
					return fmt.Errorf("%s: %w", q.name, err)
				}
			}
			groups = len(answer.Rows)
		}
		line(q.name, groups, ours, theirs)
	}
	ours, theirs, err := readCSV(ctx, d, csvRows, min(runs, 3))
	if err != nil {
		return err
	}
	line(fmt.Sprintf("CSV of %d rows × 12 columns to a table", csvRows), csvRows, ours, theirs)
	fmt.Printf("\nAll answers are equal, to the cent. Ratio: the cube's time over DuckDB's; below 1 the cube is faster.\n")
	return nil
}

// median in milliseconds.
func median(all []time.Duration) float64 {
	slices.Sort(all)
	return float64(all[len(all)/2].Microseconds()) / 1000
}
