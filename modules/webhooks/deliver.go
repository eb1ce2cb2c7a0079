package webhooks

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"steward/kernel/access"
	"steward/kernel/app"
	"steward/kernel/fail"
	"steward/kernel/jobs"
	"steward/kernel/records"
	"steward/kernel/signin"
	"steward/kernel/storage"
)

const deliverKind = "webhooks.deliver"

// attempts is how often a message is tried; with the doubling pause the last is
// made about a day after the first.
const attempts = 12

type args struct{ ID string }

// note writes a message down for each hook that wants it, in the transaction of
// the write: what was not committed is never told.
func note(u *records.Tx, w records.Written) error {
	if w.Def.IsInternal {
		return nil
	}
	type target struct{ id, types, acts string }
	all, err := storage.Once(u, "webhooks_hook", func() (all []target, err error) {
		err = u.Each("SELECT id, types, acts FROM webhooks_hook WHERE active = $1 AND archived_at IS NULL ORDER BY id", []any{true}, func(rows *sql.Rows) error {
			var t target
			var acts sql.NullString
			err := rows.Scan(&t.id, &t.types, &acts)
			t.acts = acts.String
			all = append(all, t)
			return err
		})
		return all, err
	})
	if err != nil {
		return err
	}
	for _, t := range all {
		if !wants(t.types, t.acts, w.Def.Name, w.Act) {
			continue
		}
		id := records.NewID(u.Now)
		if _, err := u.Exec("INSERT INTO webhooks_delivery (id, hook, type, record, act, version, state, attempts, answer, made_at) VALUES ($1, $2, $3, $4, $5, $6, 'waiting', 0, '', $7)",
			id, t.id, w.Def.Name, w.ID, w.Act, w.Version, u.Now.UnixMicro()); err != nil {
			return err
		}
		// Steward's own work: who changed the record has no part in whether it arrives.
		if _, err := jobs.Enqueue(u.As(access.System()), deliverKind, args{id}, jobs.Options{}); err != nil {
			return err
		}
	}
	return nil
}

// Message is what a receiver is sent.
type Message struct {
	ID      string         `json:"id"` // of the message: the same when it is sent again
	Type    string         `json:"type"`
	Act     string         `json:"act"`
	Version int64          `json:"version"`
	At      records.Moment `json:"at"`
	Path    string         `json:"path"`   // of the record in the API
	Record  map[string]any `json:"record"` // as it is now, as far as the hook's owner may see it
}

// client follows no redirects, which could lead what is sent elsewhere.
var client = &http.Client{Timeout: 15 * time.Second, Transport: &http.Transport{Proxy: nil, DisableKeepAlives: true},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// Sign is the signature of a message: HMAC-SHA256 of the moment, a point and the body.
func Sign(secret string, at int64, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "%d.", at)
	mac.Write(body)
	return "t=" + strconv.FormatInt(at, 10) + ",v1=" + hex.EncodeToString(mac.Sum(nil))
}

type deliverer struct{ p *app.Program }

func (d deliverer) run(ctx context.Context, run *jobs.Run) error {
	var a args
	if err := run.Args(&a); err != nil {
		return err
	}
	state, answer := "done", ""
	address, secret, body, err := d.message(ctx, a.ID)
	switch {
	case fail.Is(err, fail.NotFound):
		state, answer = "dropped", "The owner may not see the record, or the webhook is no longer active."
		err = nil
	case err == nil:
		answer, err = d.send(ctx, address, secret, a.ID, body)
	}
	if err != nil {
		state, answer = "waiting", err.Error()
		if run.Attempt >= attempts {
			state = "failed"
		}
	}
	if len(answer) > 500 {
		answer = answer[:500]
	}
	kept := run.Update(ctx, func(u *storage.Update) error {
		_, err := u.Exec("UPDATE webhooks_delivery SET state = $1, attempts = attempts + 1, answer = $2, tried_at = $3 WHERE id = $4", state, answer, u.Now.UnixMicro(), a.ID)
		return err
	})
	if err == nil {
		err = kept
	}
	return err
}

// message reads what is to be sent, under the rights of the hook's owner.
func (d deliverer) message(ctx context.Context, id string) (address, secret string, body []byte, err error) {
	err = d.p.DB.View(ctx, access.System(), func(v *storage.View) error {
		m := Message{ID: id}
		var owner, record string
		var made int64
		found, err := v.Row("SELECT h.url, h.secret, h.owner, e.type, e.record, e.act, e.version, e.made_at FROM webhooks_delivery e JOIN webhooks_hook h ON h.id = e.hook WHERE e.id = $1 AND h.active = $2 AND h.archived_at IS NULL",
			[]any{id, true}, &address, &secret, &owner, &m.Type, &record, &m.Act, &m.Version, &made)
		if err != nil || !found {
			return orNotFound(err)
		}
		if secret, err = d.p.Registry.Open(secret); err != nil {
			return err
		}
		def := d.p.Registry.Def(m.Type)
		if def == nil {
			return records.NotFound()
		}
		actor, err := signin.ActorOf(v, owner)
		if err != nil {
			return err
		}
		own := *v
		own.Actor = actor
		rec, err := def.Get(&own, record)
		if err != nil {
			return err
		}
		m.At, m.Path = records.Moment(made), "/api/v1"+rec.Path()
		m.Record = map[string]any{"id": rec.ID(), "number": rec.Human(), "version": rec.Meta().Version}
		for _, f := range def.Fields {
			if !f.IsHidden && f.Shows(&own, def) {
				m.Record[f.Name] = records.ToJSON(f, rec.Value(f))
			}
		}
		body, err = json.Marshal(m)
		return err
	})
	return address, secret, body, err
}

func orNotFound(err error) error {
	if err != nil {
		return err
	}
	return records.NotFound()
}

// send posts a message; only an answer of 2xx means that it was taken.
func (d deliverer) send(ctx context.Context, address, secret, id string, body []byte) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return "", jobs.Hopeless(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "Steward")
	req.Header.Set("Steward-Delivery", id)
	req.Header.Set("Steward-Signature", Sign(secret, d.p.DB.Now().Unix(), body))
	res, err := client.Do(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10))
	if res.StatusCode/100 != 2 {
		return "", fmt.Errorf("the receiver answered %s", res.Status)
	}
	return res.Status, nil
}
