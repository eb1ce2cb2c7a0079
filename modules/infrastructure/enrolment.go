package infrastructure

import (
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"steward/collect/agentproto"
	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/records"
	"steward/kernel/seal"
)

// Enrolment is a token that lets machines enrol: so many, until then. Only its
// hash is kept.
type Enrolment struct {
	ID, Label string
	Expires   time.Time
	UsesLeft  int64
	MadeAt    time.Time
}

// The bounds of an enrolment token.
const (
	MostUses   = 10_000
	LongestUse = 90 * 24 * time.Hour
)

// NewEnrolment makes a token for a number of machines and returns it; it cannot
// be read again. Who may add hosts may make one.
func NewEnrolment(u *records.Tx, label string, uses int64, lasts time.Duration) (token string, err error) {
	var bad []*fail.Error
	if uses < 1 || uses > MostUses {
		bad = append(bad, fail.Named("uses", "infrastructure.enrolment.uses", "A token is for 1 to {most} machines.").With("most", MostUses))
	}
	if lasts < time.Minute || lasts > LongestUse {
		bad = append(bad, fail.Named("days", "infrastructure.enrolment.lasts", "A token holds for at most {days} days.").With("days", int(LongestUse.Hours()/24)))
	}
	if label = line(label, 200); label == "" {
		label = "agents"
	}
	if err := fail.Join(bad); err != nil {
		return "", err
	}
	if !Hosts.Def().MayAny(u, access.Add) {
		return "", fail.New(fail.Forbidden, "infrastructure.enrolment.forbidden", "You may not add hosts.")
	}
	b := make([]byte, 24)
	rand.Read(b)
	token = "stw_" + base64.RawURLEncoding.EncodeToString(b)
	var by any
	if u.Actor.Person != "" {
		by = u.Actor.Person
	}
	_, err = u.Exec("INSERT INTO infrastructure_enrolment (id, hash, label, expires_at, uses_left, made_at, made_by) VALUES ($1, $2, $3, $4, $5, $6, $7)",
		records.NewID(u.Now), hashToken(token), label, u.Now.Add(lasts).UnixMicro(), uses, u.Now.UnixMicro(), by)
	return token, err
}

// Enrolments are the tokens that can still be used, newest first.
func Enrolments(r records.Reader) (out []Enrolment, err error) {
	v := r.Reading()
	err = v.Each("SELECT id, label, expires_at, uses_left, made_at FROM infrastructure_enrolment WHERE uses_left > 0 AND expires_at > $1 ORDER BY made_at DESC, id DESC LIMIT 100", []any{v.Now.UnixMicro()}, func(rows *sql.Rows) error {
		var e Enrolment
		var expires, made int64
		err := rows.Scan(&e.ID, &e.Label, &expires, &e.UsesLeft, &made)
		e.Expires, e.MadeAt = time.UnixMicro(expires).UTC(), time.UnixMicro(made).UTC()
		out = append(out, e)
		return err
	})
	return out, err
}

// EndEnrolment makes a token worthless; agents that enrolled with it stay.
func EndEnrolment(u *records.Tx, id string) error {
	_, err := u.Exec("UPDATE infrastructure_enrolment SET uses_left = 0 WHERE id = $1", id)
	return err
}

// hashToken is how a token is kept: random enough to need no salt.
func hashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// Why an enrolment is refused, besides a request that cannot be read.
var (
	errToken     = errors.New("the token is not known, or its time is over")
	errTokenUsed = errors.New("the token has been used as often as it may")
	errRevoked   = errors.New("the agent was revoked")
)

// Agent is a program on a machine that reports to us with a key of its own.
type Agent struct {
	ID, Hostname, Platform, Version string
	Host                            records.Opt[records.ID[Host]]
	EnrolledAt, CertifiedUntil      time.Time
	RevokedAt                       time.Time // zero: it may report
	Key                             crypto.PublicKey
}

// Agents are the enrolled agents, newest first: those of a host, or all.
func Agents(r records.Reader, host records.ID[Host], limit int) ([]Agent, error) {
	query, args := "ORDER BY enrolled_at DESC, id DESC LIMIT $1", []any{limit}
	if host != "" {
		query, args = "WHERE host = $2 "+query, append(args, string(host))
	}
	return agents(r, query, args)
}

// agentByID returns an agent; nil if there is none.
func agentByID(r records.Reader, id string) (*Agent, error) {
	return firstAgent(r, "WHERE id = $1", id)
}

func firstAgent(r records.Reader, where string, arg string) (*Agent, error) {
	list, err := agents(r, where, []any{arg})
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return &list[0], nil
}

