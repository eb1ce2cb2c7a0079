package storage_test

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"steward/kernel/access"
	"steward/kernel/storage"
)

func TestNobodyElseOfTheMachineCanReadTheDatabasesFiles(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("NOT TESTED: Windows keeps rights elsewhere than in a file's mode")
	}
	folder := filepath.Join(t.TempDir(), "data")
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	db, err := storage.Open(context.Background(), storage.Config{Path: filepath.Join(folder, "steward.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.Update(context.Background(), access.System(), func(u *storage.Update) error {
		_, err := u.Exec("CREATE TABLE kept (id BIGINT)")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	list, err := os.ReadDir(folder)
	if err != nil || len(list) < 2 {
		t.Fatalf("%v %v, want the database and its log", list, err)
	}
	for _, e := range list {
		if info, err := e.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v, want -rw-------", e.Name(), info.Mode(), err)
		}
	}
}
