package device

import (
	"strings"

	"steward/collect/network/seen"
)

var supplyKinds = []string{"other", "unknown", "toner", "waste-toner", "ink", "ink-cartridge", "ink-ribbon", "waste-ink", "drum", "developer", "fuser-oil", "solid-wax", "ribbon-wax", "waste-wax",
	"fuser", "corona-wire", "fuser-oil-wick", "cleaner-unit", "fuser-cleaning-pad", "transfer-unit", "toner-cartridge", "fuser-oiler", "water", "waste-water", "glue-water-additive", "waste-paper",
	"binding-supply", "banding-supply", "stitching-wire", "shrink-wrap", "paper-wrap", "staples", "inserts", "covers"}

var supplyUnits = map[int64]string{3: "ten-thousandths of an inch", 4: "micrometres", 7: "impressions", 8: "sheets", 11: "hours", 12: "thousandths of an ounce", 13: "tenths of a gram",
	14: "hundredths of a fluid ounce", 15: "tenths of a millilitre", 16: "feet", 17: "metres", 18: "items", 19: "percent"}

// hrPrinterDetectedErrorState, first bit highest: RFC 2790 and RFC 3805.
var printerErrors = []string{"low-paper", "no-paper", "low-toner", "no-toner", "door-open", "jammed", "offline", "service-requested",
	"input-tray-missing", "output-tray-missing", "marker-supply-missing", "output-near-full", "output-full", "input-tray-empty", "overdue-maintenance"}

// printer reads Printer-MIB (RFC 3805) and the printer table of
// HOST-RESOURCES-MIB.
func (r *reader) printer() int {
	p := &seen.Printer{}
	colors := map[string]string{}
	for _, w := range r.table("1.3.6.1.2.1.43.12.1.1", 4).list {
		colors[w.index.String()] = w.text(4)
	}
	for _, w := range r.table("1.3.6.1.2.1.43.11.1.1", 3, 4, 5, 6, 7, 8, 9).list {
		if len(w.index) != 2 {
			continue
		}
		s := seen.Supply{Index: w.index.String(), Name: w.text(6), Kind: word(w.int(5), supplyKinds...), Filled: w.int(4) == 4, Unit: supplyUnits[w.int(7)]}
		if c := w.int(3); c > 0 {
			s.Color = colors[w.index[:1].With(uint32(c)).String()]
		}
		s.Max, s.Level, s.Percent, s.State = level(w, 8, 9)
		p.Supplies = append(p.Supplies, s)
	}
	for _, w := range r.table("1.3.6.1.2.1.43.8.2.1", 9, 10, 12, 13, 18).list {
		t := seen.Tray{Index: w.index.String(), Name: w.text(13), Media: w.text(12)}
		if t.Name == "" {
			t.Name = w.text(18)
		}
		t.Max, t.Level, _, t.State = level(w, 9, 10)
		p.Trays = append(p.Trays, t)
	}
	for _, w := range r.table("1.3.6.1.2.1.43.10.2.1", 3, 4).list {
		if n := number(w.get(4)); n != nil && *n >= 0 && p.Pages == nil {
			p.Pages, p.Unit = n, supplyUnits[w.int(3)]
		}
	}
	if p.Pages == nil && len(p.Supplies) == 0 && len(p.Trays) == 0 {
		return 0
	}
	for _, w := range r.table("1.3.6.1.2.1.43.16.5.1", 2).list {
		if t := w.text(2); t != "" && len(p.Console) < 16 {
			p.Console = append(p.Console, t)
		}
	}
	for _, w := range r.table("1.3.6.1.2.1.43.18.1.1", 8).list {
		if t := w.text(8); t != "" && len(p.Alerts) < 50 {
			p.Alerts = append(p.Alerts, t)
		}
	}
	if list := r.table("1.3.6.1.2.1.25.3.5.1", 1, 2).list; len(list) > 0 {
		w := list[0]
		p.Status = word(w.int(1), "other", "unknown", "idle", "printing", "warmup")
		for i, name := range printerErrors {
			if b := w.get(2).Bytes; i/8 < len(b) && b[i/8]&(0x80>>(i%8)) != 0 {
				p.Errors = append(p.Errors, name)
			}
		}
	}
	r.d.Printer = p
	return 1 + len(p.Supplies) + len(p.Trays)
}

// level reads a pair of capacity and level. Below zero they are words: -1 no
// bound, -2 unknown, -3 something is left.
func level(w row, capacity, now uint32) (most, left *int64, percent *int, state string) {
	most, left = number(w.get(capacity)), number(w.get(now))
	if most != nil && *most < 0 {
		most = nil
	}
	if left != nil && *left < 0 {
		switch *left {
		case -3:
			state = "some-left"
		default:
			state = "unknown"
		}
		left = nil
	}
	if most != nil && left != nil && *most > 0 && *left <= *most {
		percent = new(int((*left*100 + *most/2) / *most))
	} else if left != nil && strings.HasPrefix(supplyUnits[w.int(7)], "percent") && *left <= 100 {
		percent = new(int(*left))
	}
	return most, left, percent, state
}
