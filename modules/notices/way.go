package notices

import (
	"database/sql"
	"maps"
	"slices"

	"steward/kernel/fail"
	"steward/kernel/records"
	"steward/lib/words"
)

// Way is how a person hears of a kind of thing.
type Way string

const (
	Program Way = "program"
	Mail    Way = "mail"
	Both    Way = "both"
	None    Way = "none"
)

// Ways are all, the usual first.
var Ways = []Way{Program, Mail, Both, None}

// Kind is a sort of thing that people hear of.
type Kind struct {
	Name  string
	Title words.Word
	Icon  string
	Usual Way
}

// Kinds are all, in the order shown.
var Kinds = []Kind{
	{"decision", words.T("notices.kind.decision", "A decision waits for me or was delegated to me"), "checkbox", Both},
	{"decided", words.T("notices.kind.decided", "What I asked for was decided"), "gavel", Program},
	{"mention", words.T("notices.kind.mention", "A comment names me"), "at", Both},
	{"followed", words.T("notices.kind.followed", "A record I follow was changed or commented on"), "eye", Program},
	{"transfer", words.T("notices.kind.transfer", "An import, export or change of many records ended"), "transfer", Program},
	{"report", words.T("notices.kind.report", "A report was sent, or could not be"), "report-analytics", Program},
	{"source", words.T("notices.kind.source", "A data source is late, changed or faulty"), "database", Program},
	{"backup", words.T("notices.kind.backup", "A backup failed"), "database-export", Both},
	{"token", words.T("notices.kind.token", "An access token of mine runs out"), "key", Program},
	{"directory", words.T("notices.kind.directory", "A directory let somebody in no more, or did not answer"), "user-check", Both},
	{"failure", words.T("notices.kind.failure", "Background work failed"), "alert-triangle", Program},
}

// daily is the preference that mails come once a day together.
const daily = "digest"

func kindNamed(name string) (Kind, bool) {
	at := slices.IndexFunc(Kinds, func(k Kind) bool { return k.Name == name })
	if at < 0 {
		return Kind{}, false
	}
	return Kinds[at], true
}

// ways are what people chose, by person and kind.
type ways map[[2]string]Way

func (w ways) of(person, kind string) Way {
	if way, ok := w[[2]string{person, kind}]; ok {
		return way
	}
	k, _ := kindNamed(kind)
	return k.Usual
}

// loadWays reads what a person chose, or everybody for "".
func loadWays(r records.Reader, person string) (ways, error) {
	w := ways{}
	err := r.Reading().Each("SELECT person, kind, way FROM notices_way WHERE $1 = '' OR person = $1", []any{person}, func(rows *sql.Rows) error {
		var key [2]string
		var way Way
		err := rows.Scan(&key[0], &key[1], &way)
		w[key] = way
		return err
	})
	return w, err
}

// Choose keeps how the actor wants to hear of each kind, and whether mails come
// together once a day.
func Choose(u *records.Tx, chosen map[string]Way, together bool) error {
	for kind, way := range chosen {
		if _, ok := kindNamed(kind); !ok || !slices.Contains(Ways, way) {
			return fail.Named(kind, "notices.way", "Choose one of the ways.")
		}
	}
	if _, err := u.Exec("DELETE FROM notices_way WHERE person = $1", u.Actor.Person); err != nil {
		return err
	}
	if chosen = maps.Clone(chosen); together {
		chosen[daily] = Mail
	}
	for kind, way := range chosen {
		if _, err := u.Exec("INSERT INTO notices_way (person, kind, way) VALUES ($1, $2, $3)", u.Actor.Person, kind, string(way)); err != nil {
			return err
		}
	}
	return nil
}
