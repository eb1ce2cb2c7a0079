package table

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"testing"
)

// sales makes rows of an ordinary export with twelve columns.
func sales(rows int) []byte {
	r := rand.New(rand.NewPCG(1, 2))
	var b bytes.Buffer
	b.WriteString("id,date,moment,customer,country,product,quantity,price,amount,paid,email,note\n")
	countries := []string{"Germany", "Sweden", "Poland", "Hungary", "Austria", "United Kingdom", "France"}
	for i := range rows {
		q, p := 1+r.IntN(20), 100+r.IntN(99900)
		fmt.Fprintf(&b, "%d,20%02d-%02d-%02d,2024-%02d-%02dT%02d:%02d:%02d,C%05d,%s,product %d,%d,%d.%02d,%d.%02d,%t,user%d@example.com,\"note, %d\"\n",
			i+1, 20+r.IntN(6), 1+r.IntN(12), 1+r.IntN(28), 1+r.IntN(12), 1+r.IntN(28), r.IntN(24), r.IntN(60), r.IntN(60),
			r.IntN(20000), countries[r.IntN(len(countries))], r.IntN(500), q, p/100, p%100, q*p/100, q*p%100, r.IntN(2) == 0, r.IntN(50000), r.IntN(1000))
	}
	return b.Bytes()
}

func readAll(t testing.TB, s Source) *Reader {
	t.Helper()
	r, err := Open(context.Background(), s)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for {
		_, err := r.Next(context.Background())
		if errors.Is(err, io.EOF) {
			return r
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func BenchmarkRead1MRowsOf12Columns(b *testing.B) {
	data := sales(1_000_000)
	runtime.GC()
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if r := readAll(b, Source{Data: data}); r.report.Rows != 1_000_000 || r.report.RejectedCount != 0 {
			b.Fatal(r.report)
		}
	}
}

func BenchmarkProfile1MRowsOf12Columns(b *testing.B) {
	data := sales(1_000_000)
	runtime.GC()
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		r, err := Open(context.Background(), Source{Data: data})
		if err != nil {
			b.Fatal(err)
		}
		p, err := ProfileAll(context.Background(), r, nil)
		if err != nil || p.Rows != 1_000_000 {
			b.Fatal(err)
		}
		r.Close()
	}
}
