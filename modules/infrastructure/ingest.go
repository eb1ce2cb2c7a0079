package infrastructure

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"steward/collect/agentproto"
	"steward/collect/fact"
	"steward/kernel/fail"
	"steward/kernel/records"
)

// Delivery is one inventory as it came.
type Delivery struct {
	Inventory fact.Inventory
	// Hashes are of every section the machine has, also of those left out of the
	// inventory because the server holds them; nil when it is whole.
	Hashes map[string]string
	// Source is who says so: agent:self, agent:<id>, or the name of a tool.
	Source string
	// Sequence rises with each report of an agent; 0 if it does not count them.
	Sequence int64
}

// Diff is what a delivery changed.
type Diff struct {
	New    bool      // the host was not known
	Fields int       // fields of the host that changed
	Sets   []SetDiff // facts that changed, in the order of the sets
	Want   []string  // sections that are needed in full and were left out
	Late   bool      // older than what is known already: left aside
}

// SetDiff is what changed in one set of facts.
type SetDiff struct {
	Name string
	records.Diff
}

// Any says whether there was any change.
func (d Diff) Any() bool { return d.New || d.Fields > 0 || len(d.Sets) > 0 }

// Ingest takes in a whole inventory: finds the host it is about or makes one,
// reconciles its fields, replaces its facts. The same inventory again changes
// nothing but the moment the host was seen. An inventory that names no machine
// is refused.
func Ingest(u *records.Tx, inv fact.Inventory, source string) (records.ID[Host], Diff, error) {
	return Deliver(u, Delivery{Inventory: inv, Source: source})
}

// Deliver takes in a delivery, like Ingest. Sections that the delivery only
// names and that are not known are returned in Diff.Want.
func Deliver(u *records.Tx, d Delivery) (records.ID[Host], Diff, error) {
	if d.Inventory.Version != fact.InventoryVersion {
		return "", Diff{}, fail.New(fail.Invalid, "infrastructure.ingest.version", "The inventory has version {version}; version {known} is understood.").With("version", d.Inventory.Version).With("known", fact.InventoryVersion)
	}
	if d.Hashes == nil {
		var err error
		if d.Hashes, err = d.Inventory.Hashes(); err != nil {
			return "", Diff{}, fmt.Errorf("read the inventory: %w", err)
		}
	}
	if d.Hashes["identity"] == "" {
		return "", Diff{}, fail.New(fail.Invalid, "infrastructure.ingest.nobody", "The inventory does not say which machine it is of: the section identity is missing.")
	}
	in := &ingestion{Delivery: d, u: u, whole: wholeHash(d)}
	unchanged, err := in.again()
	if err != nil || unchanged {
		return in.host, Diff{}, err
	}
	return in.run()
}

// ingestion is one delivery being taken in.
type ingestion struct {
	Delivery
	u        *records.Tx
	whole    string // hash of all sections
	via      records.ID[Host]
	host     records.ID[Host]
	last     lastReport     // of the same source about the same host
	full     fact.Inventory // with the small sections that were left out
	evidence []fact.Evidence
	diff     Diff
}

// lastReport is what a source said before.
type lastReport struct {
	known    values
	hashes   map[string]string
	sections fact.Inventory
}

// small are the sections kept whole, since fields follow from several of them.
var small = []string{"identity", "hardware", "system", "filesystems", "updates", "restart", "antivirus", "firewalls", "time_sync", "virtual", "batteries", "monitors"}

