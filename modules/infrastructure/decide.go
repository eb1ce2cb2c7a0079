package infrastructure

import (
	"database/sql"
	"fmt"
	"strings"
	"time"

	"steward/kernel/access"
	"steward/kernel/decisions"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/lib/words"
)

// ownDecisions are what arises here for somebody to decide.
func ownDecisions() []decisions.Kind {
	return []decisions.Kind{
		{Name: "infrastructure.duplicate", Title: words.T("infrastructure.decision.duplicate", "Possible duplicate"), Icon: "server-2", Area: access.Infrastructure, Find: findDuplicates, Apply: applyDuplicate},
		{Name: "infrastructure.updates", Title: words.T("infrastructure.decision.updates", "Security updates"), Icon: "shield-check", Area: access.Infrastructure, Find: findUpdates, Apply: applyUpdates},
		{Name: "infrastructure.software", Title: words.T("infrastructure.decision.software", "Unknown software"), Icon: "package", Area: access.Infrastructure, Find: findSoftware, Apply: applySoftware},
	}
}

// forPerson acts as Steward itself and keeps whose answer it follows.
func forPerson(u *records.Tx) *records.Tx {
	a := access.System()
	a.Person, a.Name = u.Actor.Person, u.Actor.Name
	return u.As(a)
}

// mostAsks bounds how many matters of a kind wait at once.
const mostAsks = 200

func findDuplicates(v *records.View) ([]decisions.Ask, error) {
	open, err := Duplicates(v, "open", mostAsks)
	if err != nil {
		return nil, err
	}
	var asks []decisions.Ask
	for _, d := range open {
		a, err := Hosts.Get(v, d.A)
		if err != nil {
			return nil, err
		}
		b, err := Hosts.Get(v, d.B)
		if err != nil {
			return nil, err
		}
		if a.MergedInto.Set || b.MergedInto.Set {
			continue
		}
		ask := decisions.Ask{Key: d.ID, Subject: Hosts.Ref(d.A), Title: words.T("infrastructure.decision.duplicate.title", "Are {a} and {b} one machine?").With("a", hostLabel(a), "b", hostLabel(b)),
			Context: reasonWord(d.Reason).With(), Options: []decisions.Option{
				{Key: "first", Label: words.T("infrastructure.decision.duplicate.first", "One machine: keep {name}").With("name", hostLabel(a)), Effect: words.T("infrastructure.decision.duplicate.merges", "The other is put away and points to it; it can be undone.").With()},
				{Key: "second", Label: words.T("infrastructure.decision.duplicate.second", "One machine: keep {name}").With("name", hostLabel(b)), Effect: words.T("infrastructure.decision.duplicate.merges", "The other is put away and points to it; it can be undone.").With()},
				{Key: "distinct", Label: words.T("infrastructure.decision.duplicate.distinct", "Two machines").With(), Effect: words.T("infrastructure.decision.duplicate.stays", "Both stay, and the pair is not asked about again.").With()}}}
		for _, e := range d.Shares {
			ask.Facts = append(ask.Facts, decisions.Fact{Label: evidenceWord(e.Kind).With(), Value: words.Plain(e.Value)})
		}
		for _, kind := range d.Differs {
			ask.Facts = append(ask.Facts, decisions.Fact{Label: evidenceWord(kind).With(), Value: words.T("infrastructure.duplicate.differs", "differs").With()})
		}
		asks = append(asks, ask)
	}
	return asks, nil
}

func hostLabel(h *Host) string { return h.Name + " (" + Hosts.Def().HumanNumber(h.Number) + ")" }

// reasonWord says why two hosts may be one machine.
func reasonWord(reason string) words.Word {
	switch reason {
	case "cloned":
		return words.T("infrastructure.duplicate.cloned", "They share what a copied disk carries along and differ in what belongs to the hardware: one may be a clone of the other, or the hardware was replaced.")
	case "contradicts":
		return words.T("infrastructure.duplicate.contradicts", "They share something that belongs to one machine and differ in something else of the kind.")
	case "weak":
		return words.T("infrastructure.duplicate.weak", "They share one sign that does not prove enough by itself.")
	}
	return words.T("infrastructure.duplicate.name", "They have the same name and nothing else to tell by.")
}

