package decisions

import (
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"steward/kernel/records"
	"steward/kernel/words"
)

// State is where a decision stands.
type State string

const (
	Open      State = "open"
	Second    State = "second" // decided by one; a second person must agree
	Decided   State = "decided"
	Withdrawn State = "withdrawn" // the cause is gone
)

// Decision is one matter, as it was asked and how it was answered.
type Decision struct {
	ID   string
	Kind string
	Area string
	Ask
	State          State
	Delegate       string // person; "" for nobody
	DelegatedUntil records.Date
	DelegatedBy    string
	Outcome        string // key of the option chosen, "" before
	Reason         string
	DecidedBy      string
	DecidedName    string
	DecidedAt      time.Time
	SecondBy       string
	SecondName     string
	SecondReason   string
	SecondAt       time.Time
	AskedAt        time.Time
	ChangedAt      time.Time
	Version        int64
}

// Option returns the option with a key; nil for none.
func (d *Decision) Option(key string) *Option {
	for i := range d.Options {
		if d.Options[i].Key == key {
			return &d.Options[i]
		}
	}
	return nil
}

// Waits reports whether somebody still has to answer.
func (d *Decision) Waits() bool { return d.State == Open || d.State == Second }

// content is what the module asks, beside what has columns of its own.
type content struct {
	Title       words.Said `json:"title"`
	Context     words.Said `json:"context"`
	Facts       []Fact     `json:"facts,omitempty"`
	Options     []Option   `json:"options"`
	Recommended string     `json:"recommended,omitempty"`
}

// kept returns the ask's content as JSON, and a hash of what somebody who has
// answered relied on: the options and the amount.
func (a *Ask) kept() (text, hash string, err error) {
	raw, err := json.Marshal(content{a.Title, a.Context, a.Facts, a.Options, a.Recommended})
	if err != nil {
		return "", "", fmt.Errorf("decisions: ask %q: %w", a.Key, err)
	}
	relied, err := json.Marshal(struct {
		Options []Option
		Amount  records.Opt[records.Money]
	}{a.Options, a.Amount})
	if err != nil {
		return "", "", fmt.Errorf("decisions: ask %q: %w", a.Key, err)
	}
	sum := sha256.Sum256(relied)
	return string(raw), hex.EncodeToString(sum[:16]), nil
}

const columns = `id, kind, natural_key, area, subject_type, subject, content, state, decide_by, assignee, role, requester, amount, currency,
delegate, delegated_until, delegated_by, outcome, reason, decided_by, decided_name, decided_at, second_by, second_name, second_reason, second_at, asked_at, changed_at, version`

func scan(rows *sql.Rows) (*Decision, error) {
	d := &Decision{}
	var typeName, subject, raw string
	var by, assignee, role, requester, currency, delegate, until, delegatedBy, outcome, reason, decidedBy, decidedName, secondBy, secondName, secondReason sql.NullString
	var amount, decidedAt, secondAt sql.NullInt64
	var asked, changed int64
	err := rows.Scan(&d.ID, &d.Kind, &d.Key, &d.Area, &typeName, &subject, &raw, (*string)(&d.State), &by, &assignee, &role, &requester, &amount, &currency,
		&delegate, &until, &delegatedBy, &outcome, &reason, &decidedBy, &decidedName, &decidedAt, &secondBy, &secondName, &secondReason, &secondAt, &asked, &changed, &d.Version)
	if err != nil {
		return nil, err
	}
	if typeName != "" {
		d.Subject = records.MakeRef(typeName, subject)
	}
	var c content
	if err := json.Unmarshal([]byte(raw), &c); err != nil {
		return nil, fmt.Errorf("decision %s: %w", d.ID, err)
	}
	d.Title, d.Context, d.Facts, d.Options, d.Recommended = c.Title, c.Context, c.Facts, c.Options, c.Recommended
	d.DecideBy, d.Assignee, d.Role, d.Requester = records.Date(by.String), assignee.String, role.String, requester.String
	if amount.Valid {
		d.Amount = records.Some(records.Money{Minor: amount.Int64, Currency: currency.String})
	}
	d.Delegate, d.DelegatedUntil, d.DelegatedBy = delegate.String, records.Date(until.String), delegatedBy.String
	d.Outcome, d.Reason, d.DecidedBy, d.DecidedName = outcome.String, reason.String, decidedBy.String, decidedName.String
	d.SecondBy, d.SecondName, d.SecondReason = secondBy.String, secondName.String, secondReason.String
	d.DecidedAt, d.SecondAt = moment(decidedAt), moment(secondAt)
	d.AskedAt, d.ChangedAt = time.UnixMicro(asked).UTC(), time.UnixMicro(changed).UTC()
	return d, nil
}

func moment(n sql.NullInt64) time.Time {
	if !n.Valid {
		return time.Time{}
	}
	return time.UnixMicro(n.Int64).UTC()
}

func query(r records.Reader, where string, args ...any) (out []*Decision, err error) {
	err = r.Reading().Each("SELECT "+columns+" FROM decision "+where, args, func(rows *sql.Rows) error {
		d, err := scan(rows)
		out = append(out, d)
		return err
	})
	return out, err
}

// Event is one thing that happened to a decision.
type Event struct {
	At               time.Time
	Act              string // asked, changed, decided, agreed, refused, delegated, withdrawn
	Actor, ActorName string
	Note             string // the reason given
	Detail           string // option, person
}

func (d *Decision) happened(u *records.Tx, act, note, detail string) error {
	_, err := u.Exec("INSERT INTO decision_event (id, decision, at, act, actor, actor_name, note, detail) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
		u.NewID(), d.ID, u.Now.UnixMicro(), act, u.Actor.Person, u.Actor.Name, note, detail)
	return err
}

// Events are what happened to a decision, oldest first. The caller has read it.
func Events(r records.Reader, id string) (out []Event, err error) {
	err = r.Reading().Each("SELECT at, act, actor, actor_name, note, detail FROM decision_event WHERE decision = $1 ORDER BY at, id", []any{id}, func(rows *sql.Rows) error {
		var e Event
		var at int64
		if err := rows.Scan(&at, &e.Act, &e.Actor, &e.ActorName, &e.Note, &e.Detail); err != nil {
			return err
		}
		e.At = time.UnixMicro(at).UTC()
		out = append(out, e)
		return nil
	})
	return out, err
}

func null(s string) any {
	if s == "" {
		return nil
	}
	return s
}
