package infrastructure

import (
	"database/sql"
	"fmt"
	"slices"
	"time"

	"steward/kernel/access"
	"steward/kernel/figures"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/lib/words"
)

// ownFigures are the numbers that infrastructure answers for.
func ownFigures() []figures.Figure {
	figure := func(f figures.Figure) figures.Figure {
		f.Owner, f.Area = access.MISManager, access.Infrastructure
		return f
	}
	return []figures.Figure{
		figure(figures.Figure{Key: "infrastructure.seen", Title: words.T("infrastructure.figure.seen", "Hosts seen in 24 hours"),
			Definition: words.T("infrastructure.figure.seen.definition", "Hosts in use whose agent reported within the last 24 hours."),
			Formula:    words.T("infrastructure.figure.seen.formula", "hosts that reported in 24 h ÷ hosts in use that ever reported"),
			Unit:       figures.Percent, Better: figures.Higher, Target: figures.At(98), Limit: figures.At(90), Rank: 10, Compute: seen}),
		figure(figures.Figure{Key: "infrastructure.freshness", Title: words.T("infrastructure.figure.freshness", "Age of the inventory"),
			Definition: words.T("infrastructure.figure.freshness.definition", "Nine of ten hosts in use reported within so many hours."),
			Formula:    words.T("infrastructure.figure.freshness.formula", "90th percentile of the hours since each host's last report"),
			Unit:       figures.Hours, Better: figures.Lower, Target: figures.At(4), Limit: figures.At(48), Compute: freshness}),
		figure(figures.Figure{Key: "infrastructure.security-pending", Title: words.T("infrastructure.figure.security-pending", "Hosts with pending security updates"),
			Definition: words.T("infrastructure.figure.security-pending.definition", "Hosts in use on which at least one security update waits to be installed."),
			Formula:    words.T("infrastructure.figure.security-pending.formula", "count of hosts in use with a pending security update"),
			Better:     figures.Lower, Target: figures.At(0), Rank: 12, Compute: securityPending}),
		figure(figures.Figure{Key: "infrastructure.security-age", Title: words.T("infrastructure.figure.security-age", "Oldest pending security update"),
			Definition: words.T("infrastructure.figure.security-age.definition", "How long the security update that has waited longest on any host in use has been pending, since it was first reported."),
			Formula:    words.T("infrastructure.figure.security-age.formula", "now − earliest moment from which a security update has been pending without a break"),
			Unit:       figures.Days, Better: figures.Lower, Target: figures.At(14), Limit: figures.At(30), Rank: 14, Compute: securityAge}),
		figure(figures.Figure{Key: "infrastructure.reboot", Title: words.T("infrastructure.figure.reboot", "Hosts that need a restart"),
			Definition: words.T("infrastructure.figure.reboot.definition", "Hosts in use on which installed updates take effect only after a restart."),
			Formula:    words.T("infrastructure.figure.reboot.formula", "count of hosts in use that report that a restart is needed"),
			Better:     figures.Lower, Target: figures.At(0), Rank: 16, Compute: reboots}),
		figure(figures.Figure{Key: "infrastructure.antivirus", Title: words.T("infrastructure.figure.antivirus", "Antivirus coverage"),
			Definition: words.T("infrastructure.figure.antivirus.definition", "Hosts in use on which an antivirus runs and checks files as they are used."),
			Formula:    words.T("infrastructure.figure.antivirus.formula", "hosts with an antivirus on ÷ hosts that tell how it stands"),
			Unit:       figures.Percent, Better: figures.Higher, Target: figures.At(100), Limit: figures.At(90), Rank: 18,
			Compute: coverage("antivirus_state", "on", words.T("infrastructure.figure.antivirus.without", "hosts in use without an antivirus that is on"))}),
		figure(figures.Figure{Key: "infrastructure.firewall", Title: words.T("infrastructure.figure.firewall", "Firewall coverage"),
			Definition: words.T("infrastructure.figure.firewall.definition", "Hosts in use on which a packet filter is on."),
			Formula:    words.T("infrastructure.figure.firewall.formula", "hosts with a firewall on ÷ hosts that tell how it stands"),
			Unit:       figures.Percent, Better: figures.Higher, Target: figures.At(100), Limit: figures.At(90), Rank: 20,
			Compute: coverage("firewall_state", "on", words.T("infrastructure.figure.firewall.without", "hosts in use without a firewall that is on"))}),
		figure(figures.Figure{Key: "infrastructure.unsupported", Title: words.T("infrastructure.figure.unsupported", "Unsupported operating systems"),
			Definition: words.T("infrastructure.figure.unsupported.definition", "Hosts in use whose operating system no longer gets security updates from its maker. Paid extensions do not count."),
			Formula:    words.T("infrastructure.figure.unsupported.formula", "count of hosts in use whose support ended before today"),
			Better:     figures.Lower, Target: figures.At(0), Rank: 22, Compute: unsupported}),
		figure(figures.Figure{Key: "infrastructure.encrypted", Title: words.T("infrastructure.figure.encrypted", "Hosts with encrypted disks"),
			Definition: words.T("infrastructure.figure.encrypted.definition", "Hosts in use of which every local file system is encrypted, the one it starts from left out."),
			Formula:    words.T("infrastructure.figure.encrypted.formula", "hosts with all file systems encrypted ÷ hosts that tell"),
			Unit:       figures.Percent, Better: figures.Higher, Target: figures.At(100), Limit: figures.At(80), Rank: 24,
			Compute: coverage("encrypted", "all", words.T("infrastructure.figure.encrypted.without", "hosts in use with a file system that is not encrypted"))}),
	}
}

