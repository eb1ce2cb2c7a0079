package notices

import (
	"steward/kernel/access"
	"steward/kernel/api"
	"steward/kernel/fail"
	"steward/kernel/records"
	"steward/lib/locale"
	"steward/lib/words"
)

// english speaks the source text, for programs.
type english struct{}

func (english) Text(_ locale.Lang, _, text string, args map[string]any) string {
	return words.Said{English: text, Args: args}.In(nil, locale.En)
}

type noticeOut struct {
	ID   string         `json:"id"`
	Kind string         `json:"kind"`
	At   records.Moment `json:"at"`
	// Text is English; "" for what the caller may not see any more.
	Text    string      `json:"text"`
	Subject records.Ref `json:"subject,omitempty"`
	Path    string      `json:"path,omitempty"`
	Read    bool        `json:"read"`
}

type listOut struct {
	Unread  int64       `json:"unread"` // up to 100
	Notices []noticeOut `json:"notices"`
}

var listOperation = api.Op("GET /notifications", "", access.View, "The caller's latest hundred notifications, and how many are not read.", func(u *records.Tx, _ struct{}) (listOut, error) {
	out := listOut{Notices: []noticeOut{}}
	list, err := List(u, false, 0, 100)
	if err != nil {
		return out, err
	}
	for _, n := range list {
		one := noticeOut{ID: n.ID, Kind: n.Kind, At: n.At, Path: n.Href, Read: n.Read}
		if !n.Hidden {
			one.Subject, one.Text = n.Subject, n.Said.In(english{}, locale.En)
		}
		out.Notices = append(out.Notices, one)
	}
	out.Unread, err = Unread(u)
	return out, err
})

type readIn struct {
	IDs []string `json:"ids,omitempty"`
	All bool     `json:"all,omitempty"`
}

type readOut struct {
	Unread int64 `json:"unread"`
}

var readOperation = api.Op("POST /notifications/read", "", access.View, "Marks notifications of the caller as read: those given, or all.", func(u *records.Tx, in readIn) (out readOut, err error) {
	if len(in.IDs) > 500 {
		return out, fail.Named("ids", "kernel.records.range", "The value must lie between {low} and {high}.").With("low", 0).With("high", 500)
	}
	if err = Read(u, in.IDs, in.All); err == nil {
		out.Unread, err = Unread(u)
	}
	return out, err
})

type followIn struct {
	Type   string `json:"type"`
	Record string `json:"record"`
	Follow bool   `json:"follow"`
}

type followOut struct {
	Follows bool `json:"follows"`
}

var followOperation = api.Op("POST /following", "", access.View, "Follows a record, or no longer: its comments and changes become notifications.", func(u *records.Tx, in followIn) (out followOut, err error) {
	d := records.RegistryOf(u).Def(in.Type)
	if d == nil || d.IsInternal {
		return out, records.NotFound()
	}
	if err = Follow(u, d, in.Record, in.Follow); err == nil {
		out.Follows, err = Follows(u, d, in.Record)
	}
	return out, err
})
