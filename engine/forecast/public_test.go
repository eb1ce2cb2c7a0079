package forecast

import (
	"compress/gzip"
	"encoding/csv"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

// contest is one series of a forecasting competition.
type contest struct {
	id, group string
	m         int
	known     []float64
	truth     []float64
}

// publicSet reads a set of public series from the folder STEWARD_TESTDATA.
func publicSet(t testing.TB, name string) []contest {
	t.Helper()
	folder := os.Getenv("STEWARD_TESTDATA")
	if folder == "" {
		t.Skip("SKIPPED: set STEWARD_TESTDATA to the folder of public data to hold the forecasts against " + name)
	}
	f, err := os.Open(filepath.Join(folder, "forecast", name+".csv.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	r := csv.NewReader(z)
	if _, err := r.Read(); err != nil {
		t.Fatal(err)
	}
	var out []contest
	at := map[string]int{}
	for {
		row, err := r.Read()
		if err == io.EOF {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		key := row[0] + row[1]
		i, ok := at[key]
		if !ok {
			i = len(out)
			at[key] = i
			m, err := strconv.Atoi(row[2])
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, contest{id: row[0], group: row[1], m: m})
		}
		v, err := strconv.ParseFloat(row[6], 64)
		if err != nil {
			t.Fatal(err)
		}
		if row[4] == "train" {
			out[i].known = append(out[i].known, v)
		} else {
			out[i].truth = append(out[i].truth, v)
		}
	}
}