// inUse is the condition of a host h that counts.
const inUse = "h.archived_at IS NULL AND h.state <> 'retired'"

// lastSeen is the moment a host h was last heard of.
const lastSeen = "(SELECT MAX(s.seen_at) FROM infrastructure_host_seen s WHERE s.host = h.id)"

var fromAgents = words.T("infrastructure.figure.source", "Inventories of the hosts")

func ask(v *records.View, where string, args ...any) (n int64, err error) {
	_, err = v.Row("SELECT COUNT(*) FROM infrastructure_host h WHERE "+inUse+" AND "+where, args, &n)
	return n, err
}

// inputs adds the hosts that meet a condition, with a number each; total is how
// many there are.
func inputs(v *records.View, res *figures.Result, condition words.Said, total int64, number, where, order string, value func(n sql.NullInt64) figures.Value, args ...any) error {
	query := fmt.Sprintf("SELECT h.id, %s FROM infrastructure_host h WHERE %s AND %s ORDER BY %s, h.id LIMIT %d", number, inUse, where, order, figures.MostInputs)
	err := v.Each(query, args, func(rows *sql.Rows) error {
		var id string
		var n sql.NullInt64
		if err := rows.Scan(&id, &n); err != nil {
			return err
		}
		res.Input(Hosts.Ref(records.ID[Host](id)), value(n), words.Said{})
		return nil
	})
	res.Total, res.Condition = total, condition
	return err
}

func counted(n sql.NullInt64) figures.Value {
	if !n.Valid {
		return figures.Unknown()
	}
	return figures.Count(n.Int64)
}

// sources says where the values came from and how old the oldest report is.
func sources(v *records.View, res *figures.Result) error {
	var oldest sql.NullInt64
	_, err := v.Row("SELECT MIN(x.at) FROM (SELECT "+lastSeen+" AS at FROM infrastructure_host h WHERE "+inUse+") x", nil, &oldest)
	if err != nil {
		return err
	}
	at := time.Time{}
	if oldest.Valid {
		at = time.UnixMicro(oldest.Int64).UTC()
	}
	res.Source(fromAgents.With(), at)
	return nil
}

