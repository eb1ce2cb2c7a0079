// Package notify says how modules tell what happened that people should hear of; a
// module keeps what is told and sends it.
package notify

import (
	"time"

	"steward/kernel/records"
	"steward/lib/words"
)

// Notice is something that happened that people should hear of.
type Notice struct {
	Key  string // what happened, once: a person hears of it once
	Kind string
	// To are persons; Roles are those whose holders hear of it too.
	To, Roles []string
	// Subject is the record that it is about: who may not see it, reads nothing of it.
	Subject records.Ref
	Href    string // the page to open; the subject's when ""
	Said    words.Said
	At      time.Time
}

// Happened finds what happened since a moment, up to a few hundred of a sort. It is
// asked again about the last minutes, so its keys are the same each time.
type Happened func(r records.Reader, since time.Time) ([]Notice, error)
