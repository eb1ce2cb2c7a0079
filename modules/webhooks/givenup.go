package webhooks

import (
	"database/sql"
	"time"

	"steward/kernel/access"
	"steward/kernel/notify"
	"steward/kernel/records"
	"steward/lib/words"
)

// givenUp finds the hooks whose messages were given up: their owners hear of it once a
// day, however many messages it was, and administrators do.
func givenUp(r records.Reader, since time.Time) (out []notify.Notice, err error) {
	err = r.Reading().Each(`SELECT h.id, h.name, h.owner, MAX(e.tried_at), MAX(e.answer)
		FROM webhooks_delivery e JOIN webhooks_hook h ON h.id = e.hook
		WHERE e.state = 'failed' AND e.tried_at >= $1
		GROUP BY h.id, h.name, h.owner
		ORDER BY h.id
		LIMIT 300`, []any{since.UnixMicro()}, func(rows *sql.Rows) error {
		var id, name, owner, answer string
		var at int64
		if err := rows.Scan(&id, &name, &owner, &at, &answer); err != nil {
			return err
		}
		last := time.UnixMicro(at).UTC()
		out = append(out, notify.Notice{Key: "webhook " + id + " " + last.Format(time.DateOnly), Kind: "failure", To: []string{owner}, Roles: []string{access.Administrator}, Subject: Hooks.Ref(records.ID[Hook](id)), Href: "/webhooks/deliveries", At: last,
			Said: words.T("webhooks.given-up", "The webhook {name} gave messages up after about a day: {answer}").With("name", name, "answer", answer)})
		return nil
	})
	return out, err
}
