package modules_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"steward/kernel/access"
	"steward/kernel/app"
	"steward/kernel/fail"
	"steward/kernel/records"
	"steward/kernel/signin"
	"steward/kernel/storage"
	"steward/kernel/testkit"
	"steward/modules"
	"steward/modules/upkeep"
	"steward/modules/vendors"
)

// since are modules that came later than the schema of older.
var since = []string{"bridge", "identity", "lists", "notices"}

// older are the first migrations of each module: the schema of some time ago.
func older(t *testing.T) []storage.Migrations {
	var out []storage.Migrations
	for _, m := range app.Migrations(modules.All()) {
		if slices.Contains(since, m.Module) {
			continue
		}
		first, err := fs.Glob(m.Files, "0001_*.sql")
		if err != nil || len(first) != 1 {
			t.Fatalf("%s: %v %v", m.Module, first, err)
		}
		text, err := fs.ReadFile(m.Files, first[0])
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, storage.Migrations{Module: m.Module, Files: fstest.MapFS{first[0]: {Data: text}}})
	}
	return out
}

// eachOlder runs fn on an installation that an older version made, with one vendor.
func eachOlder(t *testing.T, fn func(t *testing.T, c app.Config)) {
	testkit.EachStore(t, func(t *testing.T, s *testkit.Store) {
		c := app.Config{Data: t.TempDir(), URL: s.Config.URL, Now: s.Clock.Now}
		if c.URL == "" {
			s = &testkit.Store{Database: nil, Config: storage.Config{Path: app.SQLitePath(c.Data), Now: c.Now}}
		}
		db, err := storage.Open(context.Background(), s.Config)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if err := db.Migrate(context.Background(), older(t)...); err != nil {
			t.Fatal(err)
		}
		records.NewRegistry(app.Types(modules.All())...).Attach(db)
		err = db.Update(context.Background(), access.System(), func(u *storage.Update) error {
			return vendors.Vendors.Create(u, &vendors.Vendor{Name: "From before", Country: "SE", State: vendors.Approved})
		})
		if err != nil {
			t.Fatal(err)
		}
		fn(t, c)
	})
}

func backups(t *testing.T, c app.Config) []string {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(c.Data, "backups", "*"))
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestAnUpgradeMakesABackupAndTriesItBefore(t *testing.T) {
	eachOlder(t, func(t *testing.T, c app.Config) {
		p, err := app.Open(context.Background(), c, modules.All())
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		list := backups(t, c)
		if len(list) != 1 {
			t.Fatalf("backups: %v, want one", list)
		}
		m, err := upkeep.Check(list[0])
		if err != nil || m.Tables["vendors_vendor"].Rows != 1 {
			t.Errorf("the backup holds %d vendors, %v", m.Tables["vendors_vendor"].Rows, err)
		}
		proof, err := upkeep.Verify(context.Background(), p)
		if err != nil || !proof.Clean() {
			t.Errorf("after the upgrade: %v %v", proof.Faults, err)
		}
		if left, _ := filepath.Glob(filepath.Join(c.Data, ".upgrade-*")); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
		again, err := app.Open(context.Background(), c, modules.All())
		if err != nil {
			t.Fatal(err)
		}
		again.Close()
		if len(backups(t, c)) != 1 {
			t.Error("a start without an upgrade makes a backup")
		}
	})
}

func TestAnUpgradeThatDoesNotWorkChangesNothing(t *testing.T) {
	bad := modules.All()
	bad = append(bad, app.Module{Name: "bad", Migrations: fstest.MapFS{"0001_bad.sql": {Data: []byte("CREATE TABLE bad_half (id TEXT PRIMARY KEY); INSERT INTO bad_half (name) VALUES ('x');")}}})
	eachOlder(t, func(t *testing.T, c app.Config) {
		for _, c.NoBackup = range []bool{false, true} {
			if _, err := app.Open(context.Background(), c, bad); err == nil || !strings.Contains(err.Error(), "nothing") || !strings.Contains(err.Error(), "run the version") && !strings.Contains(err.Error(), "Run the version") {
				t.Errorf("no backup %v: %v, want what to do", c.NoBackup, err)
			}
			db, err := storage.Open(context.Background(), storage.Config{Path: app.SQLitePath(c.Data), URL: c.URL})
			if err != nil {
				t.Fatal(err)
			}
			if missing, _, err := db.Pending(context.Background(), older(t)...); err != nil || missing != 0 {
				t.Errorf("the older version cannot use it any more: %v", err)
			}
			db.Close()
		}
	})
}

func TestAnUpgradeIsNotKeptBackByFilesThatWereDamagedBefore(t *testing.T) {
	eachOlder(t, func(t *testing.T, c app.Config) {
		var said bytes.Buffer
		c.Log = slog.New(slog.NewTextHandler(&said, nil))
		hash := strings.Repeat("ab", 32)
		at := filepath.Join(c.Data, "files", hash[:2], hash)
		if err := errors.Join(os.MkdirAll(filepath.Dir(at), 0o700), os.WriteFile(at, []byte("other bytes"), 0o600)); err != nil {
			t.Fatal(err)
		}
		p, err := app.Open(context.Background(), c, modules.All())
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		if !strings.Contains(said.String(), "the backup is incomplete") || !strings.Contains(said.String(), hash) {
			t.Errorf("it does not say that the backup is incomplete:\n%s", &said)
		}
		m, err := upkeep.Check(backups(t, c)[0])
		if err != nil || len(m.Damaged) != 1 {
			t.Errorf("the backup names %v, %v", m.Damaged, err)
		}
	})
}