// gapIf says how many hosts do not tell.
func gapIf(res *figures.Result, n int64) {
	if n > 0 {
		res.Gap(words.T("infrastructure.figure.silent", "{count} {count|host does|hosts do} not tell.").With("count", n))
	}
}

func seen(v *records.View, _ figures.Scope, at time.Time) (figures.Result, error) {
	var res figures.Result
	since := at.Add(-24 * time.Hour).UnixMicro()
	all, err := ask(v, lastSeen+" IS NOT NULL")
	if err != nil {
		return res, err
	}
	fresh, err := ask(v, lastSeen+" >= $1", since)
	if err != nil {
		return res, err
	}
	never, err := ask(v, lastSeen+" IS NULL")
	if err != nil {
		return res, err
	}
	res.Value, res.Part, res.Whole = figures.Share(fresh, all), figures.Count(fresh), figures.Count(all)
	if never > 0 {
		res.Gap(words.T("infrastructure.figure.never", "{count} {count|host has|hosts have} never reported and {count|is|are} left out.").With("count", never))
	}
	hours := func(n sql.NullInt64) figures.Value {
		if !n.Valid {
			return figures.Unknown()
		}
		return figures.Measured(at.Sub(time.UnixMicro(n.Int64)).Hours())
	}
	err = inputs(v, &res, words.T("infrastructure.figure.seen.not", "hosts in use not seen for 24 hours, with the hours since").With(), all-fresh, lastSeen, lastSeen+" < $1", lastSeen, hours, since)
	if err != nil {
		return res, err
	}
	return res, sources(v, &res)
}

func freshness(v *records.View, _ figures.Scope, at time.Time) (figures.Result, error) {
	var res figures.Result
	var ages []float64
	err := v.Each("SELECT "+lastSeen+" FROM infrastructure_host h WHERE "+inUse, nil, func(rows *sql.Rows) error {
		var n sql.NullInt64
		err := rows.Scan(&n)
		if n.Valid {
			ages = append(ages, max(0, at.Sub(time.UnixMicro(n.Int64)).Hours()))
		}
		return err
	})
	if err != nil {
		return res, err
	}
	if len(ages) == 0 {
		res.Value = figures.NotApplicable()
		res.Gap(words.T("infrastructure.figure.none", "No host has reported yet.").With())
		return res, nil
	}
	slices.Sort(ages)
	res.Value = figures.Measured(ages[(len(ages)*9+9)/10-1])
	hours := func(n sql.NullInt64) figures.Value {
		return figures.Measured(at.Sub(time.UnixMicro(n.Int64)).Hours())
	}
	err = inputs(v, &res, words.T("infrastructure.figure.freshness.hosts", "hosts in use, the longest silent first, with the hours since").With(), int64(len(ages)), lastSeen, lastSeen+" IS NOT NULL", lastSeen, hours)
	if err != nil {
		return res, err
	}
	return res, sources(v, &res)
}

var securityPending = counting("h.security_pending > 0", "h.security_pending IS NOT NULL", "h.security_pending", "h.security_pending DESC",
	words.T("infrastructure.figure.security-pending.hosts", "hosts in use with pending security updates, with their number"))

func securityAge(v *records.View, _ figures.Scope, at time.Time) (figures.Result, error) {
	var res figures.Result
	n, err := ask(v, "h.security_since IS NOT NULL")
	if err != nil {
		return res, err
	}
	var first sql.NullInt64
	if _, err := v.Row("SELECT MIN(h.security_since) FROM infrastructure_host h WHERE "+inUse, nil, &first); err != nil {
		return res, err
	}
	told, err := ask(v, "h.security_pending IS NOT NULL")
	if err != nil {
		return res, err
	}
	days := func(n sql.NullInt64) figures.Value {
		return figures.Measured(max(0, at.Sub(time.UnixMicro(n.Int64)).Hours()/24))
	}
	switch {
	case first.Valid:
		res.Value = days(first)
	case told > 0:
		res.Value = figures.Count(0)
	default:
		res.Value = figures.Unknown()
	}
	err = inputs(v, &res, words.T("infrastructure.figure.security-age.hosts", "hosts in use with pending security updates, with the days the oldest has waited").With(), n, "h.security_since", "h.security_since IS NOT NULL", "h.security_since", days)
	if err != nil {
		return res, err
	}
	return res, sources(v, &res)
}

