package webhooks

import (
	"database/sql"
	"net/http"
	"strconv"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/jobs"
	"steward/kernel/records"
	"steward/kernel/web"
)

type deliveriesPage struct {
	Failed int64 // given up, of all
	Rows   []deliveryView
}

type deliveryView struct {
	ID, Hook, What, Path, When, State, Word, Answer string
	Attempts                                        int64
	MayReplay                                       bool
}

var deliveriesTemplate = web.MustPage[deliveriesPage](files, "pages/deliveries.html")

// showDeliveries lists the latest messages, those that failed for good first.
func showDeliveries(w http.ResponseWriter, r *web.Request) error {
	if !r.May(access.Admin, access.Settings) {
		return records.NotFound()
	}
	var p deliveriesPage
	err := r.View.Each(`SELECT e.id, h.name, e.type, e.record, e.act, e.state, e.attempts, e.answer, e.made_at FROM webhooks_delivery e JOIN webhooks_hook h ON h.id = e.hook
		ORDER BY CASE WHEN e.state = 'failed' THEN 0 ELSE 1 END, e.made_at DESC, e.id DESC LIMIT 200`, nil, func(rows *sql.Rows) error {
		var v deliveryView
		var typ, record, act string
		var made int64
		if err := rows.Scan(&v.ID, &v.Hook, &typ, &record, &act, &v.State, &v.Attempts, &v.Answer, &made); err != nil {
			return err
		}
		v.What, v.When = typ+" "+act, r.Ago(records.Moment(made))
		if d := r.Site.Registry.Def(typ); d != nil {
			v.Path = d.Path(record)
		}
		v.MayReplay = v.State == "failed" || v.State == "done"
		switch v.State {
		case "done":
			v.State, v.Word = "ok", r.T("webhooks.done", "Taken")
		case "failed":
			v.State, v.Word = "bad", r.T("webhooks.failed", "Given up")
		case "dropped":
			v.State, v.Word = "mute", r.T("webhooks.dropped", "Not sent")
		default:
			v.State, v.Word = "info", r.T("webhooks.waiting", "Waiting")
		}
		p.Rows = append(p.Rows, v)
		return nil
	})
	if err != nil {
		return err
	}
	if _, err := r.View.Row("SELECT COUNT(*) FROM webhooks_delivery WHERE state = 'failed'", nil, &p.Failed); err != nil {
		return err
	}
	return deliveriesTemplate.Show(w, r, web.Shell{Title: r.T("webhooks.deliveries", "Messages sent")}, p)
}

// replay sends a message again.
func replay(w http.ResponseWriter, r *web.Request) error {
	if !r.May(access.Admin, access.Settings) {
		return records.NotFound()
	}
	err := r.Update(func(u *records.Tx) error {
		id := r.PathValue("id")
		n, err := u.Exec("UPDATE webhooks_delivery SET state = 'waiting', answer = '' WHERE id = $1 AND state IN ('failed', 'done')", id)
		if err == nil && n == 0 {
			return fail.New(fail.Conflict, "webhooks.not-failed", "This message is on its way already.")
		}
		if err == nil {
			_, err = jobs.Enqueue(u, deliverKind, args{id}, jobs.Options{Priority: 10})
		}
		return err
	})
	if err != nil {
		return err
	}
	return r.Redirect(w, "/webhooks/deliveries")
}

// mostReplayed is how many messages one click sends again, the oldest first.
const mostReplayed = 500

// replayFailed sends again what was given up, after a receiver that was away is back.
func replayFailed(w http.ResponseWriter, r *web.Request) error {
	if !r.May(access.Admin, access.Settings) {
		return records.NotFound()
	}
	err := r.Update(func(u *records.Tx) error {
		ids, err := u.Texts("SELECT id FROM webhooks_delivery WHERE state = 'failed' ORDER BY made_at, id LIMIT " + strconv.Itoa(mostReplayed))
		if err != nil {
			return err
		}
		for _, id := range ids {
			if _, err := u.Exec("UPDATE webhooks_delivery SET state = 'waiting', answer = '' WHERE id = $1 AND state = 'failed'", id); err != nil {
				return err
			}
			if _, err := jobs.Enqueue(u, deliverKind, args{id}, jobs.Options{}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return r.Redirect(w, "/webhooks/deliveries")
}
