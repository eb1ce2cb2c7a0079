package systems

import (
	"cmp"
	"slices"

	"steward/kernel/records"
	"steward/kernel/web"
	"steward/modules/infrastructure"
)

type hostRow struct {
	Name, Href, Text, State string
}

type securityView struct {
	Rows   []hostRow
	Fine   int64
	Silent int64 // of these nothing is known, so nothing is said of them
	Hidden int64
}

var securityTemplate = web.MustPage[securityView](files, "pages/security.html")

// securityPanel shows the state of the machines that a system stands on, those
// that want attention first.
func securityPanel(r *web.Request, rec records.Record) (*web.PanelView, error) {
	l, err := ReadLandscape(r.View)
	if err != nil {
		return nil, err
	}
	me := records.MakeRef(systemType, rec.ID())
	if l.Part(me) == nil {
		return nil, nil
	}
	ids := []string{}
	for _, id := range l.Below(string(me)) {
		if typ, id := records.Ref(id).Split(); typ == hostType {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	var view securityView
	for chunk := range slices.Chunk(ids, 400) {
		hosts, err := infrastructure.Hosts.List(r.View, records.Query{IDs: chunk})
		if err != nil {
			return nil, err
		}
		view.Hidden += int64(len(chunk) - len(hosts))
		for _, h := range hosts {
			if text, state := wants(r, h); state != "" {
				view.Rows = append(view.Rows, hostRow{h.Name, infrastructure.Hosts.Path(h.ID), text, state})
			} else if silent(h) {
				view.Silent++
			} else {
				view.Fine++
			}
		}
	}
	slices.SortStableFunc(view.Rows, func(a, b hostRow) int { return cmp.Or(cmp.Compare(a.State, b.State), cmp.Compare(a.Name, b.Name)) })
	strip := web.StripItem{Label: r.T("systems.strip.hosts", "Hosts to see to"), Href: "#security", Value: r.Lang.Int(int64(len(view.Rows))), Note: r.T("systems.strip.of-hosts", "of {count}", "count", int64(len(view.Rows))+view.Fine+view.Silent)}
	switch {
	case len(view.Rows) == 0 && view.Fine == 0 && view.Silent > 0:
		strip.Value, strip.Note = web.Unknown, r.T("systems.strip.silent", "{count} {count|host has|hosts have} told nothing yet", "count", view.Silent)
	case len(view.Rows) > 0 && view.Rows[0].State == "bad":
		strip.State = "bad"
	case len(view.Rows) > 0:
		strip.State = "warn"
	}
	view.Rows = view.Rows[:min(len(view.Rows), 8)]
	body, err := securityTemplate.Body(r, view)
	return &web.PanelView{ID: "security", Title: r.T("systems.security.title", "Security of its hosts"), Body: body, Strip: []web.StripItem{strip}}, err
}

// silent says that nothing is known of a host's protection, as of one that was added
// by hand and never reported.
func silent(h *infrastructure.Host) bool {
	return !h.OSSupportOver.Set && !h.SecurityPending.Set && !h.AntivirusState.Set && !h.FirewallState.Set && !h.Reboot.Set
}

// wants says what is wrong with a host's protection; "" and "" when nothing is known to be.
func wants(r *web.Request, h *infrastructure.Host) (text, state string) {
	var all []string
	add := func(s, said string) {
		all = append(all, said)
		if state != "bad" {
			state = s
		}
	}
	if h.OSSupportOver.V {
		add("bad", r.T("systems.security.unsupported", "operating system out of support"))
	}
	if n := h.SecurityPending.V; n > 0 {
		add("warn", r.T("systems.security.updates", "{count} security {count|update|updates}", "count", n))
	}
	if s := h.AntivirusState; s.Set && (s.V == infrastructure.Off || s.V == infrastructure.None) {
		add("bad", r.T("systems.security.antivirus", "no antivirus running"))
	}
	if s := h.FirewallState; s.Set && s.V != infrastructure.On {
		add("bad", r.T("systems.security.firewall", "firewall off"))
	}
	if h.Reboot.V {
		add("warn", r.T("systems.security.reboot", "reboot needed"))
	}
	return r.Lang.List(all...), state
}
