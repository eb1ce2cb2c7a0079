package infrastructure

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"steward/collect/agentproto"
	"steward/kernel/access"
	"steward/kernel/app"
	"steward/kernel/fail"
	"steward/kernel/records"
	"steward/kernel/seal"
	"steward/kernel/storage"
)

// door is where agents knock. Nothing of a body is read before the agent that
// the request names is known, and nothing is unpacked before its signature has
// been checked. A report answered with 2xx is stored.
type door struct {
	db  *storage.Database
	key *seal.Key
	log *slog.Logger
	// Places that bound the memory of bodies, by what they cost: an ordinary body is
	// read, a long one is read, one is unpacked and taken in, one that became large is.
	short, long, open, large place
	given                    place // programs on their way out
	programs                 *programs
}

// place bounds how many do a thing at once.
type place chan struct{}

// enter waits for a place, half a minute at most. Call the leave it returns.
func (p place) enter(ctx context.Context) (leave func(), err error) {
	select {
	case p <- struct{}{}:
		return func() { <-p }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-time.After(30 * time.Second):
		return nil, refused{http.StatusServiceUnavailable, "", "the server is busy with other reports"}
	}
}

// What is long on the wire and large unpacked: the first inventory of a machine
// of 3,000 packages is neither. And how long the door waits for a body.
const (
	longWire    = 256 << 10
	largeBody   = 2 << 20
	bodyTimeout = 2 * time.Minute
	maxEnrol    = 128 << 10
	maxHeader   = 128 // of an agent's id
)

func mounts(p *app.Program) map[string]http.Handler {
	d := &door{db: p.DB, key: p.Key, log: p.Log, short: make(place, 32), long: make(place, 2), open: make(place, 4), large: make(place, 1), given: make(place, 8), programs: newPrograms(p.Data)}
	return map[string]http.Handler{
		"POST " + agentproto.EnrolPath:     d.handle(d.enrol),
		"POST " + agentproto.RenewPath:     d.handle(d.renew),
		"POST " + agentproto.InventoryPath: d.handle(d.inventory),
		"GET " + agentproto.ProgramPath + "{platform}": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if err := d.give(w, r); err != nil {
				d.refuse(w, r, err)
			}
		}),
	}
}

// refused is an answer that is not 2xx.
type refused struct {
	status       int
	code, detail string
}

func (r refused) Error() string { return r.detail }

func (d *door) handle(answer func(w http.ResponseWriter, r *http.Request) (any, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// The agent sets its clock for signatures by this header.
		w.Header().Set("Date", d.db.Now().UTC().Format(http.TimeFormat))
		w.Header().Set("Cache-Control", "no-store")
		http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyTimeout)) // not every writer can
		body, err := answer(w, r)
		if err != nil {
			d.refuse(w, r, err)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(body); err != nil {
			d.log.Debug("an agent did not take its answer", "error", err)
		}
	})
}

func (d *door) refuse(w http.ResponseWriter, r *http.Request, err error) {
	p := agentproto.Problem{Title: "The server could not take this", Status: http.StatusServiceUnavailable, Detail: "Try again later."}
	var no refused
	f := fail.As(err)
	switch {
	case errors.As(err, &no):
		p = agentproto.Problem{Title: "Refused", Status: no.status, Code: no.code, Detail: no.detail}
	case f != nil && f.Kind == fail.Invalid:
		p = agentproto.Problem{Title: "Refused", Status: http.StatusUnprocessableEntity, Code: agentproto.CodeInvalid, Detail: f.Error()}
	case r.Context().Err() == nil:
		d.log.Error("an agent's request failed", "path", r.URL.Path, "agent", line(r.Header.Get(agentproto.HeaderAgent), maxHeader), "error", err)
	}
	if p.Status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "60")
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	json.NewEncoder(w).Encode(p)
}

