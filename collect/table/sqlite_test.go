package table

import (
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSQLiteIsReadWithItsTypesAndNeverWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a b#c.sqlite")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{
		`CREATE TABLE invoice (id INTEGER PRIMARY KEY, at DATETIME, total NUMERIC(10,2), code TEXT, note TEXT)`,
		`INSERT INTO invoice VALUES (1, '2024-01-31 00:00:00', 0.99, '007', NULL), (2, '2024-02-01 00:00:00', 13.86, '8', ''), (3, '2024-02-02 00:00:00', 5, '9', 'x')`,
		`CREATE TABLE other (x)`,
	} {
		if _, err := db.Exec(q); err != nil {
			t.Fatal(err)
		}
	}
	db.Close()
	before, _ := os.ReadFile(path)
	cols, rows, _ := show(t, Source{Target: path, Table: "Invoice"})
	if want := "id:integer at:date total:decimal with 2 digits code:text note:text"; cols != want {
		t.Errorf("got %s, want %s", cols, want)
	}
	if got, want := strings.Join(rows, ";"), "1|2024-01-31|0.99|007|–;2|2024-02-01|13.86|8|;3|2024-02-02|5.00|9|x"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	after, _ := os.ReadFile(path)
	if string(before) != string(after) {
		t.Error("the file was changed")
	}
	if _, err := Open(t.Context(), Source{Target: path}); err == nil || !strings.Contains(err.Error(), "name one of the tables: invoice, other") {
		t.Errorf("got %v", err)
	}
}