func agents(r records.Reader, where string, args []any) (out []Agent, err error) {
	err = r.Reading().Each("SELECT id, host, hostname, platform, version, enrolled_at, certified_until, revoked_at, public_key FROM infrastructure_agent "+where, args, func(rows *sql.Rows) error {
		var a Agent
		var host sql.NullString
		var enrolled, until int64
		var revoked sql.NullInt64
		var key string
		if err := rows.Scan(&a.ID, &host, &a.Hostname, &a.Platform, &a.Version, &enrolled, &until, &revoked, &key); err != nil {
			return err
		}
		if host.Valid {
			a.Host = records.Some(records.ID[Host](host.String))
		}
		a.EnrolledAt, a.CertifiedUntil = time.UnixMicro(enrolled).UTC(), time.UnixMicro(until).UTC()
		if revoked.Valid {
			a.RevokedAt = time.UnixMicro(revoked.Int64).UTC()
		}
		der, err := base64.StdEncoding.DecodeString(key)
		if err == nil {
			a.Key, err = x509.ParsePKIXPublicKey(der)
		}
		if err != nil {
			return fmt.Errorf("the key of agent %s: %w", a.ID, err)
		}
		out = append(out, a)
		return nil
	})
	return out, err
}

// Revoke takes an agent's right to report away, for good: the machine has to
// enrol again with a new key.
func Revoke(u *records.Tx, id string) error {
	a, err := agentByID(u, id)
	if err != nil {
		return err
	}
	if a == nil {
		return records.NotFound()
	}
	if !Hosts.Def().MayAny(u, access.Archive) {
		return fail.New(fail.Forbidden, "infrastructure.agent.forbidden", "You may not take an agent's right to report away.")
	}
	_, err = u.Exec("UPDATE infrastructure_agent SET revoked_at = $1, revoked_by = $2 WHERE id = $3 AND revoked_at IS NULL", u.Now.UnixMicro(), u.Actor.Person, id)
	if err == nil && a.Host.Set {
		err = Hosts.Def().Note(u, string(a.Host.V), 0, "revoke", map[string]any{"agent": []any{a.ID, nil}})
	}
	return err
}

// enrol makes an agent of a machine that shows a token. One that lost the
// answer and asks again with the same key gets the same agent.
func enrol(u *records.Tx, k *seal.Key, req agentproto.EnrolRequest, csr *x509.CertificateRequest) (agentproto.Enrolment, error) {
	var none agentproto.Enrolment
	var id string
	var expires, left int64
	found, err := u.Row("SELECT id, expires_at, uses_left FROM infrastructure_enrolment WHERE hash = $1", []any{hashToken(req.Token)}, &id, &expires, &left)
	if err != nil {
		return none, err
	}
	if !found || u.Now.UnixMicro() >= expires {
		return none, errToken
	}
	key := base64.StdEncoding.EncodeToString(csr.RawSubjectPublicKeyInfo)
	var agent, with string
	var revoked sql.NullInt64
	known, err := u.Row("SELECT id, enrolment, revoked_at FROM infrastructure_agent WHERE public_key = $1", []any{key}, &agent, &with, &revoked)
	switch {
	case err != nil:
		return none, err
	case known && revoked.Valid:
		return none, errRevoked
	case known && with != id, !known && left == 0:
		return none, errTokenUsed
	case !known:
		agent = records.NewID(u.Now)
	}
	issuer, err := openIssuer(u, k)
	if err != nil {
		return none, err
	}
	certificate, until, err := issuer.certify(csr, agent, u.Now)
	if err != nil {
		return none, err
	}
	if !known {
		if _, err := u.Exec("UPDATE infrastructure_enrolment SET uses_left = uses_left - 1 WHERE id = $1", id); err != nil {
			return none, err
		}
		_, err = u.Exec("INSERT INTO infrastructure_agent (id, enrolment, public_key, hostname, platform, version, enrolled_at, certified_until) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
			agent, id, key, line(req.Hostname, 255), line(req.Platform, 100), line(req.Version, 100), u.Now.UnixMicro(), until.UnixMicro())
	} else {
		_, err = u.Exec("UPDATE infrastructure_agent SET certified_until = $1 WHERE id = $2", until.UnixMicro(), agent)
	}
	return agentproto.Enrolment{Certificate: certificate, AgentID: agent}, err
}

// recertify gives an agent a new certificate, for a new key if it made one.
func recertify(u *records.Tx, k *seal.Key, agent string, csr *x509.CertificateRequest) (agentproto.Enrolment, error) {
	issuer, err := openIssuer(u, k)
	if err != nil {
		return agentproto.Enrolment{}, err
	}
	certificate, until, err := issuer.certify(csr, agent, u.Now)
	if err != nil {
		return agentproto.Enrolment{}, err
	}
	_, err = u.Exec("UPDATE infrastructure_agent SET public_key = $1, certified_until = $2 WHERE id = $3", base64.StdEncoding.EncodeToString(csr.RawSubjectPublicKeyInfo), until.UnixMicro(), agent)
	return agentproto.Enrolment{Certificate: certificate, AgentID: agent}, err
}
