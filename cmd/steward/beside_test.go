package main

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"steward/kernel/access"
	"steward/kernel/org"
	"steward/kernel/storage"
)

// TestTheServersSearchFollowsWhatAnotherProcessTookAway takes a sample organisation
// away beside a server that has its words of the search at hand.
func TestTheServersSearchFollowsWhatAnotherProcessTookAway(t *testing.T) {
	i := newInstallation(t, t.TempDir(), "")
	s := i.serve()
	var rows strings.Builder
	rows.WriteString("name,country,state\n")
	for n := range 3000 {
		fmt.Fprintf(&rows, "Payroll partner %d of Hamburg,DE,approved\n", n)
	}
	file := filepath.Join(t.TempDir(), "v.csv")
	if err := os.WriteFile(file, []byte(rows.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	i.must("import", "--type", "vendors.vendor", "--file", file)
	hits := func(word string) int {
		t.Helper()
		code, got := s.ask("GET", "/api/v1/search?limit=100&q="+word, nil)
		for code == 429 {
			time.Sleep(10 * time.Millisecond)
			code, got = s.ask("GET", "/api/v1/search?limit=100&q="+word, nil)
		}
		list, _ := got["found"].([]any)
		if code != 200 {
			t.Errorf("search for %s: %d %v", word, code, got)
		}
		return len(list)
	}
	if n := hits("payroll"); n == 0 {
		t.Error("the server does not find what another process imported")
	}
	db, err := storage.Open(context.Background(), storage.Config{Path: i.data + "/steward.db"})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.Update(context.Background(), access.System(), func(u *storage.Update) error {
		o, _, err := org.Get(u)
		if err != nil {
			return err
		}
		o.Sample = true
		return org.Set(u, "organisation", o)
	})
	if err != nil {
		t.Fatal(err)
	}
	// Searches go on while it is taken away, so that all of the server's connections
	// have read the index before.
	var asking sync.WaitGroup
	stop := make(chan struct{})
	for _, word := range []string{"payroll", "hamburg", "partner", "roll partner 1", "hamb"} {
		asking.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					hits(url.QueryEscape(word))
				}
			}
		})
	}
	time.Sleep(300 * time.Millisecond)
	i.must("demo", "remove")
	time.Sleep(300 * time.Millisecond)
	close(stop)
	asking.Wait()
	if n := hits("payroll"); n != 0 {
		t.Errorf("the server still finds %d", n)
	}
	for n := range 5 {
		code, got := s.ask("POST", "/api/v1/vendors/vendors", map[string]any{"name": fmt.Sprintf("Payroll Office %d", n), "country": "SE", "state": "approved"})
		if code != 201 {
			t.Fatal(code, got)
		}
		if got := hits("payroll"); got != n+1 {
			t.Errorf("%d of %d are found", got, n+1)
		}
	}
	if out, errs, code := i.run("verify"); code != 0 {
		t.Error(out, errs)
	}
}
