package fact

import (
	_ "embed"
	"encoding/csv"
	"strings"
	"sync"
)

//go:embed support.csv
var supportTable string

// SupportTableDate is the day on which the support table was true.
const SupportTableDate = "2026-08-22"

// Support says until when an operating system is supported. A date is
// YYYY-MM-DD; an absent one was not announced.
type Support struct {
	Cycle    string `json:"cycle" doc:"the release in the support table, e.g. 12 or 11-24h2-e"`
	Codename string `json:"codename,omitempty"`
	Released string `json:"released,omitempty" doc:"day of release"`
	Active   string `json:"active_ends,omitempty" doc:"end of full support: features and all fixes"`
	Security string `json:"security_ends,omitempty" doc:"end of the vendor's ordinary security updates"`
	Extended string `json:"extended_ends,omitempty" doc:"end of long-term or paid updates, which are a choice of the organisation"`
	Ended    bool   `json:"ended,omitempty" doc:"support is over and the day is not known"`
	AsOf     string `json:"as_of" doc:"day on which the table was true"`
	Source   string `json:"source" doc:"who published it"`
}

type supportRow struct {
	product, build string
	Support
}

var supportRows = sync.OnceValue(func() []supportRow {
	r := csv.NewReader(strings.NewReader(supportTable))
	r.Comment = '#'
	records, err := r.ReadAll()
	if err != nil {
		panic("fact: support.csv: " + err.Error()) // embedded, so wrong only by a programmer's hand
	}
	var rows []supportRow
	for _, f := range records[1:] {
		row := supportRow{product: f[0], build: f[3], Support: Support{
			Cycle: f[1], Codename: f[2], Released: f[4], Active: f[5], Security: f[6], Extended: f[7],
			AsOf: SupportTableDate, Source: "endoflife.date",
		}}
		if row.Security == "ended" {
			row.Security, row.Ended = "", true
		}
		rows = append(rows, row)
	}
	return rows
})

// SupportOf finds the support period of a product's version: the cycle that is
// the version or the longest one that it begins with, part by part (12.9 → 12,
// 3.20.1 → 3.20). It returns nil when the table does not know it.
func SupportOf(product, version string) *Support {
	version = strings.ToLower(strings.TrimSpace(version))
	var best *Support
	for _, row := range supportRows() {
		if row.product != product || version == "" {
			continue
		}
		c := strings.ToLower(row.Cycle)
		if version != c && !strings.HasPrefix(version, c+".") {
			continue
		}
		if best == nil || len(c) > len(best.Cycle) {
			best = new(row.Support)
		}
	}
	return best
}

// WindowsSupport finds the support period of a Windows by its build, such as
// 10.0.22631.4460, and edition. Long-term (LTSC, LTSB) and IoT editions,
// enterprise and education editions, and home and professional editions of
// one build end at different days.
func WindowsSupport(server bool, build, edition string) *Support {
	parts := strings.SplitN(build, ".", 4)
	if len(parts) < 3 {
		return nil
	}
	build = strings.Join(parts[:3], ".")
	product := "windows"
	if server {
		product = "windows-server"
	}
	want := windowsTrack(server, edition)
	var found *Support
	for _, row := range supportRows() {
		if row.product != product || row.build != build {
			continue
		}
		track := trackOf(row.Cycle)
		if track == want {
			return new(row.Support)
		}
		if track == "" { // a row for all editions
			found = new(row.Support)
		}
	}
	return found
}

// windowsTrack is the suffix the table uses for an edition.
func windowsTrack(server bool, edition string) string {
	e := strings.ToLower(edition)
	has := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(e, w) {
				return true
			}
		}
		return false
	}
	switch {
	case server && has("semi-annual", "server, version", "serveracor", "serverdatacenteracor", "serverstandardacor"):
		return "sac"
	case server:
		return ""
	case has("iot") && has("ltsc", "ltsb", "iotenterprises"):
		return "iot-lts"
	case has("ltsc", "ltsb", "enterprises"):
		return "e-lts"
	case has("enterprise", "education", "iot"):
		return "e"
	}
	return "w"
}

func trackOf(cycle string) string {
	for _, t := range []string{"iot-lts", "e-lts", "iot", "sac", "ac", "e", "w"} {
		if strings.HasSuffix(cycle, "-"+t) {
			return t
		}
	}
	return ""
}
