package settings

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/records"
	"steward/kernel/signin"
)

// power is what one grant lets somebody do: an act in an area, as far as a scope reaches.
type power struct {
	Area        string             `json:"area"`
	Act         access.Act         `json:"act"`
	Scope       access.Scope       `json:"scope"`
	Sensitivity access.Sensitivity `json:"sensitivity,omitempty"`
}

func powerOf(g access.Grant) power { return power{g.Area, g.Act, g.Scope, g.Sensitivity} }

func (p power) grant(role string) access.Grant {
	return access.Grant{Role: role, Area: p.Area, Act: p.Act, Scope: p.Scope, Sensitivity: p.Sensitivity}
}

// key is the power in a form's field; reach leaves the act out.
func (p power) key() string   { return p.reach() + "|" + string(p.Act) }
func (p power) reach() string { return p.Area + "|" + string(p.Scope) + "|" + string(p.Sensitivity) }

// readPower reads what key wrote, with or without an act, and refuses what is outside the
// vocabulary.
func readPower(text string) (p power, err error) {
	parts := strings.Split(text, "|")
	if len(parts) < 3 || len(parts) > 4 {
		return p, fail.Named("g", "settings.roles.broken", "“{value}” is no grant.").With("value", text)
	}
	p = power{Area: parts[0], Scope: access.Scope(parts[1]), Sensitivity: access.Sensitivity(parts[2]), Act: access.View}
	if len(parts) == 4 {
		p.Act = access.Act(parts[3])
	}
	return p, p.grant("").Check()
}

// comparePowers orders as the vocabulary does: by area, scope, sensitivity and act.
func comparePowers(a, b power) int {
	area := func(p power) int { return slices.Index(access.Areas, p.Area) } // everywhere: -1, first
	return cmp.Or(cmp.Compare(area(a), area(b)), cmp.Compare(slices.Index(access.Scopes, a.Scope), slices.Index(access.Scopes, b.Scope)),
		cmp.Compare(slices.Index(access.Sensitivities, a.Sensitivity), slices.Index(access.Sensitivities, b.Sensitivity)), cmp.Compare(slices.Index(access.Acts, a.Act), slices.Index(access.Acts, b.Act)))
}

// covered reports whether one of the powers gives p, too: for all areas, or for all records.
func covered(list []power, p power) bool {
	return slices.ContainsFunc(list, func(q power) bool {
		return q.Act == p.Act && q.Sensitivity == p.Sensitivity && (q.Area == p.Area || q.Area == access.Everywhere && q.Sensitivity == access.Ordinary) && (q.Scope == p.Scope || q.Scope == access.All)
	})
}

// held is a power of a role and how the role comes to have it.
type held struct {
	power
	Shipped bool
	Until   time.Time // the last end of what was added; zero: none
	Waits   bool      // for a second person
	added   []string  // ids of grants
	taken   []string  // ids of what withdraws it
}

// active reports whether the role gives it, or will once a second person agreed.
func (h *held) active() bool { return h.Shipped && len(h.taken) == 0 || len(h.added) > 0 }

// powersOf are what a role gives, and what it ships with and gives no more.
func powersOf(r records.Reader, role string) ([]*held, error) {
	var out []*held
	at := func(p power) *held {
		for _, h := range out {
			if h.power == p {
				return h
			}
		}
		out = append(out, &held{power: p})
		return out[len(out)-1]
	}
	shipped, _ := access.RoleNamed(role)
	for _, g := range shipped.Grants {
		at(powerOf(g)).Shipped = true
	}
	all, err := signin.Grants(r)
	for _, g := range all {
		if g.Role != role || !g.Until.IsZero() && !r.Reading().Now.Before(g.Until) {
			continue
		}
		h := at(powerOf(g.Grant))
		if g.Withdrawn {
			h.taken = append(h.taken, g.ID)
			continue
		}
		if h.Waits = g.Waits(); len(h.added) == 0 || h.Until.Before(g.Until) && !h.Until.IsZero() || g.Until.IsZero() {
			h.Until = g.Until
		}
		h.added = append(h.added, g.ID)
	}
	slices.SortFunc(out, func(a, b *held) int { return comparePowers(a.power, b.power) })
	return out, err
}

// wanted is what a role shall give, each with its end; zero: none.
type wanted map[power]time.Time

// keepPowers makes a role give exactly what is wanted, and returns how many grants were
// added, withdrawn or taken back. What stays keeps its end.
func keepPowers(u *records.Tx, role string, want wanted, reason string) (changed int, err error) {
	now, err := powersOf(u, role)
	if err != nil {
		return 0, err
	}
	remove := func(ids []string) {
		for _, id := range ids {
			if changed++; err == nil {
				err = signin.RemoveGrant(u, id)
			}
		}
	}
	add := func(g signin.Grant) {
		if changed++; err == nil {
			g.Reason = reason
			_, err = signin.AddGrant(u, g)
		}
	}
	for _, h := range now {
		_, keep := want[h.power]
		switch {
		case keep && !h.active():
			remove(h.taken)
		case !keep && h.active():
			remove(h.added)
			if h.Shipped {
				add(signin.Grant{Grant: h.grant(role), Withdrawn: true})
			}
		}
	}
	var fresh []power
	for p := range want {
		if !slices.ContainsFunc(now, func(h *held) bool { return h.power == p }) {
			fresh = append(fresh, p)
		}
	}
	slices.SortFunc(fresh, comparePowers)
	for _, p := range fresh {
		g := signin.Grant{Grant: p.grant(role)}
		g.Until = want[p]
		add(g)
	}
	return changed, err
}
