package pgserver_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5"

	"steward/kernel/testkit/pgserver"
)

func TestAServerKeepsItsDataFromOneStartToTheNextInItsFolder(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a server twice")
	}
	aside, err := os.MkdirTemp("", "steward-pgserver-test-") // t.TempDir only its owner may enter
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(aside)
	if err := os.Chmod(aside, 0o755); err != nil {
		t.Fatal(err)
	}
	closed := t.TempDir()
	if err := os.Chmod(closed, 0o700); err != nil { // as a data folder is
		t.Fatal(err)
	}
	for _, parent := range []string{aside, closed} {
		t.Run(filepath.Base(parent), func(t *testing.T) {
			keepsItsData(t, pgserver.Config{Folder: filepath.Join(parent, "pg"), Aside: filepath.Join(aside, "aside")})
		})
	}
}

func keepsItsData(t *testing.T, c pgserver.Config) {
	ctx := context.Background()
	for _, step := range []struct{ query, want string }{
		{"CREATE TABLE kept AS SELECT 'here' AS word; SELECT 1", ""},
		{"SELECT word FROM kept", "here"},
	} {
		s, err := pgserver.Start(ctx, c)
		if errors.Is(err, pgserver.ErrNone) {
			t.Skip("NOT TESTED ON POSTGRESQL: ", err)
		}
		if err != nil {
			t.Fatal(err)
		}
		conn, err := pgx.Connect(ctx, s.URL)
		if err != nil {
			t.Fatal(err)
		}
		if step.want == "" {
			_, err = conn.Exec(ctx, step.query)
		} else {
			var got string
			if err = conn.QueryRow(ctx, step.query).Scan(&got); got != step.want {
				t.Errorf("got %q, want %q", got, step.want)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
		conn.Close(ctx)
		if err := s.Stop(); err != nil {
			t.Fatal(err)
		}
		select {
		case <-s.Done():
		default:
			t.Error("the server runs on after Stop")
		}
	}
}
