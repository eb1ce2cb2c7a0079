package importing

import (
	"time"

	"steward/kernel/notify"
	"steward/kernel/records"
	"steward/lib/words"
)

// endedSince are the imports that came to an end, for who began them.
func endedSince(r records.Reader, since time.Time) (out []notify.Notice, err error) {
	list, err := query(r, "WHERE ended_at >= $1 ORDER BY ended_at LIMIT 300", since.UnixMicro())
	for _, im := range list {
		n := notify.Notice{Key: "import " + im.ID + " " + string(im.State), Kind: "transfer", To: []string{im.Person}, Href: "/imports/" + im.ID, At: im.EndedAt}
		switch im.State {
		case Undone:
			n.Said = words.T("importing.notice-undone", "The import of {name} was undone").With("name", im.Name)
		case Cancelled:
			n.Said = words.T("importing.notice-stopped", "The import of {name} was stopped after {count} {count|row|rows}").With("name", im.Name, "count", im.Rows)
		default:
			n.Said = words.T("importing.notice-done", "The import of {name} has ended: {new} new, {changed} changed, {wrong} left out").With("name", im.Name, "new", im.New, "changed", im.Changed, "wrong", im.Wrong)
		}
		out = append(out, n)
	}
	return out, err
}
