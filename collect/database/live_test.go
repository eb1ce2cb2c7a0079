package database_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"steward/collect/database"
	"steward/collect/fact"
)

// today is the day the tests ask on, so that ends of support do not come nearer.
var today = time.Date(2026, 10, 1, 8, 0, 0, 0, time.UTC)

// seen is what one run emitted.
type seen struct {
	facts  []fact.Observation
	checks map[string]database.Result
	order  []string
}

// look asks a target and returns what was emitted.
func look(t *testing.T, address, password string, o database.Options) seen {
	t.Helper()
	target, err := database.ParseTarget(address, password)
	if err != nil {
		t.Fatal(err)
	}
	if o.Now.IsZero() {
		o.Now = today
	}
	s := seen{checks: map[string]database.Result{}}
	began := time.Now()
	err = database.Run(t.Context(), target, o, func(f fact.Observation) error {
		s.facts = append(s.facts, f)
		if r, ok := f.Data.(database.Result); ok {
			if _, twice := s.checks[r.Check]; twice {
				t.Errorf("%s was told twice", r.Check)
			}
			s.checks[r.Check] = r
			s.order = append(s.order, r.Check)
		}
		return nil
	})
	var down *database.Unreachable
	if err != nil && !errors.As(err, &down) {
		t.Fatal(err)
	}
	t.Logf("%s: %d facts in %s", target, len(s.facts), time.Since(began).Round(time.Millisecond))
	return s
}

// of returns the data of the facts of one type.
func of[T any](s seen) []T {
	var list []T
	for _, f := range s.facts {
		if d, ok := f.Data.(T); ok {
			list = append(list, d)
		}
	}
	return list
}

// silent holds that every check could be run and found nothing.
func (s seen) silent(t *testing.T, atLeast int) {
	t.Helper()
	for _, id := range s.order {
		if r := s.checks[id]; r.State != database.OK || r.Unseen > 0 {
			t.Errorf("on a healthy server %s is %s: value %v, why %q, needs %q, evidence %v", id, r.State, show(r.Value), r.Why, r.Needs, r.Evidence)
		}
	}
	if len(s.order) < atLeast {
		t.Errorf("%d checks ran, want at least %d: %v", len(s.order), atLeast, s.order)
	}
	for _, g := range of[fact.Gap](s) {
		t.Errorf("on a healthy server there is a gap: %+v", g)
	}
}

func show(v *float64) any {
	if v == nil {
		return nil
	}
	return *v
}

// finding is a fault that was made: the check that must speak, how, and a word
// its evidence must hold.
type finding struct{ check, state, evidence string }

func (s seen) finds(t *testing.T, list []finding) {
	t.Helper()
	for _, f := range list {
		r, ok := s.checks[f.check]
		if !ok {
			t.Errorf("%s did not run", f.check)
			continue
		}
		if r.State != f.state {
			t.Errorf("%s is %s (value %v, why %q, evidence %v), want %s", f.check, r.State, show(r.Value), r.Why, r.Evidence, f.state)
			continue
		}
		if text := evidence(r); !strings.Contains(text, f.evidence) {
			t.Errorf("%s does not name %q: %s", f.check, f.evidence, text)
		}
		if r.Remedy == "" || r.Source == "" || len(r.Evidence) == 0 {
			t.Errorf("%s speaks without remedy, source or evidence: %+v", f.check, r)
		}
	}
}

// allSeen holds that no check was left without an answer.
func (s seen) allSeen(t *testing.T) {
	t.Helper()
	for _, id := range s.order {
		if r := s.checks[id]; r.State == database.Unknown || r.Unseen > 0 {
			t.Errorf("%s is %s: %s; needs %s", id, r.State, r.Why, r.Needs)
		}
	}
}

// everyLiveCheckSpeaks holds that each check marked live had its fault made.
func everyLiveCheckSpeaks(t *testing.T, e database.Engine, list []finding) {
	t.Helper()
	planted := map[string]bool{}
	for _, f := range list {
		planted[f.check] = true
	}
	for _, c := range database.Checks() {
		if c.Engine == e && c.Proven == "live" && !planted[c.ID] {
			t.Errorf("%s is marked live, but its fault is not made in the tests", c.ID)
		}
	}
}

func evidence(r database.Result) string {
	var b strings.Builder
	for _, e := range r.Evidence {
		for k, v := range e {
			b.WriteString(k + "=" + database.Text_(v) + "; ")
		}
	}
	return b.String()
}

func write(t *testing.T, folder, name, text string) string {
	t.Helper()
	path := filepath.Join(folder, name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// with are the shipped checks with some of their numbers changed, as a person's
// file does it.
func with(t *testing.T, file string) []database.Check {
	t.Helper()
	folder := t.TempDir()
	write(t, folder, "own.json", file)
	list, err := database.LoadChecks(folder)
	if err != nil {
		t.Fatal(err)
	}
	return list
}