// enrol gives a machine that shows a token a certificate for its key.
func (d *door) enrol(w http.ResponseWriter, r *http.Request) (any, error) {
	leave, err := d.short.enter(r.Context())
	if err != nil {
		return nil, err
	}
	defer leave()
	r.Body = http.MaxBytesReader(w, r.Body, maxEnrol)
	wire, err := agentproto.ReadWire(r.Body, min(r.ContentLength, maxEnrol))
	if err != nil {
		return nil, unread(err)
	}
	var req agentproto.EnrolRequest
	if err := agentproto.Decode(wire, "", &req); err != nil {
		return nil, invalid(err)
	}
	if req.Token == "" || len(req.Token) > 200 {
		return nil, refused{http.StatusForbidden, agentproto.CodeToken, errToken.Error()}
	}
	csr, err := agentproto.ParseCSR(req.CSR)
	if err != nil {
		return nil, invalid(err)
	}
	var out agentproto.Enrolment
	err = d.update(r.Context(), "enrolment", "Agent of "+line(req.Hostname, 100), func(u *records.Tx) (err error) {
		out, err = enrol(u, d.key, req, csr)
		return err
	})
	switch {
	case errors.Is(err, errToken):
		err = refused{http.StatusForbidden, agentproto.CodeToken, errToken.Error()}
	case errors.Is(err, errTokenUsed):
		err = refused{http.StatusForbidden, agentproto.CodeTokenUsed, errTokenUsed.Error()}
	case errors.Is(err, errRevoked):
		err = refused{http.StatusForbidden, agentproto.CodeRevoked, errRevoked.Error()}
	}
	return out, err
}

// renew gives an agent a new certificate.
func (d *door) renew(w http.ResponseWriter, r *http.Request) (any, error) {
	agent, wire, leave, err := d.signed(w, r, agentproto.RenewPath, maxEnrol)
	if err != nil {
		return nil, err
	}
	defer leave()
	var req agentproto.RenewRequest
	if err := agentproto.Decode(wire, r.Header.Get("Content-Encoding"), &req); err != nil {
		return nil, invalid(err)
	}
	csr, err := agentproto.ParseCSR(req.CSR)
	if err != nil {
		return nil, invalid(err)
	}
	var out agentproto.Enrolment
	err = d.update(r.Context(), "agent:"+agent.ID, "Agent of "+agent.Hostname, func(u *records.Tx) (err error) {
		out, err = recertify(u, d.key, agent.ID, csr)
		return err
	})
	return out, err
}

// inventory takes in a report.
func (d *door) inventory(w http.ResponseWriter, r *http.Request) (any, error) {
	agent, wire, read, err := d.signed(w, r, agentproto.InventoryPath, agentproto.MaxWire)
	if err != nil {
		return nil, err
	}
	leave, err := d.open.enter(r.Context())
	read()
	if err != nil {
		return nil, err
	}
	defer leave()
	body, err := agentproto.Unpack(wire, r.Header.Get("Content-Encoding"))
	if err != nil {
		return nil, invalid(err)
	}
	if len(body) > largeBody {
		leave, err := d.large.enter(r.Context())
		if err != nil {
			return nil, err
		}
		defer leave()
		// What it took is given back at once: it is a hundred times that of an
		// ordinary one, and the next may be a day away.
		defer debug.FreeOSMemory()
	}
	report, err := agentproto.ReadReport(body)
	if err != nil {
		return nil, invalid(err)
	}
	if report.Hashes == nil {
		return nil, refused{http.StatusUnprocessableEntity, agentproto.CodeInvalid, "the report names no sections"}
	}
	var diff Diff
	err = d.update(r.Context(), "agent:"+agent.ID, "Agent of "+agent.Hostname, func(u *records.Tx) error {
		host, got, err := Deliver(u, Delivery{Inventory: report.Inventory, Hashes: report.Hashes, Source: "agent:" + agent.ID, Sequence: report.Sequence})
		diff = got
		if err != nil || host == "" || agent.Host == records.Some(host) && agent.Version == line(report.Version, 100) {
			return err
		}
		_, err = u.Exec("UPDATE infrastructure_agent SET host = $1, version = $2 WHERE id = $3", string(host), line(report.Version, 100), agent.ID)
		return err
	})
	return agentproto.Answer{Accepted: true, Want: diff.Want, Message: d.newer(agent.Platform, report.Version)}, err
}

