package drill

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"filippo.io/age"

	"steward/collect/backup"
	"steward/collect/backup/backuptest"
	"steward/collect/backup/making"
	"steward/collect/backup/program"
	"steward/collect/backup/repository"
)

// writing writes into a source until it is told to stop, and says how often it did.
func writing(t *testing.T, write func(i int) error) (stop func() int64) {
	t.Helper()
	var n atomic.Int64
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for i := 0; ; i++ {
			select {
			case <-done:
				return
			default:
			}
			if err := write(i); err != nil {
				t.Errorf("write: %v", err)
				return
			}
			n.Add(1)
		}
	}()
	return func() int64 {
		close(done)
		<-ended
		return n.Load()
	}
}

func TestADumpMadeWhileOthersWriteIsExactlyItsOwnMoment(t *testing.T) {
	t.Parallel()
	source := shop(t, "busy")
	c, err := source.Postgres(t.Context(), false)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.Background())
	stop := writing(t, func(i int) error {
		_, err := c.Exec(t.Context(), `WITH a AS (INSERT INTO "Order" (customer, at) VALUES (1, now()) RETURNING id) UPDATE customer SET balance = balance + 1 WHERE id = 1 + $1 % 1500`, i)
		return err
	})
	a := made(t, making.Options{Target: source})
	if n := stop(); n < 10 || !a.Manifest.Snapshot.Exact {
		t.Errorf("%d writes beside it, exact %v", n, a.Manifest.Snapshot.Exact)
	}
	healthy(t, drilled(t, Options{Path: a.Dir, Level: L3, Source: &source}), L3)
}

