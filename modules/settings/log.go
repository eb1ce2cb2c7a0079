package settings

import (
	"database/sql"
	"net/http"
	"net/url"

	"steward/kernel/records"
	"steward/kernel/web"
)

type logPage struct {
	Rows       []logRow
	Next       string
	Person     string
	Sealed     int64
	SealedText string
}

type logRow struct{ When, Who, Act, Origin, Type, Title, Href, Seq string }

var logTemplate = web.MustPage[logPage](files, "pages/log.html")

// logSize is how many entries a page of the log shows.
const logSize = 100

// showLog lists every change, newest first. What the reader may not see is named
// by its type alone.
func showLog(w http.ResponseWriter, r *web.Request) error {
	after := r.FormValue("after")
	if after == "" {
		after = "~" // after every id
	}
	type entry struct {
		id, typ, record, who, origin, act string
		at                                int64
		seq                               sql.NullInt64
	}
	var all []entry
	err := r.View.Each("SELECT id, type, record, at, actor_name, origin, act, seq FROM history WHERE id < $1 ORDER BY id DESC LIMIT 101", []any{after}, func(rows *sql.Rows) error {
		var e entry
		err := rows.Scan(&e.id, &e.typ, &e.record, &e.at, &e.who, &e.origin, &e.act, &e.seq)
		all = append(all, e)
		return err
	})
	if err != nil {
		return err
	}
	var p logPage
	if len(all) > logSize {
		all = all[:logSize]
		p.Next = "/settings/log?after=" + url.QueryEscape(all[logSize-1].id)
	}
	ids := map[string][]string{}
	for _, e := range all {
		ids[e.typ] = append(ids[e.typ], e.record)
	}
	labels := map[string]map[string]records.Label{}
	for _, d := range r.Site.Registry.Defs() {
		if len(ids[d.Name]) > 0 {
			if labels[d.Name], err = d.Labels(r.View, ids[d.Name]); err != nil {
				return err
			}
		}
	}
	for _, e := range all {
		row := logRow{When: r.Moment(records.Moment(e.at)), Who: e.who, Act: r.ActText(e.act), Origin: e.origin, Type: e.typ, Seq: web.Unknown}
		if d := r.Site.Registry.Def(e.typ); d != nil {
			row.Type = r.Singular(d)
		}
		if e.typ == records.SettingType {
			row.Type, row.Title = r.T("settings.setting", "Setting"), e.record
		}
		if l, ok := labels[e.typ][e.record]; ok {
			row.Title, row.Href = l.Title, l.Path
		}
		if e.seq.Valid {
			row.Seq = r.Lang.Int(e.seq.Int64)
		}
		p.Rows = append(p.Rows, row)
	}
	if _, err := r.View.Row("SELECT COUNT(*) FROM history WHERE seq IS NOT NULL", nil, &p.Sealed); err != nil {
		return err
	}
	return logTemplate.Show(w, r, web.Shell{Title: r.T("nav.change-log", "Change log")}, p)
}