func wholeHash(d Delivery) string {
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(d.Hashes)) {
		fmt.Fprintf(h, "%s %s\n", name, d.Hashes[name])
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// again notes that a machine was seen that says what it said before: one row.
func (in *ingestion) again() (bool, error) {
	found, err := in.u.Row("SELECT via, host FROM infrastructure_host_seen WHERE source = $1 AND report_hash = $2 ORDER BY seen_at DESC LIMIT 1",
		[]any{in.Source, in.whole}, (*string)(&in.via), (*string)(&in.host))
	if err != nil || !found {
		return false, err
	}
	_, err = in.u.Exec("UPDATE infrastructure_host_seen SET seen_at = $1, reported_at = $2, sequence = $3, volatile = $4 WHERE via = $5 AND source = $6",
		in.u.Now.UnixMicro(), in.Inventory.At.UnixMicro(), in.Sequence, in.volatile(), string(in.via), in.Source)
	return true, err
}

// maxVolatile bounds what is kept of the values that change by the minute.
const maxVolatile = 64 << 10

func (in *ingestion) volatile() string {
	raw, err := json.Marshal(in.Inventory.Volatile)
	if err != nil || len(raw) > maxVolatile {
		return "{}"
	}
	return strings.ReplaceAll(string(raw), `\u0000`, "")
}

func (in *ingestion) run() (records.ID[Host], Diff, error) {
	doubts, err := in.find()
	if err != nil || len(in.diff.Want) > 0 || in.diff.Late {
		return in.host, in.diff, err
	}
	if err := in.complete(); err != nil {
		return "", in.diff, err
	}
	updates, err := in.updates()
	if err != nil {
		return "", in.diff, err
	}
	if err := in.reconcile(updates); err != nil {
		return "", in.diff, err
	}
	for _, c := range doubts {
		if err := doubt(in.u, in.host, c); err != nil {
			return "", in.diff, err
		}
	}
	if err := in.facts(updates); err != nil {
		return "", in.diff, err
	}
	if err := in.keep(); err != nil {
		return "", in.diff, err
	}
	return in.host, in.diff, in.note()
}

// find tells which host the delivery is about, and what its source last said.
func (in *ingestion) find() ([]*candidate, error) {
	// A source that has said the very same of a machine's identity means the same machine.
	found, err := in.u.Row("SELECT via, host FROM infrastructure_host_source WHERE source = $1 AND identity_hash = $2 ORDER BY at DESC LIMIT 1",
		[]any{in.Source, in.Hashes["identity"]}, (*string)(&in.via), (*string)(&in.host))
	if err != nil {
		return nil, err
	}
	var doubts []*candidate
	if !found {
		if in.Inventory.Identity.Gaps == nil && !in.Inventory.Identity.Seen {
			in.diff.Want = slices.Sorted(maps.Keys(in.Hashes)) // nothing tells which machine it is
			return nil, nil
		}
		in.evidence = evidenceOf(in.Inventory, in.Source)
		if in.host, doubts, err = identify(in.u, in.evidence); err != nil {
			return nil, err
		}
		in.via = in.host
		if in.host != "" {
			// The same source may have said something of it before it was merged.
			_, err := in.u.Row("SELECT via FROM infrastructure_host_source WHERE source = $1 AND host = $2 ORDER BY at DESC LIMIT 1", []any{in.Source, string(in.host)}, (*string)(&in.via))
			if err != nil {
				return nil, err
			}
		}
	}
	if in.host == "" {
		return doubts, nil
	}
	return doubts, in.before()
}

// before reads what the source said last, and leaves a delivery aside that is
// older: one that was sent twice, or that waited while a newer one went ahead.
func (in *ingestion) before() error {
	var sequence, reported int64
	seen, err := in.u.Row("SELECT sequence, reported_at FROM infrastructure_host_seen WHERE via = $1 AND source = $2", []any{string(in.via), in.Source}, &sequence, &reported)
	if err != nil {
		return err
	}
	if seen && in.Sequence > 0 && in.Sequence <= sequence && in.Inventory.At.UnixMicro() <= reported {
		in.diff.Late = true
		return nil
	}
	var known, hashes, sections string
	found, err := in.u.Row("SELECT known, hashes, sections FROM infrastructure_host_source WHERE via = $1 AND source = $2", []any{string(in.via), in.Source}, &known, &hashes, &sections)
	if err != nil || !found {
		return err
	}
	if in.last.known, err = readValues(known); err == nil {
		err = json.Unmarshal([]byte(hashes), &in.last.hashes)
	}
	if err == nil {
		err = json.Unmarshal([]byte(sections), &in.last.sections)
	}
	if err != nil {
		return fmt.Errorf("what %s said last of host %s: %w", in.Source, in.host, err)
	}
	return nil
}

// readValues reads values back from JSON: whole numbers stay whole.
func readValues(raw string) (values, error) {
	dec := json.NewDecoder(strings.NewReader(raw))
	dec.UseNumber()
	v := values{}
	if err := dec.Decode(&v); err != nil {
		return nil, err
	}
	for name, x := range v {
		if f := Hosts.Def().Field(name); f != nil {
			v[name] = f.Restored(x)
		} else {
			delete(v, name) // a field of an older version
		}
	}
	return v, nil
}

// complete adds the sections that were left out and are known, and says which
// are not.
func (in *ingestion) complete() error {
	in.full = in.Inventory
	present := in.Inventory.Present()
	in.diff.Want = agentproto.Report{Inventory: in.Inventory, Hashes: in.Hashes}.Missing(in.last.hashes)
	raw, err := json.Marshal(in.last.sections.Without(present...))
	if err != nil {
		return err
	}
	// The sections of the last report that are absent from this one stand as they were.
	var kept fact.Inventory
	if err := json.Unmarshal(raw, &kept); err != nil {
		return err
	}
	merge := func(name string, take func()) {
		if in.Hashes[name] != "" && !slices.Contains(present, name) && !slices.Contains(in.diff.Want, name) {
			take()
		}
	}
	merge("identity", func() { in.full.Identity = kept.Identity })
	merge("hardware", func() { in.full.Hardware = kept.Hardware })
	merge("system", func() { in.full.System = kept.System })
	merge("filesystems", func() { in.full.Filesystems = kept.Filesystems })
	merge("updates", func() { in.full.Updates = kept.Updates })
	merge("restart", func() { in.full.Restart = kept.Restart })
	merge("antivirus", func() { in.full.Antivirus = kept.Antivirus })
	merge("firewalls", func() { in.full.Firewalls = kept.Firewalls })
	merge("time_sync", func() { in.full.TimeSync = kept.TimeSync })
	merge("virtual", func() { in.full.Virtual = kept.Virtual })
	merge("batteries", func() { in.full.Batteries = kept.Batteries })
	merge("monitors", func() { in.full.Monitors = kept.Monitors })
	if in.evidence == nil {
		in.evidence = evidenceOf(in.full, in.Source)
	}
	return nil
}

// changed says whether a section is there and is not what the source last said.
func (in *ingestion) changed(section string, seen bool) bool {
	return seen && in.last.hashes[section] != in.Hashes[section]
}

// updates are the pending updates with since when each has been pending, or nil
// if they are the same as before.
func (in *ingestion) updates() ([]Update, error) {
	if !in.changed("updates", in.Inventory.Updates.Seen) {
		return nil, nil
	}
	var before []records.Fact[Update]
	if in.host != "" {
		var err error
		if before, err = Updates.List(in.u, in.host, false); err != nil {
			return nil, err
		}
	}
	return updateFacts(in.Inventory.Updates.Value.Pending, before, records.MomentOf(in.u.Now)), nil
}

// facts replaces the sets of facts whose section changed. A section that could
// not be seen says nothing: what was known stays.
func (in *ingestion) facts(updates []Update) error {
	inv := &in.Inventory
	var err error
	put := func(name string, replace func() (records.Diff, error)) {
		if err != nil {
			return
		}
		var d records.Diff
		if d, err = replace(); err == nil && d.Any() {
			in.diff.Sets = append(in.diff.Sets, SetDiff{name, d})
		}
	}
	if in.changed("packages", inv.Packages.Seen) {
		put("package", func() (records.Diff, error) { return Packages.Replace(in.u, in.host, packageFacts(inv.Packages.Value)) })
	}
	if in.changed("services", inv.Services.Seen) {
		put("service", func() (records.Diff, error) { return Services.Replace(in.u, in.host, serviceFacts(inv.Services.Value)) })
	}
	if in.changed("ports", inv.Ports.Seen) {
		put("port", func() (records.Diff, error) { return Ports.Replace(in.u, in.host, portFacts(inv.Ports.Value)) })
	}
	if in.changed("interfaces", inv.Interfaces.Seen) {
		interfaces, addresses := interfaceFacts(inv.Interfaces.Value)
		put("interface", func() (records.Diff, error) { return Interfaces.Replace(in.u, in.host, interfaces) })
		put("address", func() (records.Diff, error) { return Addresses.Replace(in.u, in.host, addresses) })
	}
	if in.changed("disks", inv.Disks.Seen) {
		put("disk", func() (records.Diff, error) { return Disks.Replace(in.u, in.host, diskFacts(inv.Disks.Value)) })
	}
	if in.changed("filesystems", inv.Filesystems.Seen) {
		put("filesystem", func() (records.Diff, error) {
			return Filesystems.Replace(in.u, in.host, filesystemFacts(inv.Filesystems.Value))
		})
	}
	if in.changed("accounts", inv.Accounts.Seen) {
		put("account", func() (records.Diff, error) { return Accounts.Replace(in.u, in.host, accountFacts(inv.Accounts.Value)) })
	}
	if updates != nil {
		put("update", func() (records.Diff, error) { return Updates.Replace(in.u, in.host, updates) })
	}
	if in.changed("servers", inv.Servers.Seen) {
		put("program", func() (records.Diff, error) { return Programs.Replace(in.u, in.host, programFacts(inv.Servers.Value)) })
	}
	return err
}

// note writes what changed in the facts into the host's history, once a delivery.
func (in *ingestion) note() error {
	if len(in.diff.Sets) == 0 {
		return nil
	}
	said := map[string]any{}
	for _, s := range in.diff.Sets {
		said[s.Name] = []any{nil, summary(s.Diff)}
	}
	h, err := Hosts.Get(in.u, in.host)
	if err != nil {
		return err
	}
	return Hosts.Def().Note(in.u, string(in.host), h.Version, "facts", said)
}

// summary says what changed in marks that need no words: +2 ~1 −3: +htop …
func summary(d records.Diff) string {
	var parts []string
	for _, p := range []struct {
		mark string
		n    int
	}{{"+", d.Added}, {"~", d.Changed}, {"−", d.Gone}} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%s%d", p.mark, p.n))
		}
	}
	s := strings.Join(parts, " ")
	if d.Added+d.Changed+d.Gone <= 200 { // a first inventory names nothing
		s += ": " + line(strings.Join(d.Names, ", "), 600)
		if len(d.Names) < d.Added+d.Changed+d.Gone {
			s += " …"
		}
	}
	return s
}
