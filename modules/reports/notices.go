package reports

import (
	"database/sql"
	"time"

	"steward/kernel/access"
	"steward/kernel/notify"
	"steward/kernel/records"
	"steward/lib/words"
)

// deliveries are the reports that were sent, and those that could not be, for the
// managers who answer for them.
func deliveries(r records.Reader, since time.Time) (out []notify.Notice, err error) {
	err = r.Reading().Each("SELECT d.month, d.person, p.name, d.tried_at, COALESCE(d.problem, '') FROM reports_delivery d JOIN org_person p ON p.id = d.person WHERE d.tried_at >= $1 ORDER BY d.tried_at, d.person LIMIT 300", []any{since.UnixMicro()}, func(rows *sql.Rows) error {
		var month, person, name, problem string
		var at int64
		if err := rows.Scan(&month, &person, &name, &at, &problem); err != nil {
			return err
		}
		n := notify.Notice{Key: "report " + month + " " + person, Kind: "report", Roles: []string{access.MISManager}, Href: "/reports", At: time.UnixMicro(at).UTC(),
			Said: words.T("reports.notice-sent", "The report on {month} was sent to {name}").With("month", month, "name", name)}
		if problem != "" {
			n.Key += " failed"
			n.Said = words.T("reports.notice-failed", "The report on {month} could not be sent to {name}: {why}").With("month", month, "name", name, "why", problem)
		}
		out = append(out, n)
		return nil
	})
	return out, err
}