var reboots = counting("h.reboot", "h.reboot IS NOT NULL", "1", "h.name_key", words.T("infrastructure.figure.reboot.hosts", "hosts in use that need a restart"))

// counting is the number of hosts in use that meet a condition, of those that
// tell; those that do not are its gap. Its inputs are the hosts that meet it, each
// with what measure reads of it.
func counting(condition, told, measure, order string, which words.Word) func(v *records.View, _ figures.Scope, _ time.Time) (figures.Result, error) {
	return func(v *records.View, _ figures.Scope, _ time.Time) (figures.Result, error) {
		var res figures.Result
		n, err := ask(v, condition)
		if err != nil {
			return res, err
		}
		telling, err := ask(v, told)
		if err != nil {
			return res, err
		}
		all, err := ask(v, "TRUE")
		if err != nil {
			return res, err
		}
		res.Value, res.Part, res.Whole = figures.Count(n), figures.Count(n), figures.Count(telling)
		if telling == 0 {
			res.Value = figures.Unknown()
		}
		gapIf(&res, all-telling)
		if err := inputs(v, &res, which.With(), n, measure, condition, order, counted); err != nil {
			return res, err
		}
		return res, sources(v, &res)
	}
}

// coverage is the share of hosts in use of which a choice has a value, among
// those that tell. Its inputs are those that have another.
func coverage(column, value string, without words.Word) func(v *records.View, _ figures.Scope, _ time.Time) (figures.Result, error) {
	return func(v *records.View, _ figures.Scope, _ time.Time) (figures.Result, error) {
		var res figures.Result
		good, err := ask(v, "h."+column+" = $1", value)
		if err != nil {
			return res, err
		}
		told, err := ask(v, "h."+column+" IS NOT NULL")
		if err != nil {
			return res, err
		}
		all, err := ask(v, "TRUE")
		if err != nil {
			return res, err
		}
		res.Value, res.Part, res.Whole = figures.Share(good, told), figures.Count(good), figures.Count(told)
		gapIf(&res, all-told)
		err = inputs(v, &res, without.With(), told-good, "1", "h."+column+" <> $1", "h.name_key", counted, value)
		if err != nil {
			return res, err
		}
		return res, sources(v, &res)
	}
}

func unsupported(v *records.View, _ figures.Scope, at time.Time) (figures.Result, error) {
	var res figures.Result
	o, _, err := org.Get(v)
	if err != nil {
		return res, err
	}
	today := string(records.DateOf(at.In(o.Zone())))
	const over = "(h.os_support_over OR h.os_support_ends < $1)"
	n, err := ask(v, over, today)
	if err != nil {
		return res, err
	}
	silent, err := ask(v, "h.os_support_ends IS NULL AND h.os_support_over IS NULL")
	if err != nil {
		return res, err
	}
	all, err := ask(v, "TRUE")
	if err != nil {
		return res, err
	}
	res.Value, res.Part, res.Whole = figures.Count(n), figures.Count(n), figures.Count(all-silent)
	if all == silent {
		res.Value = figures.Unknown()
	}
	gapIf(&res, silent)
	err = inputs(v, &res, words.T("infrastructure.figure.unsupported.hosts", "hosts in use whose operating system was supported until before {day}").With("day", words.Day(today)), n, "1", over, "h.os_support_ends", counted, today)
	if err != nil {
		return res, err
	}
	return res, sources(v, &res)
}
