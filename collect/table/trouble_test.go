package table

import (
	"fmt"
	"io"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

func TestWhatAServerSaysIsToldByItsCodeWhateverItsLanguage(t *testing.T) {
	for _, c := range []struct {
		code, says string
		want       Trouble
	}{
		{"28P01", "Passwort-Authentifizierung für Benutzer »x« fehlgeschlagen", WrongPassword},
		{"28000", `no pg_hba.conf entry for host "10.0.0.9", user "x", database "y", no encryption`, WantsEncryption},
		{"28000", `no pg_hba.conf entry for host "10.0.0.9", user "x", database "y", SSL off`, WantsEncryption},
		{"28000", "kein pg_hba.conf-Eintrag", NotAdmitted},
		{"3D000", `Datenbank »y« existiert nicht`, NoSuchDatabase},
		{"42501", "keine Berechtigung für Tabelle sale", NoRight},
		{"42P01", "Relation »sale« existiert nicht", NoSuchTable},
		{"3F000", "Schema »shop« existiert nicht", NoSuchTable},
		{"42703", "Spalte »amount« existiert nicht", NoSuchColumn},
		{"42601", "Syntaxfehler bei »SELEC«", WrongQuery},
		{"42883", "Funktion existiert nicht", WrongQuery},
		{"25006", "kann INSERT nicht in einer Read-Only-Transaktion ausführen", WouldWrite},
		{"57014", "storniere Anfrage wegen Zeitüberschreitung der Anfrage", TookTooLong},
		{"53300", "zu viele Verbindungen", ServerBusy},
		{"22012", "Division durch Null", NoTrouble},
	} {
		err := fmt.Errorf("query: %w", &pgconn.PgError{Severity: "ERROR", Code: c.code, Message: c.says})
		if got := TroubleOf(err); got != c.want {
			t.Errorf("%s %s: got %q, want %q", c.code, c.says, got, c.want)
		}
	}
	if got := TroubleOf(fmt.Errorf("after row 7: %w", io.ErrUnexpectedEOF)); got != ConnectionLost {
		t.Errorf("a connection that breaks: got %q", got)
	}
}
