package trend

import (
	"math/rand/v2"
	"testing"
	"time"
)

func day(n int) time.Time { return time.Date(2026, 1, 1+n, 3, 0, 0, 0, time.UTC) }

func TestAGrowingSourceIsExpectedToGrowAndOneOutlierDoesNotMoveTheLine(t *testing.T) {
	var p []Point
	for n := range 15 {
		p = append(p, Point{day(n), 1000 + 100*int64(n)})
	}
	p[7].Size = 50_000
	b, ok := Expect(p, day(15))
	if !ok || b.Expected < 2450 || b.Expected > 2550 || b.PerDay < 95 || b.PerDay > 105 {
		t.Errorf("got %+v, want about 2500 growing by 100 a day", b)
	}
	if b.Low < 1500 || b.High > 3500 {
		t.Errorf("the band %d to %d is wider than the history asks for", b.Low, b.High)
	}
}

func TestAShortHistoryGivesAWideBandAndNoneGivesNone(t *testing.T) {
	if b, ok := Expect(nil, day(0)); ok {
		t.Errorf("got %+v of nothing", b)
	}
	b, ok := Expect([]Point{{day(0), 100}, {day(3), 9999}}, day(1))
	if !ok || b != (Band{Expected: 100, Low: 50, High: 200, From: 1}) {
		t.Errorf("got %+v: only what came before counts", b)
	}
}

func TestTheBandHoldsTheExpectedAndIsNeverBelowNothing(t *testing.T) {
	for seed := range uint64(500) {
		r := rand.New(rand.NewPCG(seed, 1))
		var p []Point
		for range r.IntN(30) + 1 {
			p = append(p, Point{day(0).Add(time.Duration(r.Int64N(int64(9000 * time.Hour)))), r.Int64N(1 << 40)})
		}
		b, ok := Expect(p, day(400))
		if !ok || b.Low < 0 || b.Expected < b.Low || b.High < b.Expected {
			t.Fatalf("seed %d: %+v", seed, b)
		}
	}
}
