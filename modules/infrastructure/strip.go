package infrastructure

import (
	"database/sql"
	"net/netip"
	"strconv"

	"steward/collect/fact"
	"steward/kernel/records"
	"steward/kernel/web"
)

// addressItem is by which address the host is reached: that of the interface with
// the way out, the fourth version first, and how many more there are.
func addressItem(r *web.Request, id records.ID[Host]) (web.StripItem, error) {
	item := web.StripItem{Label: r.T("infrastructure.strip.address", "Address"), Value: web.Unknown, Href: "#network"}
	best, seen := -1, map[string]bool{}
	err := r.View.Each(`SELECT a.address, i.name, i.gateway IS NOT NULL, COALESCE(i.up, TRUE) FROM infrastructure_host_address a
JOIN infrastructure_host_interface i ON i.parent = a.parent AND i.name = a.interface
WHERE a.parent = $1 AND a.gone_at IS NULL AND i.gone_at IS NULL ORDER BY i.name, a.address`, []any{string(id)}, func(rows *sql.Rows) error {
		var text, name string
		var gateway, up bool
		if err := rows.Scan(&text, &name, &gateway, &up); err != nil {
			return err
		}
		a, err := netip.ParseAddr(text)
		if err != nil || !a.IsGlobalUnicast() {
			return nil // its own, its link's, or none at all
		}
		seen[text] = true
		worth := 0
		for _, speaks := range []struct {
			yes bool
			by  int
		}{{gateway, 4}, {up, 2}, {a.Is4(), 1}} {
			if speaks.yes {
				worth += speaks.by
			}
		}
		if worth > best {
			best, item.Value, item.Note = worth, text, name
		}
		return nil
	})
	if more := len(seen) - 1; more > 0 {
		item.Note += " · " + r.T("infrastructure.strip.more", "{count} more", "count", more)
	}
	return item, err
}

// spaceItem is the file system that is nearest to being full.
func spaceItem(r *web.Request, now fact.Volatile) web.StripItem {
	item := web.StripItem{Label: r.T("infrastructure.strip.space", "Least free space"), Value: web.Unknown, Href: "#disks"}
	least := 2.0
	for _, u := range now.Usage {
		whole := u.Free + u.Used
		if u.Free < 0 || u.Used < 0 || whole <= 0 {
			continue
		}
		if share := float64(u.Free) / float64(whole); share < least {
			least, item.Value, item.State = share, r.Lang.Size(u.Free), ""
			item.Note = r.T("infrastructure.strip.free", "{percent} % free on {mount}", "percent", strconv.Itoa(int(share*100)), "mount", line(u.Mount, 60))
			switch {
			case share < 0.05:
				item.State = "bad"
			case share < 0.1:
				item.State = "warn"
			}
		}
	}
	return item
}