func TestAMariaDBDumpMadeWhileOthersWriteSaysWhichTablesItCannotBeExactAbout(t *testing.T) {
	t.Parallel()
	source := mariaShop(t, "busy")
	db, err := source.MySQL(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	stop := writing(t, func(i int) error {
		_, err := db.ExecContext(t.Context(), "INSERT INTO orders VALUES (?, 1)", 10_000+i)
		return err
	})
	a := made(t, making.Options{Target: source})
	n := stop()
	s := a.Manifest.Snapshot
	if n < 3 || s.Exact || !strings.Contains(s.How, "1 of 4 tables differ") {
		t.Errorf("%d writes beside it, exact %v: %s", n, s.Exact, s.How)
	}
	if os.Getenv("STEWARD_LONG") == "" {
		return // one more restore
	}
	healthy(t, drilled(t, Options{Path: a.Dir, Level: L3, Source: &source}), L3)
}

func TestAnEncryptedBackupIsReadWithItsKeyOnly(t *testing.T) {
	t.Parallel()
	source := shop(t, "secret")
	k, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	forms := []repository.Form{repository.Plain}
	if os.Getenv("STEWARD_LONG") != "" {
		forms = append(forms, repository.Custom, repository.Base)
	}
	for _, form := range forms {
		a := made(t, making.Options{Target: source, Form: form, To: []age.Recipient{k.Recipient()}})
		for _, f := range a.Manifest.Files {
			b, err := os.ReadFile(filepath.Join(a.Dir, f.Name))
			if err != nil || !bytes.HasPrefix(b, []byte("age-encryption.org/")) {
				t.Errorf("%s is not encrypted: %v", f.Name, err)
			}
		}
		healthy(t, drilled(t, Options{Path: a.Dir, Level: L3, Keys: []age.Identity{k}}), L3)
		var wrong *backup.Wrong
		if _, err := Run(t.Context(), Options{Path: a.Dir, Level: L1}); !errors.As(err, &wrong) {
			t.Errorf("without a key: %v", err)
		}
	}
}

func TestTablespacesComeBack(t *testing.T) {
	if os.Getenv("STEWARD_LONG") == "" {
		t.Skip("set STEWARD_LONG=1: two more restores")
	}
	source := shop(t, "spaces")
	s := pg(t)
	dir := filepath.Join(s.Dir, "far space")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := s.Own(dir); err != nil {
		t.Fatal(err)
	}
	s.Do(t, "spaces", "CREATE TABLESPACE far LOCATION '"+strings.ReplaceAll(dir, "'", "''")+"'", "CREATE TABLE distant (id int) TABLESPACE far", "INSERT INTO distant SELECT generate_series(1, 5000)")
	for _, form := range []repository.Form{repository.Custom, repository.Plain, repository.Base} {
		a := made(t, making.Options{Target: source, Form: form})
		healthy(t, drilled(t, Options{Path: a.Dir, Level: L3}), L3)
	}
	s.Do(t, "spaces", "DROP TABLE distant", "DROP TABLESPACE far")
}

func TestNoPasswordStandsOnACommandLineAndAnInterruptLeavesNothing(t *testing.T) {
	t.Parallel()
	for _, source := range []backup.Target{shop(t, "quiet"), mariaShop(t, "quiet")} {
		r := repo(t)
		ctx, cancel := context.WithCancel(t.Context())
		looks := 0
		_, err := making.Make(ctx, making.Options{Target: source, Repository: r, Progress: func(line string) {
			if strings.Contains(line, backuptest.Password) {
				t.Errorf("progress shows the password: %s", line)
			}
			files, _ := filepath.Glob("/proc/[0-9]*/cmdline")
			for _, f := range files {
				if b, err := os.ReadFile(f); err == nil && bytes.Contains(b, []byte(backuptest.Password)) {
					t.Errorf("%s: %q", f, b)
				}
			}
			if looks++; looks == 3 {
				cancel()
			}
		}})
		cancel()
		if !errors.Is(err, context.Canceled) || looks < 3 {
			t.Errorf("%s: %d looks, %v", source.Kind, looks, err)
		}
		left, _ := filepath.Glob(filepath.Join(r.Dir, "*", ".*"))
		all, _ := filepath.Glob(filepath.Join(r.Dir, "*", "*"))
		if len(left)+len(all) > 0 {
			t.Errorf("in the repository lies %v %v", left, all)
		}
	}
	// The files that passwords are handed over in are their owner's alone.
	_, secret, err := program.PostgresAccess(pg(t).Target("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer secret.Remove()
	found, _ := filepath.Glob(filepath.Join(os.TempDir(), "steward-secret-*", "pgpass"))
	if len(found) == 0 {
		t.Error("there is no such file")
	}
	for _, f := range found {
		if info, err := os.Stat(f); err == nil && info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", f, info.Mode())
		}
	}
}

// It does not run beside others, whose copies of the cluster would meet the page.
func TestASourceWithACorruptedPageIsNotBackedUpUnnoticed(t *testing.T) {
	source := shop(t, "rotten")
	s := pg(t)
	s.Do(t, "rotten", "VACUUM (FREEZE) customer", "CHECKPOINT") // nothing will write the page again
	path := filepath.Join(s.Data, fileOf(t, "rotten", "customer"))
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	good := make([]byte, 8192)
	if _, err := f.ReadAt(good, 8192); err != nil {
		t.Fatal(err)
	}
	bad := bytes.Clone(good)
	for i := range 64 {
		bad[6000+i] ^= 0x5a
	}
	if _, err := f.WriteAt(bad, 8192); err != nil {
		t.Fatal(err)
	}
	r := repo(t)
	_, err = making.Make(t.Context(), making.Options{Target: source, Repository: r, Form: repository.Base, NoPrints: true})
	f.WriteAt(good, 8192)
	f.Close()
	if err == nil || !strings.Contains(err.Error(), "checksum") {
		t.Errorf("got %v", err)
	}
	if list, _ := r.List(); len(list) > 0 {
		t.Errorf("there is an artefact: %v", list)
	}
}

func TestAMissingMarkerTableIsSaidWithWhatWouldMakeIt(t *testing.T) {
	t.Parallel()
	source := shop(t, "unmarked")
	pg(t).Do(t, "unmarked", "DROP TABLE steward_marker")
	_, err := making.Make(t.Context(), making.Options{Target: source, Repository: repo(t), Marker: true})
	if err == nil || !strings.Contains(err.Error(), "CREATE TABLE steward_marker") {
		t.Errorf("got %v", err)
	}
}

func TestAFormThatDoesNotFitIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	target, err := backup.ParseTarget(dir, "")
	if err != nil {
		t.Fatal(err)
	}
	inside, err := repository.Open(filepath.Join(dir, "repository"), true)
	if err != nil {
		t.Fatal(err)
	}
	for i, o := range []making.Options{{Target: target, Repository: repo(t), Form: repository.Custom}, {Target: target, Repository: inside}, {Target: target, Repository: repo(t), Form: repository.Restic}, {Target: target, Repository: repo(t), Marker: true}} {
		_, err := making.Make(t.Context(), o)
		var wrong *backup.Wrong
		if !errors.As(err, &wrong) {
			t.Error(fmt.Sprint(i), err)
		}
	}
}
