package notices

import (
	"database/sql"
	"slices"
	"strconv"
	"time"

	"steward/kernel/decisions"
	"steward/kernel/notify"
	"steward/kernel/records"
	"steward/lib/words"
)

// told is how many decisions a person hears of one by one; more are one notice.
const told = 5

// event is one thing that happened to a decision.
type event struct {
	id, decision, act, actor, name string
	at                             time.Time
}

func events(r records.Reader, since time.Time, acts string) (out []event, err error) {
	err = r.Reading().Each("SELECT id, decision, act, actor, actor_name, at FROM decision_event WHERE id >= $1 AND act IN ("+acts+") ORDER BY id LIMIT "+strconv.Itoa(atOnce), []any{after(since)}, func(rows *sql.Rows) error {
		var e event
		var at int64
		err := rows.Scan(&e.id, &e.decision, &e.act, &e.actor, &e.name, &at)
		e.at = time.UnixMicro(at).UTC()
		out = append(out, e)
		return err
	})
	return out, err
}

// waiting finds the decisions that wait for people since they were asked, decided
// by a first person, or delegated.
func waiting(r records.Reader, since time.Time) (out []notify.Notice, err error) {
	list, err := events(r, since, "'asked', 'decided', 'refused', 'delegated'")
	if err != nil || len(list) == 0 {
		return nil, err
	}
	asked := map[string]event{}
	for _, e := range list {
		asked[e.decision] = e
	}
	people, err := deciders(r.Reading())
	if err != nil {
		return nil, err
	}
	for _, a := range people {
		mine, err := decisions.List(r.Reading().As(a), decisions.Mine, atOnce)
		if err != nil {
			return nil, err
		}
		mine = slices.DeleteFunc(mine, func(d *decisions.Decision) bool {
			e, ok := asked[d.ID]
			return !ok || e.actor == a.Person
		})
		if len(mine) > told {
			last := asked[mine[0].ID]
			for _, d := range mine {
				if e := asked[d.ID]; e.id > last.id {
					last = e
				}
			}
			out = append(out, notify.Notice{Key: "decisions " + last.id, Kind: "decision", To: []string{a.Person}, Href: "/inbox", At: last.at,
				Said: words.T("notices.decisions", "{count} {count|decision waits|decisions wait} for you").With("count", int64(len(mine)))})
			continue
		}
		for _, d := range mine {
			e := asked[d.ID]
			n := notify.Notice{Key: "decision " + e.id, Kind: "decision", To: []string{a.Person}, Subject: records.MakeRef(decision, d.ID), At: e.at,
				Said: words.T("notices.decision", "This waits for your decision: {title}").With("title", d.Title)}
			switch {
			case e.act == "delegated" && d.Delegate == a.Person:
				n.Said = words.T("notices.delegated", "{name} delegated to you: {title}").With("name", e.name, "title", d.Title)
			case e.act == "delegated":
				continue // it waited for this person before
			case d.State == decisions.Second:
				n.Said = words.T("notices.second", "{name} decided; a second person must agree: {title}").With("name", e.name, "title", d.Title)
			}
			out = append(out, n)
		}
	}
	return out, nil
}

// decided finds what was decided, for who asked for it, delegated it, or decided
// it first.
func decided(r records.Reader, since time.Time) (out []notify.Notice, err error) {
	list, err := events(r, since, "'decided', 'agreed', 'refused'")
	for _, e := range list {
		d, err := decisions.Get(r, e.decision)
		if err != nil {
			return nil, err
		}
		if d.State == decisions.Second {
			continue // not yet decided
		}
		n := notify.Notice{Key: "decided " + e.id, Kind: "decided", Subject: records.MakeRef(decision, d.ID), At: e.at,
			Said: words.T("notices.decided", "{name} decided: {title}").With("name", e.name, "title", d.Title)}
		if e.act == "refused" {
			n.Said = words.T("notices.refused", "{name} did not agree, so it is open again: {title}").With("name", e.name, "title", d.Title)
		}
		for _, person := range []string{d.Requester, d.DelegatedBy, d.DecidedBy} {
			if person != "" && person != e.actor {
				n.To = append(n.To, person)
			}
		}
		if len(n.To) > 0 {
			out = append(out, n)
		}
	}
	return out, err
}
