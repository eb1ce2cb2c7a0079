package table

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const shop = `CREATE TABLE customer (id INTEGER PRIMARY KEY, name TEXT, boss INTEGER REFERENCES customer (id));
CREATE TABLE genre (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE track (id INTEGER PRIMARY KEY, name TEXT, genre INTEGER REFERENCES genre (id));
CREATE TABLE invoice (id INTEGER PRIMARY KEY, customer INTEGER REFERENCES customer (id), helper INTEGER REFERENCES customer (id), day DATE);
CREATE TABLE line (id INTEGER PRIMARY KEY, invoice INTEGER REFERENCES invoice (id), track INTEGER REFERENCES track (id), amount NUMERIC(10,2));
CREATE VIEW "by genre" AS SELECT genre, COUNT(*) AS n FROM track GROUP BY genre;
INSERT INTO customer VALUES (1, 'Ann', NULL), (2, 'Bo', 1);
INSERT INTO genre VALUES (1, 'Rock');
INSERT INTO track VALUES (1, 'One', 1), (2, 'Two', NULL);
INSERT INTO invoice VALUES (1, 1, 2, '2026-01-05'), (2, 2, NULL, '2026-02-06');
INSERT INTO line VALUES (1, 1, 1, 1.50), (2, 1, 2, 2.25), (3, 2, 1, 3.00);`

func shopFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "shop.db")
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(shop); err != nil {
		t.Fatal(err)
	}
	return path
}

// shopServer fills a schema of the test's PostgreSQL and returns the address.
func shopServer(t *testing.T) (string, *sql.DB) {
	t.Helper()
	url := os.Getenv("STEWARD_TEST_POSTGRES")
	if url == "" {
		t.Skip("NOT TESTED ON POSTGRESQL: STEWARD_TEST_POSTGRES is unset")
	}
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	name := fmt.Sprintf("survey_%d", os.Getpid())
	for _, q := range []string{"DROP DATABASE IF EXISTS " + name, "CREATE DATABASE " + name} {
		if _, err := db.Exec(q); err != nil {
			t.Fatal(err)
		}
	}
	at := strings.LastIndex(url, "/")
	target := url[:at+1] + name + url[at+1+strings.IndexAny(url[at+1:]+"?", "?"):]
	in, err := sql.Open("pgx", target)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		db.Exec("DROP DATABASE " + name + " WITH (FORCE)")
		db.Close()
	})
	if _, err := in.Exec(shop + "COMMENT ON TABLE line IS 'what was sold'; COMMENT ON COLUMN line.amount IS 'in euros'"); err != nil {
		t.Fatal(err)
	}
	return target, in
}

func eachShop(t *testing.T, fn func(t *testing.T, from Source, s *Survey)) {
	t.Run("sqlite", func(t *testing.T) {
		from := Source{Format: "sqlite", Target: shopFile(t)}
		s, err := LookAt(t.Context(), from)
		if err != nil {
			t.Fatal(err)
		}
		fn(t, from, s)
	})
	t.Run("postgres", func(t *testing.T) {
		target, _ := shopServer(t)
		from := Source{Format: "postgres", Target: target}
		s, err := LookAt(t.Context(), from)
		if err != nil {
			t.Fatal(err)
		}
		fn(t, from, s)
	})
}

func TestASurveyNamesTablesWithRowsColumnsKeysAndSize(t *testing.T) {
	eachShop(t, func(t *testing.T, from Source, s *Survey) {
		var names []string
		for _, x := range s.Tables {
			names = append(names, x.Name)
		}
		if got := strings.Join(names, ", "); got != "by genre, customer, genre, invoice, line, track" {
			t.Fatalf("tables: %s", got)
		}
		line := s.find("line")
		if line.Rows != 3 || line.About || line.Bytes <= 0 || !line.Readable || line.View || len(line.Columns) != 4 || !line.Columns[0].Key || line.Columns[1].Key {
			t.Errorf("line: %+v", line)
		}
		if len(line.Refers) != 2 || !slices.ContainsFunc(line.Refers, func(f ForeignKey) bool { return f.To == "track" && f.Columns[0] == "track" && f.Keys[0] == "id" }) {
			t.Errorf("line refers to %+v", line.Refers)
		}
		if v := s.find("by genre"); !v.View || v.Rows != 2 {
			t.Errorf("view: %+v", v)
		}
		if from.Format == "postgres" && (line.Comment != "what was sold" || line.Columns[3].Comment != "in euros" || !s.WritesAll || s.WriteMany != 5) {
			t.Errorf("comment %q, %q; superuser %v, writes %d", line.Comment, line.Columns[3].Comment, s.WritesAll, s.WriteMany)
		}
	})
}

