package lists

import (
	"database/sql"
	"time"

	"steward/kernel/notify"
	"steward/kernel/records"
	"steward/lib/words"
)

// endedSince are the changes to many records that a job brought to an end, for who
// began them: fewer are done while the person waits.
func endedSince(r records.Reader, since time.Time) (out []notify.Notice, err error) {
	err = r.Reading().Each(`SELECT c.id, c.person, c.state, c.ended_at, (SELECT COUNT(*) FROM lists_change_row w WHERE w.change = c.id AND w.outcome IN ('done', 'undone')), (SELECT COUNT(*) FROM lists_change_row w WHERE w.change = c.id AND w.outcome = 'refused')
FROM lists_change c WHERE c.job <> '' AND c.ended_at >= $1 ORDER BY c.ended_at LIMIT 300`, []any{since.UnixMicro()}, func(rows *sql.Rows) error {
		var id, person string
		var state State
		var at, n, refused int64
		if err := rows.Scan(&id, &person, &state, &at, &n, &refused); err != nil {
			return err
		}
		said := words.T("lists.notice-done", "Changed {count} {count|record|records}; {refused} refused").With("count", n, "refused", refused)
		if state == Undone {
			said = words.T("lists.notice-undone", "Set {count} {count|record|records} back; {refused} refused").With("count", n, "refused", refused)
		}
		out = append(out, notify.Notice{Key: "change " + id + " " + string(state), Kind: "transfer", To: []string{person}, Href: "/changes/" + id, At: time.UnixMicro(at).UTC(), Said: said})
		return nil
	})
	return out, err
}
