package decisions

import (
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"steward/kernel/records"
	"steward/kernel/storage"
	"steward/lib/words"
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
	AskedOf        string // person who was asked something first
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
delegate, delegated_until, delegated_by, outcome, reason, decided_by, decided_name, decided_at, second_by, second_name, second_reason, second_at, asked_at, changed_at, version, asked_of`

func scan(rows *sql.Rows) (*Decision, error) {
	d := &Decision{}
	var typeName, subject, raw, currency string
	var amount sql.Null[int64]
	err := rows.Scan(&d.ID, &d.Kind, &d.Key, &d.Area, &typeName, &subject, &raw, &d.State, storage.Zero(&d.DecideBy), storage.Zero(&d.Assignee), storage.Zero(&d.Role), storage.Zero(&d.Requester), &amount, storage.Zero(&currency),
		storage.Zero(&d.Delegate), storage.Zero(&d.DelegatedUntil), storage.Zero(&d.DelegatedBy), storage.Zero(&d.Outcome), storage.Zero(&d.Reason), storage.Zero(&d.DecidedBy), storage.Zero(&d.DecidedName), storage.Instant(&d.DecidedAt),
		storage.Zero(&d.SecondBy), storage.Zero(&d.SecondName), storage.Zero(&d.SecondReason), storage.Instant(&d.SecondAt), storage.Instant(&d.AskedAt), storage.Instant(&d.ChangedAt), &d.Version, storage.Zero(&d.AskedOf))
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
	if amount.Valid {
		d.Amount = records.Some(records.Money{Minor: amount.V, Currency: currency})
	}
	return d, nil
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
	Act              string // asked, changed, asked-back, answered, decided, agreed, refused, delegated, reopened, withdrawn
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
		err := rows.Scan(storage.Instant(&e.At), &e.Act, &e.Actor, &e.ActorName, &e.Note, &e.Detail)
		out = append(out, e)
		return err
	})
	return out, err
}
