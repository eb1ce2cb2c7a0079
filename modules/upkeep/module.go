// Package upkeep keeps an installation safe: it writes everything that it holds
// (records, history, accounts, files) into one file and brings that back into an
// empty place, of either database; it tries an upgrade on such a copy before the
// upgrade is made; and it proves that the data is whole and its history unaltered.
//
// The file is a zstd-compressed tar of manifest.json, one JSON-lines file a
// table, and the attachments. The key that seals secrets is not in it: without
// the data folder's key file a restored installation works, but secrets must be
// entered anew. A backup of SQLite restores to PostgreSQL and the other way round,
// which is also how an installation moves.
package upkeep

import (
	"embed"
	"io/fs"

	"steward/kernel/app"
)

//go:embed words/*.json
var files embed.FS

// Module is what upkeep adds to the program; the commands backup, restore, move and
// verify are its face.
func Module() app.Module {
	return app.Module{Name: "upkeep", Words: must(fs.Sub(files, "words")), BeforeUpgrade: rehearse, Jobs: jobKinds}
}

func must(f fs.FS, err error) fs.FS {
	if err != nil {
		panic(err)
	}
	return f
}
