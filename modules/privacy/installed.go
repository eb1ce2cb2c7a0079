package privacy

import (
	"steward/kernel/app"
	"steward/kernel/files"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/storage"
	"steward/lib/locale"
	"steward/lib/words"
)

// installed is what an erasure needs of the program beside the database.
type installed struct {
	words  *words.Catalogue
	folder string // where the ledger lies: the data folder
	files  files.Folder
}

// install makes it known to everybody who works on the database.
func install(p *app.Program) {
	storage.Share(p.DB, &installed{p.Words, p.Data, p.Files})
}

func installedOf(r storage.Reader) *installed { return storage.Shared[installed](r) }

// standIn is what an erased person is called, in the organisation's language.
func standIn(r records.Reader, number string) (string, error) {
	o, _, err := org.Get(r)
	if err != nil {
		return "", err
	}
	lang := locale.Lang(o.Lang)
	if !lang.Valid() {
		lang = locale.En
	}
	said := words.T("privacy.stand-in", "Erased person {number}").With("number", number)
	if c := installedOf(r).words; c != nil {
		return said.In(c, lang), nil
	}
	return english(said), nil
}
