package api

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"time"
	"unicode/utf8"

	"steward/kernel/fail"
	"steward/kernel/records"
)

// reply is what a write is answered with.
type reply struct {
	Status         int
	Location, ETag string
	Body           any
}

// keyLasts is how long a POST can be sent again under the same key.
const keyLasts = 24 * time.Hour

func hash(parts ...[]byte) string {
	h := sha256.New()
	for _, p := range parts {
		h.Write(p)
		h.Write([]byte{0})
	}
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}

// once does a POST in a transaction, once for each Idempotency-Key: what was
// answered is kept with the write itself, and sent again to the same request. A
// request that failed wrote nothing and may be mended under the same key.
func (r *request) once(body []byte, do func(u *records.Tx) (*reply, error)) error {
	name := r.Header.Get("Idempotency-Key")
	if len(name) > 255 || !utf8.ValidString(name) {
		return fail.Named("Idempotency-Key", "kernel.records.too-long", "This is longer than {max} characters.").With("max", 255)
	}
	key := hash([]byte(r.actor.Person), []byte(name))
	asked := hash([]byte(r.Method), []byte(r.URL.Path), body)
	var out *reply
	err := r.update(func(u *records.Tx) (err error) {
		if name != "" {
			if out, err = claim(u, key, asked); err != nil || out != nil {
				return err
			}
		}
		if out, err = do(u); err != nil || name == "" {
			return err
		}
		raw, err := json.Marshal(out.Body)
		if err != nil {
			return err
		}
		_, err = u.Exec("UPDATE api_idempotency SET status = $1, location = $2, etag = $3, body = $4 WHERE key = $5", out.Status, out.Location, out.ETag, string(raw), key)
		return err
	})
	if err != nil {
		return err
	}
	return r.reply(out)
}

// claim takes the key, or returns what was answered under it. Of two at once the
// second waits for the first: on PostgreSQL at the insert, which then fails as a
// serialisation failure and is tried again.
func claim(u *records.Tx, key, asked string) (*reply, error) {
	if _, err := u.Exec("DELETE FROM api_idempotency WHERE expires_at <= $1", u.Now.UnixMicro()); err != nil {
		return nil, err
	}
	n, err := u.Exec("INSERT INTO api_idempotency (key, request, status, location, etag, body, expires_at) VALUES ($1, $2, 0, '', '', '', $3) ON CONFLICT (key) DO NOTHING",
		key, asked, u.Now.Add(keyLasts).UnixMicro())
	if err != nil || n == 1 {
		return nil, err
	}
	out := &reply{}
	var request, body string
	if _, err := u.Row("SELECT request, status, location, etag, body FROM api_idempotency WHERE key = $1", []any{key}, &request, &out.Status, &out.Location, &out.ETag, &body); err != nil {
		return nil, err
	}
	if request != asked {
		return nil, fail.Named("Idempotency-Key", "kernel.api.key-used", "This key was used for another request. Make a new key for each.")
	}
	out.Body = json.RawMessage(body)
	return out, nil
}

func (r *request) reply(out *reply) error {
	if out.Location != "" {
		r.w.Header().Set("Location", out.Location)
	}
	if out.ETag != "" {
		r.w.Header().Set("ETag", out.ETag)
	}
	return r.answer(out.Status, out.Body)
}
