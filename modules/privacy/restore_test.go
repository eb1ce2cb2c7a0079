package privacy_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"steward/kernel/access"
	"steward/kernel/app"
	"steward/kernel/fail"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/storage"
	"steward/kernel/testkit"
	"steward/kernel/testkit/apptest"
	"steward/modules"
	"steward/modules/privacy"
	"steward/modules/upkeep"
)

func TestARestoreErasesAgainWhomAnOlderBackupBringsBack(t *testing.T) {
	each(t, func(t *testing.T, p *apptest.Program) {
		ctx := context.Background()
		person, boss := planted(t, p)
		seal(t, p)
		file := filepath.Join(t.TempDir(), "b.tar.zst")
		if _, err := upkeep.Write(ctx, p.DB, p.Files.Path, file, upkeep.AuditKeys(p.Program)...); err != nil {
			t.Fatal(err)
		}
		left(t, p, person)
		p.DoAs(t, boss, func(u *records.Tx) error { _, err := privacy.Erase(u, person, "Asked."); return err })

		// Elsewhere, on the same sort of database, with the list alone.
		c := app.Config{Data: t.TempDir(), NoBackup: true, Now: p.Clock.Now, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
		if p.DB.Dialect() == storage.Postgres {
			c.URL = testkit.Postgres(t).Config.URL
		}
		list, err := os.ReadFile(filepath.Join(p.Data, privacy.LedgerFile))
		if err != nil {
			t.Fatal(err)
		}
		other := filepath.Join(t.TempDir(), "list")
		if err := os.WriteFile(other, list, 0o600); err != nil {
			t.Fatal(err)
		}
		db, err := storage.Open(ctx, storage.Config{Path: app.SQLitePath(c.Data), URL: c.URL, Now: c.Now})
		if err != nil {
			t.Fatal(err)
		}
		m, err := upkeep.Restore(ctx, db, filepath.Join(c.Data, "files"), file, app.Migrations(modules.All())...)
		if err != nil {
			t.Fatal(err)
		}
		db.Close()
		there, err := app.Open(ctx, c, modules.All())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { there.Close() })
		restored := &apptest.Program{Program: there, Clock: p.Clock}
		if err := upkeep.KnowAuditKeys(there, m.Keys); err != nil {
			t.Fatal(err)
		}
		if n := len(traces(t, restored)); n < 50 {
			t.Fatalf("the backup brought back only %d traces", n)
		}
		again, err := privacy.AgainAfterRestore(ctx, there, other)
		if err != nil || !slices.Equal(again, []string{"PER-0001"}) {
			t.Fatalf("erased again: %v %v", again, err)
		}
		for _, trace := range traces(t, restored) {
			t.Errorf("still there: %s", trace)
		}
		seal(t, restored)
		if proof, err := upkeep.Verify(ctx, there); err != nil || !proof.Clean() || proof.Audit.Erased == 0 {
			t.Errorf("verify: %v %v", err, proof.Wrong())
		}
		if again, err := privacy.AgainAfterRestore(ctx, there, ""); err != nil || len(again) != 0 {
			t.Errorf("a second time: %v %v, want nothing left to do", again, err)
		}
		if now, err := os.ReadFile(filepath.Join(there.Data, privacy.LedgerFile)); err != nil || string(now) != string(list) {
			t.Errorf("the list there is %q, want the one given: %v", now, err)
		}
	})
}

func TestAnErasureWaitsForASecondPersonWhoDecidesIt(t *testing.T) {
	each(t, func(t *testing.T, p *apptest.Program) {
		a := anna(t, p)
		admin := p.Person(t, "Root Adm", access.Administrator)
		dpo := p.Person(t, "Dora Pohl", access.DPO)
		by, second := p.Browser(t, admin), p.Browser(t, dpo)
		page := "/privacy/people/" + a.Person + "/erase"
		if got := by.Post(page, url.Values{"do": {"ask"}, "reason": {"Request 7."}}); got.Status != http.StatusConflict || !strings.Contains(got.Body, "still active") {
			t.Fatalf("asked for while active: %d", got.Status)
		}
		left(t, p, a.Person)
		if got := by.Post(page, url.Values{"do": {"ask"}, "reason": {" "}}); got.Status != http.StatusUnprocessableEntity {
			t.Errorf("without a reason: %d", got.Status)
		}
		if got := by.Post(page, url.Values{"do": {"ask"}, "reason": {"Request 7 of Anna Åkerlund."}}); got.Status != http.StatusSeeOther {
			t.Fatalf("asked for: %d %s", got.Status, got.Body)
		}
		if got := by.Post(page, url.Values{"do": {"ask"}, "reason": {"Again."}}); got.Status != http.StatusConflict {
			t.Errorf("asked for twice: %d", got.Status)
		}
		if err := p.Refresh(context.Background()); err != nil {
			t.Fatal(err)
		}
		decision := ""
		p.Look(t, access.System(), func(v *records.View) error {
			_, err := v.Row("SELECT id FROM decision WHERE kind = 'privacy.erasure' AND state = 'open'", nil, &decision)
			return err
		})
		answer := url.Values{"option": {"erase"}, "reason": {"Anna Åkerlund left in May."}}
		if got := by.Post("/decisions/"+decision, answer).Status; got != http.StatusForbidden {
			t.Errorf("who asked decides: %d", got)
		}
		if got := second.Post("/decisions/"+decision, answer).Status; got != http.StatusSeeOther {
			t.Fatalf("the second person decides: %d", got)
		}
		for _, trace := range traces(t, p) {
			t.Errorf("still there: %s", trace)
		}
		if got := second.Get(page); got.Status != http.StatusOK || !strings.Contains(got.Body, "Erased on") || strings.Contains(got.Body, "Åkerlund") {
			t.Errorf("the page afterwards: %d", got.Status)
		}
		err := p.DB.Update(context.Background(), admin, func(u *storage.Update) error {
			return org.Persons.Restore(u, records.ID[org.Person](a.Person))
		})
		if !fail.Is(err, fail.Conflict) {
			t.Errorf("the stand-in is brought back: %v", err)
		}
	})
}
