package bridge

import (
	"database/sql"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/figures"
	"steward/kernel/records"
	"steward/kernel/storage"
)

// Target is what somebody has set a figure to reach for a time, in place of the
// figure's own and of what it brings along (a plan). Shares are in percent, amounts in
// whole units of the currency.
type Target struct {
	ID     string            `json:"id"`
	Figure string            `json:"figure"`
	Scope  figures.Scope     `json:"scope"` // Organisation's also holds for units and systems without one
	From   records.Date      `json:"from"`  // first day
	Until  records.Date      `json:"until"` // last day; "" for no end
	Better figures.Direction `json:"better"`
	// Target is what is to be reached: short of it a value wants attention. Beyond Limit
	// it is bad. Either may be absent.
	Target    *float64       `json:"target"`
	Limit     *float64       `json:"limit"`
	Reason    string         `json:"reason"`
	SetBy     string         `json:"set_by"`
	SetName   string         `json:"set_name"`
	SetAt     records.Moment `json:"set_at"`
	EndedName string         `json:"ended_name,omitempty"` // who took it back; "" while it holds
	EndedAt   records.Moment `json:"ended_at,omitzero"`
}

// MaySetTarget says whether the reader may say what a figure shall reach: who
// approves in all of its area.
func MaySetTarget(r records.Reader, f *figures.Figure) bool {
	v := r.Reading()
	return slices.Contains(access.HeldScopes(v.Actor, access.Approve, f.Area, f.Closed, v.Now), access.All)
}

// SetTarget keeps a target. Of several that hold on a day the one set last counts.
// Values are judged by it from the next computation on; closed months stay.
func SetTarget(u *records.Tx, t Target) (id string, err error) {
	f, err := settable(u, t.Figure)
	if err != nil {
		return "", err
	}
	if err := t.check(u, f); err != nil {
		return "", err
	}
	t.ID, t.SetBy, t.SetName, t.SetAt = u.NewID(), u.Actor.Person, u.Actor.Name, records.MomentOf(u.Now)
	_, err = u.Exec(`INSERT INTO bridge_target (id, figure, scope, valid_from, valid_until, better, target, bound, reason, set_by, set_name, set_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`, t.ID, t.Figure, string(t.Scope), string(t.From), storage.Null(string(t.Until)), string(t.Better), t.Target, t.Limit, t.Reason, storage.Null(t.SetBy), t.SetName, int64(t.SetAt))
	if err != nil {
		return "", err
	}
	if err := figures.Soon(u); err != nil {
		return "", err
	}
	return t.ID, records.NoteSetting(u, "figure.target", nil, t)
}

// EndTarget takes a target back.
func EndTarget(u *records.Tx, figure, id string) error {
	if _, err := settable(u, figure); err != nil {
		return err
	}
	n, err := u.Exec("UPDATE bridge_target SET ended_at = $1, ended_name = $2 WHERE id = $3 AND figure = $4 AND ended_at IS NULL", u.Now.UnixMicro(), u.Actor.Name, id, figure)
	if err != nil || n == 0 {
		return orNotFound(err)
	}
	if err := figures.Soon(u); err != nil {
		return err
	}
	return records.NoteSetting(u, "figure.target", id, nil)
}

// settable is the figure, if u.Actor may set its targets.
func settable(u *records.Tx, key string) (*figures.Figure, error) {
	f := figures.SetOf(u).Figure(key)
	if f == nil {
		return nil, records.NotFound()
	}
	if !MaySetTarget(u, f) {
		if may, err := figures.MaySee(u, f, figures.Organisation); err != nil || !may {
			return nil, orNotFound(err)
		}
		return nil, fail.New(fail.Forbidden, "bridge.goal.may-not", "Only who approves in this area may say what its figures shall reach.")
	}
	return f, nil
}

func (t *Target) check(r records.Reader, f *figures.Figure) error {
	var bad []*fail.Error
	add := func(field, key, text string) { bad = append(bad, fail.Named(field, "bridge."+key, text)) }
	finite := func(x *float64) bool { return x == nil || !math.IsNaN(*x) && math.Abs(*x) <= 1e15 }
	if t.Reason = strings.TrimSpace(t.Reason); t.Reason == "" || utf8.RuneCountInString(t.Reason) > 2000 || !utf8.ValidString(t.Reason) || strings.ContainsRune(t.Reason, 0) {
		add("reason", "goal.reason", "Say why, in at most 2,000 characters.")
	}
	switch {
	case !t.From.Valid():
		add("from", "goal.from", "Say from which day on.")
	case t.Until != "" && (!t.Until.Valid() || t.Until < t.From):
		add("until", "goal.until", "The last day lies on or after the first.")
	}
	switch {
	case t.Target == nil && t.Limit == nil:
		add("target", "goal.none", "Say what is to be reached, or beyond what it is bad.")
	case !finite(t.Target) || !finite(t.Limit):
		add("target", "goal.number", "This is no number that a figure could reach.")
	case t.Better != figures.Higher && t.Better != figures.Lower:
		add("better", "goal.better", "Say whether higher or lower values are better.")
	case t.Target != nil && t.Limit != nil && (t.Better == figures.Higher && *t.Limit > *t.Target || t.Better == figures.Lower && *t.Limit < *t.Target):
		add("limit", "goal.order", "A value is bad beyond the limit, which lies on the far side of the target.")
	}
	if t.Scope != figures.Organisation {
		scopes, err := f.ComputedFor(r.Reading())
		if err != nil {
			return err
		}
		if !slices.Contains(scopes, t.Scope) {
			add("scope", "goal.scope", "The figure is not computed for this.")
		}
	}
	return fail.Join(bad)
}

// Targets lists what was set for a figure and scope, the last first, with what was
// taken back; NotFound when the reader may not see the figure.
func Targets(r records.Reader, f *figures.Figure, scope figures.Scope) ([]Target, error) {
	if may, err := figures.MaySee(r, f, scope); err != nil || !may {
		return nil, orNotFound(err)
	}
	return targets(r, "figure = $1 AND scope = $2", f.Key, string(scope))
}

// goal is what holds for a figure and scope on a day; nil for none.
func goal(r records.Reader, key string, scope figures.Scope, day records.Date) (*figures.Goal, error) {
	list, err := targets(r, "figure = $1 AND scope IN ($2, '') AND valid_from <= $3 AND COALESCE(valid_until, '9999-12-31') >= $3 AND ended_at IS NULL", key, string(scope), string(day))
	if err != nil || len(list) == 0 {
		return nil, err
	}
	t := list[max(0, slices.IndexFunc(list, func(t Target) bool { return t.Scope == scope }))]
	return &figures.Goal{Target: t.Target, Limit: t.Limit, Better: t.Better}, nil
}

func orNotFound(err error) error {
	if err == nil {
		err = records.NotFound()
	}
	return err
}

func targets(r records.Reader, where string, args ...any) (out []Target, err error) {
	err = r.Reading().Each("SELECT id, figure, scope, valid_from, valid_until, better, target, bound, reason, set_by, set_name, set_at, ended_name, ended_at FROM bridge_target WHERE "+where+" ORDER BY set_at DESC, id DESC", args, func(rows *sql.Rows) error {
		var t Target
		err := rows.Scan(&t.ID, &t.Figure, &t.Scope, &t.From, storage.Zero(&t.Until), &t.Better, &t.Target, &t.Limit, &t.Reason, storage.Zero(&t.SetBy), &t.SetName, &t.SetAt, storage.Zero(&t.EndedName), storage.Zero(&t.EndedAt))
		out = append(out, t)
		return err
	})
	return out, err
}