func TestAnUpgradeNeedsSomewhereToPutTheBackup(t *testing.T) {
	eachOlder(t, func(t *testing.T, c app.Config) {
		if err := os.WriteFile(filepath.Join(c.Data, "backups"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := app.Open(context.Background(), c, modules.All()); err == nil || !strings.Contains(err.Error(), "nothing was changed") {
			t.Errorf("without a place for the backup: %v", err)
		}
		c.NoBackup = true
		p, err := app.Open(context.Background(), c, modules.All())
		if err != nil {
			t.Fatalf("with a backup of one's own: %v", err)
		}
		p.Close()
	})
}

func TestAnUpgradeKeepsAuthenticatorsAndRecoveryCodes(t *testing.T) {
	eachOlder(t, func(t *testing.T, c app.Config) {
		c.NoBackup = true
		db, err := storage.Open(context.Background(), storage.Config{Path: app.SQLitePath(c.Data), URL: c.URL})
		if err != nil {
			t.Fatal(err)
		}
		err = db.Update(context.Background(), access.System(), func(u *storage.Update) error {
			for _, q := range []string{
				"INSERT INTO signin_account (person, login, must_change, disabled, totp, totp_step, made_at) VALUES ('ada', 'ada', FALSE, FALSE, 'sealed', 7, 1)",
				"INSERT INTO signin_account (person, login, must_change, disabled, made_at) VALUES ('bob', 'bob', FALSE, FALSE, 1)",
				"INSERT INTO signin_recovery (hash, person) VALUES ('printed', 'ada')",
			} {
				if _, err := u.Exec(q); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		db.Close()
		p, err := app.Open(context.Background(), c, modules.All())
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		err = p.DB.View(context.Background(), access.System(), func(v *storage.View) error {
			var kept string
			if _, err := v.Row("SELECT a.secret || ' ' || a.step || ' ' || r.hash FROM identity_authenticator a JOIN identity_recovery r ON r.person = a.person", nil, &kept); err != nil {
				return err
			}
			if kept != "sealed 7 printed" {
				t.Errorf("kept %q", kept)
			}
			for person, want := range map[string]bool{"ada": true, "bob": false} {
				a, err := signin.AccountOf(v, person)
				if err != nil {
					return err
				}
				if a.TOTP != want {
					t.Errorf("%s has an authenticator: %v", person, a.TOTP)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestABackupOfAnOlderVersionIsRestoredAndUpgraded(t *testing.T) {
	ctx := context.Background()
	eachOlder(t, func(t *testing.T, c app.Config) {
		old, err := storage.Open(ctx, storage.Config{Path: app.SQLitePath(c.Data), URL: c.URL, Now: c.Now})
		if err != nil {
			t.Fatal(err)
		}
		defer old.Close()
		file := filepath.Join(t.TempDir(), "old.tar.zst")
		if _, err := upkeep.Write(ctx, old, t.TempDir(), file); err != nil {
			t.Fatal(err)
		}
		place := t.TempDir()
		db, err := storage.Open(ctx, storage.Config{Path: app.SQLitePath(place)})
		if err != nil {
			t.Fatal(err)
		}
		_, err = upkeep.Restore(ctx, db, filepath.Join(place, "files"), file, app.Migrations(modules.All())...)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := upkeep.Restore(ctx, db, filepath.Join(place, "files"), file, app.Migrations(modules.All())...); !fail.Is(err, fail.Conflict) {
			t.Errorf("into what holds an installation: %v, want a conflict", err)
		}
		db.Close()
		p, err := app.Open(ctx, app.Config{Data: place, Now: c.Now, NoBackup: true}, modules.All())
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		err = p.DB.View(ctx, access.System(), func(v *storage.View) error {
			all, err := vendors.Vendors.List(v, records.Query{})
			if err == nil && (len(all) != 1 || all[0].Name != "From before") {
				t.Errorf("restored: %+v", all)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if proof, err := upkeep.Verify(ctx, p); err != nil || !proof.Clean() {
			t.Errorf("after the upgrade: %v %v", proof, err)
		}
	})
}

func TestABackupOfANewerVersionIsRefused(t *testing.T) {
	ctx := context.Background()
	eachOlder(t, func(t *testing.T, c app.Config) {
		p, err := app.Open(ctx, c, modules.All())
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		file := filepath.Join(t.TempDir(), "new.tar.zst")
		if _, err := upkeep.Write(ctx, p.DB, t.TempDir(), file); err != nil {
			t.Fatal(err)
		}
		place := t.TempDir()
		db, err := storage.Open(ctx, storage.Config{Path: app.SQLitePath(place)})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if _, err := upkeep.Restore(ctx, db, filepath.Join(place, "files"), file, older(t)...); !fail.Is(err, fail.Invalid) {
			t.Errorf("an older version restores it: %v", err)
		}
	})
}