// newer tells an agent that another program lies here than the one it runs.
func (d *door) newer(platform, version string) string {
	p, _ := d.programs.find(platform)
	if p == nil || p.Version == version || p.Version == "dev" || version == "dev" {
		return ""
	}
	return fmt.Sprintf("another version of the agent lies at the server: %s, this is %s; 'steward-agent update' on this machine takes it", p.Version, line(version, 100))
}

// signed finds the agent that a request names, reads at most so many bytes of
// body and checks the signature over them. Call leave when the body is no longer
// held, or has a place of another kind.
func (d *door) signed(w http.ResponseWriter, r *http.Request, path string, most int64) (agent *Agent, wire []byte, leave func(), err error) {
	no := func(status int, code, detail string) (*Agent, []byte, func(), error) {
		return nil, nil, nil, refused{status, code, detail}
	}
	id := r.Header.Get(agentproto.HeaderAgent)
	if id == "" || len(id) > maxHeader || line(id, maxHeader) != id {
		return no(http.StatusUnauthorized, agentproto.CodeSignature, "the request names no agent")
	}
	err = d.db.View(r.Context(), access.System(), func(v *records.View) (err error) {
		agent, err = agentByID(v, id)
		return err
	})
	switch {
	case err != nil:
		return nil, nil, nil, err
	case agent == nil:
		return no(http.StatusUnauthorized, agentproto.CodeSignature, "the agent is not known here")
	case !agent.RevokedAt.IsZero():
		return no(http.StatusForbidden, agentproto.CodeRevoked, errRevoked.Error())
	case r.ContentLength > most:
		return no(http.StatusRequestEntityTooLarge, agentproto.CodeTooLarge, agentproto.ErrTooLarge.Error())
	}
	room := d.short
	if r.ContentLength < 0 || r.ContentLength > longWire {
		room = d.long
	}
	if leave, err = room.enter(r.Context()); err != nil {
		return nil, nil, nil, err
	}
	if wire, err = agentproto.ReadWire(http.MaxBytesReader(w, r.Body, most), r.ContentLength); err != nil {
		leave()
		return nil, nil, nil, unread(err)
	}
	if err := agentproto.Verify(r.Header, agent.Key, r.Method, path, wire, d.db.Now()); err != nil {
		leave()
		code := agentproto.CodeSignature
		if errors.Is(err, agentproto.ErrClock) {
			code = agentproto.CodeClock
		}
		return no(http.StatusUnauthorized, code, err.Error())
	}
	return agent, wire, leave, nil
}

// update runs fn as Steward on behalf of an agent, whose name the history shows.
func (d *door) update(ctx context.Context, origin, name string, fn func(u *records.Tx) error) error {
	actor := access.System()
	actor.Name = name
	return d.db.Update(ctx, actor, func(u *records.Tx) error {
		u.Origin = origin
		return fn(u)
	})
}

func invalid(err error) error {
	if errors.Is(err, agentproto.ErrTooLarge) {
		return refused{http.StatusRequestEntityTooLarge, agentproto.CodeTooLarge, err.Error()}
	}
	return refused{http.StatusUnprocessableEntity, agentproto.CodeInvalid, err.Error()}
}

// unread is why a body could not be read: too large, or cut off on the way.
func unread(err error) error {
	var most *http.MaxBytesError
	if errors.As(err, &most) || errors.Is(err, agentproto.ErrTooLarge) {
		return refused{http.StatusRequestEntityTooLarge, agentproto.CodeTooLarge, "the body is too large"}
	}
	return refused{http.StatusBadRequest, agentproto.CodeInvalid, "the body could not be read: " + err.Error()}
}
