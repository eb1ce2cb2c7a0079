package backup

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTargetsAreReadAndTheirPasswordsAreNotShown(t *testing.T) {
	t.Setenv("PGPASSFILE", "/nonexistent")
	dir := t.TempDir()
	db := filepath.Join(dir, "a.db")
	os.WriteFile(db, []byte("SQLite format 3\x00rest"), 0o600)
	for address, want := range map[string]Target{
		"postgres://me:s%3Aecret@db1:5433/shop?sslmode=require": {Kind: PostgreSQL, Host: "db1", Port: 5433, User: "me", Password: "s:ecret", Database: "shop"},
		"mysql://me:s%3Aecret@db2/shop":                         {Kind: MariaDB, Host: "db2", Port: 3306, User: "me", Password: "s:ecret", Database: "shop"},
		"mariadb://me:s%3Aecret@/shop?socket=/run/m":            {Kind: MariaDB, Socket: "/run/m", Port: 3306, User: "me", Password: "s:ecret", Database: "shop"},
		"sqlite:" + db: {Kind: SQLite, Path: db, Database: "a.db"},
		db:             {Kind: SQLite, Path: db, Database: "a.db"},
		dir:            {Kind: Folder, Path: dir, Database: filepath.Base(dir)},
	} {
		got, err := ParseTarget(address, "")
		if err != nil {
			t.Errorf("%s: %v", address, err)
			continue
		}
		if got.Kind != want.Kind || got.Host != want.Host || got.Port != want.Port || got.User != want.User || got.Password != want.Password || got.Database != want.Database || got.Socket != want.Socket || got.Path != want.Path {
			t.Errorf("%s: %+v", address, got)
		}
		if got.Password == "" {
			continue
		}
		if strings.Contains(got.Shown, "ecret") || strings.Contains(got.Name(), "ecret") || strings.Contains(got.Hide("it says s:ecret and s%3Aecret"), "ecret") {
			t.Errorf("the password shows: %q %q", got.Shown, got.Name())
		}
	}
	for _, bad := range []string{"", "ftp://x/y", "mysql://db", "mysql://db/", "postgres://%zz", filepath.Join(dir, "none"), "sqlite:" + dir, "/dev/null"} {
		_, err := ParseTarget(bad, "")
		var wrong *Wrong
		if !errors.As(err, &wrong) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func FuzzParseTarget(f *testing.F) {
	for _, s := range []string{"postgres://u:p@h:1/d?sslmode=x", "mysql://u:p@h:99999/d", "sqlite:x", "a:b:c", "postgres://h:-1/"} {
		f.Add(s)
	}
	f.Setenv("PGPASSFILE", "/nonexistent")
	f.Fuzz(func(t *testing.T, s string) {
		got, err := ParseTarget(s, "")
		if err != nil {
			return
		}
		if n := got.Name(); n == "" || n != filepath.Base(n) || strings.HasPrefix(n, ".") {
			t.Fatalf("%q has the name %q", s, n)
		}
	})
}