func TestATableWithWhatItRefersToKeepsItsRows(t *testing.T) {
	eachShop(t, func(t *testing.T, from Source, s *Survey) {
		query, with, err := s.Joined("line")
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(with); !strings.Contains(got, "invoice") || !strings.Contains(got, "genre") || !strings.Contains(got, "customer (helper)") || len(with) != 5 {
			t.Errorf("with %s", got)
		}
		from.Query = query
		r, err := Open(t.Context(), from)
		if err != nil {
			t.Fatalf("%v\n%s", err, query)
		}
		defer r.Close()
		var names []string
		for _, c := range r.Columns() {
			names = append(names, c.Name)
		}
		for _, want := range []string{"amount", "invoice.day", "track.name", "genre.name", "customer.name", "customer (helper).name"} {
			if !slices.Contains(names, want) {
				t.Errorf("no column %q among %q", want, names)
			}
		}
		rows := 0
		for {
			b, err := r.Next(t.Context())
			if b != nil {
				rows += b.Rows
			}
			if err != nil {
				break
			}
		}
		if rows != 3 {
			t.Errorf("%d rows, want 3", rows)
		}
		if _, with, err := s.Joined("genre"); err != nil || len(with) != 0 {
			t.Errorf("genre with %v, %v", with, err)
		}
	})
}

func TestAnAccountThatMayWriteIsNamedAsOne(t *testing.T) {
	target, db := shopServer(t)
	name := fmt.Sprintf("survey_reader_%d", os.Getpid())
	if _, err := db.Exec("CREATE ROLE " + name + " LOGIN PASSWORD 'pass-word-of-it'; GRANT SELECT ON line, track TO " + name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Exec("DROP OWNED BY " + name + "; DROP ROLE " + name) })
	as := "postgres://" + name + ":pass-word-of-it@" + target[strings.Index(target, "@")+1:]
	s, err := LookAt(t.Context(), Source{Format: "postgres", Target: as})
	if err != nil {
		t.Fatal(err)
	}
	if s.WritesAll || s.WriteMany != 0 || s.Account != name || !s.find("line").Readable || s.find("customer").Readable {
		t.Errorf("a reader: %+v", s)
	}
	if _, err := db.Exec("GRANT UPDATE ON track TO " + name); err != nil {
		t.Fatal(err)
	}
	if s, err = LookAt(t.Context(), Source{Format: "postgres", Target: as}); err != nil || s.WriteMany != 1 || s.Writes[0] != "track" {
		t.Errorf("one that may write: %+v, %v", s, err)
	}
	for what, x := range map[Trouble]string{
		WrongPassword: strings.Replace(as, "pass-word", "other-word", 1), NoSuchDatabase: as[:strings.LastIndex(as, "/")] + "/nosuch?sslmode=disable",
		NothingListens: "postgres://a:b@127.0.0.1:1/x", NoEncryption: as[:strings.IndexAny(as+"?", "?")] + "?sslmode=require",
	} {
		_, err := LookAt(t.Context(), Source{Format: "postgres", Target: x})
		if got := TroubleOf(err); got != what {
			t.Errorf("%s: %q, %v", what, got, err)
		} else if strings.Contains(err.Error(), "-word-of-it") {
			t.Errorf("%s: the password is told: %v", what, err)
		}
	}
}

func TestWhatIsNoDatabaseIsSaid(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	if err := os.WriteFile(path, []byte(strings.Repeat("no database at all\n", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := LookAt(t.Context(), Source{Format: "sqlite", Target: path}); TroubleOf(err) != NotADatabase {
		t.Errorf("%v", err)
	}
	if TroubleOf(nil) != NoTrouble || TroubleOf(errors.New("x")) != NoTrouble || TroubleOf(context.DeadlineExceeded) != NoAnswer {
		t.Error("troubles of other errors")
	}
}
