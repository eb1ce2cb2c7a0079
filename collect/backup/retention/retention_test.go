package retention

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

func kept(decisions []Decision) map[string]bool {
	m := map[string]bool{}
	for _, d := range decisions {
		if d.Keep {
			m[d.ID] = true
		}
	}
	return m
}

func TestAYearOfHourlyBackupsThinsOutToOneForEachPeriod(t *testing.T) {
	end := time.Date(2026, 11, 22, 6, 0, 0, 0, time.UTC)
	var copies []Copy
	for h := range 24 * 800 {
		copies = append(copies, Copy{ID: fmt.Sprint(h), At: end.Add(-time.Duration(h) * time.Hour), Good: true})
	}
	count := map[string]int{}
	for _, d := range Plan(copies, Default, time.UTC) {
		if d.Keep {
			for _, r := range d.Reasons {
				word, _, _ := strings.Cut(r, " ")
				count[word]++
			}
		}
	}
	// 800 days reach back into 2024: three years.
	want := map[string]int{"last": 1, "hourly": 24, "daily": 7, "weekly": 4, "monthly": 12, "yearly": 3}
	for word, n := range want {
		if count[word] != n {
			t.Errorf("%s: %d kept, want %d", word, count[word], n)
		}
	}
}

func TestTheLastGoodBackupStaysHoweverOldAndHoweverManyBadOnesFollow(t *testing.T) {
	old := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	copies := []Copy{{ID: "good", At: old, Good: true}, {ID: "older", At: old.Add(-time.Hour), Good: true}, {ID: "olderBad", At: old.Add(-time.Minute)}}
	for i := range 50 {
		copies = append(copies, Copy{ID: fmt.Sprint("bad", i), At: old.AddDate(0, 0, i+1)})
	}
	k := kept(Plan(copies, Keep{Last: 1}, time.UTC))
	if !k["good"] || k["older"] || k["olderBad"] || !k["bad0"] || !k["bad49"] {
		t.Errorf("kept %v", k)
	}
}

func TestABackupThatSomebodyWorksOnStays(t *testing.T) {
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	d := Plan([]Copy{{ID: "new", At: at.Add(time.Hour), Good: true}, {ID: "held", At: at, Good: true, Held: true}, {ID: "heldBad", At: at, Held: true}}, Keep{Last: 1}, time.UTC)
	if k := kept(d); !k["held"] || !k["heldBad"] {
		t.Errorf("kept %v", k)
	}
}

func TestTheHourThatAClockChangeRepeatsIsTwoHours(t *testing.T) {
	stockholm, err := time.LoadLocation("Europe/Stockholm")
	if err != nil {
		t.Skip("NO ZONES HERE: ", err)
	}
	first := time.Date(2026, 10, 25, 0, 30, 0, 0, time.UTC)
	d := Plan([]Copy{{ID: "summer", At: first, Good: true}, {ID: "winter", At: first.Add(time.Hour), Good: true}}, Keep{Hourly: 2}, stockholm)
	if k := kept(d); len(k) != 2 {
		t.Errorf("kept %v, want both", k)
	}
}

// random makes a set of copies and a rule.
func random(r *rand.Rand) ([]Copy, Keep) {
	copies := make([]Copy, r.IntN(120))
	span := []int64{3600 * 40, 86400 * 60, 86400 * 900, 86400 * 4000}[r.IntN(4)]
	for i := range copies {
		copies[i] = Copy{ID: fmt.Sprintf("%03d", i), At: time.Unix(1_700_000_000+r.Int64N(span), 0), Good: r.IntN(4) > 0, Held: r.IntN(12) == 0}
	}
	return copies, Keep{Last: r.IntN(3), Hourly: r.IntN(30), Daily: r.IntN(9), Weekly: r.IntN(6), Monthly: r.IntN(13), Yearly: r.IntN(6)}
}

func TestPlanKeepsItsPromisesForAnyBackupsAndAnyRule(t *testing.T) {
	for seed := range uint64(800) {
		r := rand.New(rand.NewPCG(seed, 7))
		copies, k := random(r)
		d := Plan(copies, k, time.UTC)
		k1 := kept(d)
		newest := Copy{}
		bad, held := 0, 0
		for _, c := range copies {
			if c.Good && (newest.ID == "" || c.At.After(newest.At) || c.At.Equal(newest.At) && c.ID > newest.ID) {
				newest = c
			}
		}
		for _, c := range copies {
			if c.Held {
				held++
				if !k1[c.ID] {
					t.Fatalf("seed %d: %s is held and would go", seed, c.ID)
				}
			}
			if !c.Good && (newest.ID == "" || !c.At.Before(newest.At)) {
				bad++
			}
		}
		if newest.ID != "" && !k1[newest.ID] {
			t.Fatalf("seed %d: the last good one would go", seed)
		}
		if most := k.Last + k.Hourly + k.Daily + k.Weekly + k.Monthly + k.Yearly + 1 + bad + held; len(k1) > most {
			t.Fatalf("seed %d: %d kept, at most %d have a reason", seed, len(k1), most)
		}
		// The order in which they are told does not matter.
		shuffled := slices.Clone(copies)
		r.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		if got := fmt.Sprint(Plan(shuffled, k, time.UTC)); got != fmt.Sprint(d) {
			t.Fatalf("seed %d: another order gives another plan", seed)
		}
		// What was kept once is kept again: pruning twice is pruning once.
		var rest []Copy
		for _, c := range copies {
			if k1[c.ID] {
				rest = append(rest, c)
			}
		}
		if again := kept(Plan(rest, k, time.UTC)); len(again) != len(rest) {
			t.Fatalf("seed %d: pruning again would take %d more", seed, len(rest)-len(again))
		}
		// A more generous rule keeps all that a meaner one keeps.
		more := k
		more.Hourly, more.Daily, more.Weekly, more.Monthly, more.Yearly, more.Last = k.Hourly+2, k.Daily+1, k.Weekly+1, k.Monthly+1, k.Yearly+1, k.Last+1
		k2 := kept(Plan(copies, more, time.UTC))
		for id := range k1 {
			if !k2[id] {
				t.Fatalf("seed %d: %s is kept by %s and not by %s", seed, id, k, more)
			}
		}
		for _, d := range d {
			if len(d.Reasons) == 0 {
				t.Fatalf("seed %d: no reason for %s", seed, d.ID)
			}
		}
	}
}

func TestKeepRefusesWhatIsNoRule(t *testing.T) {
	for _, s := range []string{"", "daily", "daily=x", "daily=-1", "daily=7,daily=8", "dayly=7", "daily=0", "yearly=1000000", "daily=7;weekly=4"} {
		if k, err := Parse(s); err == nil {
			t.Errorf("%q was read as %v", s, k)
		}
	}
	k, err := Parse(Default.String())
	if err != nil || k != Default {
		t.Errorf("%v, %v", k, err)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"hourly=24,daily=7", "last=1", "=", ",,", "daily=99999999999999999999"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		k, err := Parse(s)
		if err != nil {
			return
		}
		if again, err := Parse(k.String()); err != nil || again != k {
			t.Fatalf("%q gives %v, which reads as %v, %v", s, k, again, err)
		}
	})
}
