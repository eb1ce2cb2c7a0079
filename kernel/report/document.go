package report

import (
	"time"

	"steward/lib/locale"
)

// Document is a whole report, ready to be set.
type Document struct {
	Lang                        locale.Lang
	Organisation, Title, Period string
	Facts                       [][2]string // in the head: for whom, from whom, as of when, class
	Foot                        string      // at the foot of each page
	Contents                    string      // over the list of sections on paper; "" for none
	Producer                    string
	// At is the moment the document carries as its date: fixed by what it holds,
	// never the clock's.
	At       time.Time
	Sections []Built
}

// Built is a section with its blocks.
type Built struct {
	Key, Title string
	Fresh      bool
	Blocks     []Block
}