// evidenceWord names a kind of evidence.
func evidenceWord(kind string) words.Word {
	switch kind {
	case "cloud_instance":
		return words.T("infrastructure.evidence.cloud", "Cloud instance")
	case "smbios_uuid":
		return words.T("infrastructure.evidence.uuid", "Firmware UUID")
	case "serial":
		return words.T("infrastructure.evidence.serial", "Serial number")
	case "board_serial":
		return words.T("infrastructure.evidence.board", "Serial number of the board")
	case "chassis_serial":
		return words.T("infrastructure.evidence.chassis", "Serial number of the case")
	case "machine_id":
		return words.T("infrastructure.evidence.machine-id", "Machine id")
	case "ssh_host_key":
		return words.T("infrastructure.evidence.ssh", "SSH host key")
	case "mac":
		return words.T("infrastructure.evidence.mac", "Hardware address")
	case "agent":
		return words.T("infrastructure.evidence.agent", "Key of the agent")
	}
	return words.T("infrastructure.evidence.name", "Name")
}

func applyDuplicate(u *records.Tx, d *decisions.Decision, option string) error {
	pair, err := openDuplicate(u, d.Key)
	if err != nil {
		return err
	}
	switch u := forPerson(u); option {
	case "first":
		return Merge(u, pair.A, pair.B, d.Reason)
	case "second":
		return Merge(u, pair.B, pair.A, d.Reason)
	default:
		return Distinct(u, d.Key)
	}
}

// nobodys stands for the hosts that belong to no unit.
const nobodys = "-"

// pendingUnapproved joins the hosts in use with their pending security updates
// that nobody has approved in the version offered.
const pendingUnapproved = `FROM infrastructure_host_update p
JOIN infrastructure_host h ON h.id = p.parent
LEFT JOIN infrastructure_approved_update a ON a.host = p.parent AND a.name = p.name AND a.arch = p.arch AND a.offered = COALESCE(p.offered, '')
WHERE p.gone_at IS NULL AND p.security AND a.host IS NULL AND ` + inUse

// rounds counts the answers given about a matter, and until when it was put off.
func rounds(v *records.View, matter string) (count map[string]int, until map[string]int64, err error) {
	count, until = map[string]int{}, map[string]int64{}
	err = v.Each("SELECT about, COUNT(*), MAX(COALESCE(until, 0)) FROM infrastructure_ruling WHERE matter = $1 GROUP BY about", []any{matter}, func(rows *sql.Rows) error {
		var about string
		var n int
		var at int64
		err := rows.Scan(&about, &n, &at)
		count[about], until[about] = n, at
		return err
	})
	return count, until, err
}

// Security updates are decided within updatesWait days of the oldest; whoever is asked
// has updatesAnswer days all the same, where one was found that is older.
const (
	updatesWait   = 14
	updatesAnswer = 7
)

