// Package debtracker reads the Debian security tracker's JSON: for every source
// package, every CVE and every release, the state and the version that mends it.
package debtracker

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"steward/collect/advisory"
	"steward/collect/advisory/feed"
)

// releases are Debian's releases by codename; sid has no number.
var releases = map[string]string{"wheezy": "7", "jessie": "8", "stretch": "9", "buster": "10", "bullseye": "11", "bookworm": "12", "trixie": "13", "forky": "14", "duke": "15", "sid": "sid"}

type entry struct {
	Description string `json:"description"`
	Scope       string `json:"scope"`
	Releases    map[string]struct {
		Status       string `json:"status"`
		FixedVersion string `json:"fixed_version"`
		Urgency      string `json:"urgency"`
		NoDSA        string `json:"nodsa"`
		NoDSAReason  string `json:"nodsa_reason"`
	} `json:"releases"`
}

// Parse calls take for each CVE of each source package, one after the other.
// The document is read as a stream; a package whose part is not as it should be
// goes to problems.
func Parse(doc []byte, problems *feed.Problems, take func(*advisory.Advisory)) error {
	d := json.NewDecoder(bytes.NewReader(doc))
	t, err := d.Token()
	if err != nil || t != json.Delim('{') {
		return errors.New("no object of source packages; this is not the tracker's JSON")
	}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return fmt.Errorf("byte %d: %w", d.InputOffset(), err)
		}
		source, ok := t.(string)
		if !ok || source == "" {
			return fmt.Errorf("byte %d: a source package without name", d.InputOffset())
		}
		var cves map[string]entry
		if err := d.Decode(&cves); err != nil {
			var kind *json.UnmarshalTypeError
			if errors.As(err, &kind) {
				problems.Add(source, err)
				continue
			}
			return fmt.Errorf("%s: %w", source, err)
		}
		for _, id := range slices.Sorted(maps.Keys(cves)) {
			a := convert(source, id, cves[id])
			take(&a)
		}
	}
	if _, err := d.Token(); err != nil {
		return fmt.Errorf("byte %d: %w", d.InputOffset(), err)
	}
	return nil
}

func convert(source, id string, e entry) advisory.Advisory {
	title := e.Description
	if r := []rune(title); len(r) > 300 {
		title = string(r[:299]) + "…"
	}
	// One id speaks of several source packages, so its id in the index carries
	// the package.
	a := advisory.Advisory{ID: id + "/" + source, Kind: advisory.Security, Title: title, URL: "https://security-tracker.debian.org/tracker/" + id}
	if strings.HasPrefix(id, "CVE-") {
		a.Aliases = []string{id}
	}
	for _, name := range slices.Sorted(maps.Keys(e.Releases)) {
		r := e.Releases[name]
		release := releases[strings.TrimSuffix(name, "-security")]
		if release == "" {
			release = name
		}
		x := advisory.Affect{Ecosystem: "Debian:" + release, Name: source}
		if u := strings.TrimRight(r.Urgency, "*"); u != "not yet assigned" && u != "end-of-life" {
			x.Rating = u
		} else if u == "end-of-life" {
			x.NoFix = "end of life"
		}
		if r.NoDSAReason != "" {
			x.NoFix = "no security advisory is planned: " + r.NoDSAReason
		} else if r.NoDSA != "" {
			x.NoFix = "no security advisory is planned: " + r.NoDSA
		}
		switch {
		case r.Status == "resolved" && r.FixedVersion == "0":
			x.Status, x.Why = advisory.NotAffected, "never vulnerable in this release"
		case r.Status == "resolved" && r.FixedVersion != "":
			x.NoFix = ""
			x.Ranges = []advisory.Range{{Type: advisory.Ecosystem, Events: []advisory.Event{{Kind: advisory.Introduced, Version: "0"}, {Kind: advisory.FixedAt, Version: r.FixedVersion}}}}
		case r.Status == "open":
		case r.Status == "undetermined":
			x.Status = advisory.Investigating
		default:
			continue
		}
		a.Affected = append(a.Affected, x)
	}
	return a
}