func findUpdates(v *records.View) ([]decisions.Ask, error) {
	count, until, err := rounds(v, "updates")
	if err != nil {
		return nil, err
	}
	asked, err := decisions.Asked(v, "infrastructure.updates")
	if err != nil {
		return nil, err
	}
	o, _, err := org.Get(v)
	if err != nil {
		return nil, err
	}
	type group struct {
		unit           sql.NullString
		hosts, updates int64
		since          sql.NullInt64
		example        string
	}
	var groups []group
	err = v.Each("SELECT h.unit, COUNT(DISTINCT h.id), COUNT(*), MIN(p.since), MIN(h.id) "+pendingUnapproved+" GROUP BY h.unit ORDER BY h.unit", nil, func(rows *sql.Rows) error {
		var g group
		err := rows.Scan(&g.unit, &g.hosts, &g.updates, &g.since, &g.example)
		groups = append(groups, g)
		return err
	})
	if err != nil {
		return nil, err
	}
	var asks []decisions.Ask
	for _, g := range groups {
		about, name := nobodys, words.T("infrastructure.decision.updates.nobody", "hosts without a unit").With()
		subject := Hosts.Ref(records.ID[Host](g.example))
		if g.unit.Valid {
			about = g.unit.String
			unit, err := org.Units.Get(v, records.ID[org.Unit](about))
			if err != nil {
				return nil, err
			}
			name, subject = words.Plain(unit.Name), org.Units.Ref(unit.ID)
		}
		if until[about] > v.Now.UnixMicro() {
			continue
		}
		ask := decisions.Ask{Key: fmt.Sprintf("%s/%d", about, count[about]), Subject: subject, Recommended: "approve",
			Title:   words.T("infrastructure.decision.updates.title", "Approve {count} security {count|update|updates}: {group}").With("count", g.updates, "group", name),
			Context: words.T("infrastructure.decision.updates.context", "{count} {count|host waits|hosts wait} for them. The approval is kept for the versions offered now; installing them is the work of whoever keeps the hosts.").With("count", g.hosts),
			Facts:   []decisions.Fact{{Label: words.T("infrastructure.decision.updates.hosts", "Hosts").With(), Value: words.T("infrastructure.decision.number", "{count}").With("count", g.hosts), Figure: "infrastructure.security-pending"}},
			Options: []decisions.Option{
				{Key: "approve", Label: words.T("infrastructure.decision.updates.approve", "Approve").With(), Effect: words.T("infrastructure.decision.updates.approves", "The updates count as approved, with your name and reason.").With()},
				{Key: "later", Label: words.T("infrastructure.decision.updates.later", "Not this week").With(), Effect: words.T("infrastructure.decision.updates.waits", "You are asked again in seven days.").With(), Harmless: true}}}
		if g.since.Valid {
			first := records.DateOf(time.UnixMicro(g.since.Int64).In(o.Zone()))
			ask.Facts = append(ask.Facts, decisions.Fact{Label: words.T("infrastructure.decision.updates.since", "Oldest pending since").With(), Value: words.T("infrastructure.decision.day", "{day}").With("day", words.Day(first)), Figure: "infrastructure.security-age"})
			at, open := asked[ask.Key]
			if !open {
				at = v.Now
			}
			ask.DecideBy = max(first.AddDays(updatesWait), records.DateOf(at.In(o.Zone())).AddDays(updatesAnswer))
		}
		asks = append(asks, ask)
		if len(asks) == mostAsks {
			break
		}
	}
	return asks, nil
}

// rule keeps an answer about a group.
func rule(u *records.Tx, matter, about, answer string, d *decisions.Decision, until any) (id string, err error) {
	id = u.NewID()
	_, err = u.Exec("INSERT INTO infrastructure_ruling (id, matter, about, answer, decision, at, by_person, until) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
		id, matter, about, answer, d.ID, u.Now.UnixMicro(), u.Actor.Person, until)
	return id, err
}

// aboutOf is the group a decision's key names, without the round.
func aboutOf(d *decisions.Decision) string {
	at := strings.LastIndex(d.Key, "/")
	return d.Key[:max(at, 0)]
}

// applyUpdates keeps the approval. Nothing is installed.
func applyUpdates(u *records.Tx, d *decisions.Decision, option string) error {
	about := aboutOf(d)
	if option == "later" {
		_, err := rule(u, "updates", about, option, d, u.Now.Add(7*24*time.Hour).UnixMicro())
		return err
	}
	id, err := rule(u, "updates", about, option, d, nil)
	if err != nil {
		return err
	}
	cond, args := " AND h.unit IS NULL", []any{id}
	if about != nobodys {
		cond, args = " AND h.unit = $2", append(args, about)
	}
	_, err = u.Exec("INSERT INTO infrastructure_approved_update (host, name, arch, offered, ruling) SELECT p.parent, p.name, p.arch, COALESCE(p.offered, ''), $1 "+pendingUnapproved+cond, args...)
	return err
}

// fewPrograms is how many unknown programs of a source are named when asked about.
const fewPrograms = 10

func findSoftware(v *records.View) ([]decisions.Ask, error) {
	count, until, err := rounds(v, "software")
	if err != nil {
		return nil, err
	}
	type source struct {
		name            string
		programs, hosts int64
		example         string
	}
	var list []source
	err = v.Each(`SELECT COALESCE(source, ''), COUNT(*), MAX(hosts), MIN(id) FROM infrastructure_software
WHERE status = 'seen' AND hosts > 0 AND archived_at IS NULL GROUP BY COALESCE(source, '') ORDER BY 2 DESC, 1 LIMIT $1`, []any{mostAsks}, func(rows *sql.Rows) error {
		var s source
		err := rows.Scan(&s.name, &s.programs, &s.hosts, &s.example)
		list = append(list, s)
		return err
	})
	if err != nil {
		return nil, err
	}
	var asks []decisions.Ask
	for _, s := range list {
		if until[s.name] > v.Now.UnixMicro() {
			continue
		}
		name := words.Plain(s.name)
		if s.name == "" {
			name = words.T("infrastructure.decision.software.nowhere", "an unknown source").With()
		}
		few, err := Catalogue.List(v, records.Query{Where: sourceIs(s.name), Sort: "-hosts", Limit: fewPrograms})
		if err != nil {
			return nil, err
		}
		var names []string
		for _, p := range few {
			names = append(names, p.Name)
		}
		if s.programs > fewPrograms {
			names = append(names, "…")
		}
		ask := decisions.Ask{Key: fmt.Sprintf("%s/%d", s.name, count[s.name]), Subject: Catalogue.Ref(records.ID[Software](s.example)),
			Title:   words.T("infrastructure.decision.software.title", "Allow {count} {count|program|programs} of {source}?").With("count", s.programs, "source", name),
			Context: words.T("infrastructure.decision.software.context", "Found on up to {count} {count|host|hosts}, and nobody has said whether they may be there.").With("count", s.hosts),
			Facts:   []decisions.Fact{{Label: words.T("infrastructure.decision.software.programs", "Programs").With(), Value: words.Plain(strings.Join(names, ", "))}},
			Options: []decisions.Option{
				{Key: "allow", Label: words.T("infrastructure.decision.software.allow", "Allow these").With(), Effect: words.T("infrastructure.decision.software.allows", "What comes from there later is asked about again.").With()},
				{Key: "always", Label: words.T("infrastructure.decision.software.always", "Allow the source").With(), Effect: words.T("infrastructure.decision.software.allows-all", "These and everything that comes from there later is allowed.").With()},
				{Key: "never", Label: words.T("infrastructure.decision.software.never", "Block the source").With(), Effect: words.T("infrastructure.decision.software.blocks", "These and everything that comes from there later is blocked. Nothing is removed by that.").With()},
				{Key: "later", Label: words.T("infrastructure.decision.software.later", "Not now").With(), Effect: words.T("infrastructure.decision.software.waits", "You are asked again in 30 days.").With(), Harmless: true}}}
		if s.name == "" { // nothing to hold on to for what comes later
			ask.Options = []decisions.Option{ask.Options[0],
				{Key: "block", Label: words.T("infrastructure.decision.software.block", "Block these").With(), Effect: words.T("infrastructure.decision.software.blocks-these", "What comes from there later is asked about again. Nothing is removed by that.").With()},
				ask.Options[3]}
		}
		asks = append(asks, ask)
	}
	return asks, nil
}

func sourceIs(name string) []records.Cond {
	where := []records.Cond{records.Is(&Catalogue.P.Status, Seen), records.More(&Catalogue.P.Hosts, int64(0))}
	if name == "" {
		return append(where, records.Unknown(&Catalogue.P.Source))
	}
	return append(where, records.Is(&Catalogue.P.Source, name))
}

func applySoftware(u *records.Tx, d *decisions.Decision, option string) error {
	about := aboutOf(d)
	if option == "later" {
		_, err := rule(u, "software", about, option, d, u.Now.Add(30*24*time.Hour).UnixMicro())
		return err
	}
	if _, err := rule(u, "software", about, option, d, nil); err != nil {
		return err
	}
	status := Allowed
	if option == "never" || option == "block" {
		status = Blocked
	}
	all, err := Catalogue.List(u.As(access.System()), records.Query{Where: sourceIs(about)})
	if err != nil {
		return err
	}
	sys := forPerson(u)
	for _, p := range all {
		if p.Source.Or("") != about {
			continue // another source whose name folds to the same
		}
		if err := Catalogue.Update(sys, p.ID, func(p *Software) error { p.Status = status; return nil }); err != nil {
			return err
		}
	}
	return nil
}
