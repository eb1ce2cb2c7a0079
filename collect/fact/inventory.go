package fact

import "time"

// InventoryVersion is the version of the Inventory's JSON form. It rises only
// when an existing field changes its meaning; new fields do not raise it.
const InventoryVersion = 1

// Inventory is everything a collector knows about one machine. Each section
// says whether it was seen and what is missing from it; an unknown value is
// absent, never 0 or "". What changes by the minute stands in Volatile and
// does not count as a change of the machine (see Canonical and Hashes).
type Inventory struct {
	Version   int       `json:"version" doc:"version of this form, 1"`
	Collector string    `json:"collector" doc:"what collected it, e.g. steward or glpi-agent 1.11"`
	At        time.Time `json:"at" doc:"the moment the collection began, UTC"`
	Platform  string    `json:"platform,omitempty" doc:"linux, windows, darwin, freebsd …"`

	Identity        Section[Identity]         `json:"identity,omitzero"`
	Hardware        Section[Hardware]         `json:"hardware,omitzero"`
	System          Section[System]           `json:"system,omitzero"`
	Packages        Section[[]Package]        `json:"packages,omitzero"`
	Services        Section[[]Service]        `json:"services,omitzero"`
	Ports           Section[[]Port]           `json:"ports,omitzero"`
	Interfaces      Section[[]Interface]      `json:"interfaces,omitzero"`
	Disks           Section[[]Disk]           `json:"disks,omitzero"`
	Filesystems     Section[[]Filesystem]     `json:"filesystems,omitzero"`
	Accounts        Section[[]Account]        `json:"accounts,omitzero"`
	Groups          Section[[]Group]          `json:"groups,omitzero"`
	Updates         Section[Updates]          `json:"updates,omitzero"`
	Restart         Section[Restart]          `json:"restart,omitzero"`
	Antivirus       Section[[]Antivirus]      `json:"antivirus,omitzero"`
	Firewalls       Section[[]Firewall]       `json:"firewalls,omitzero"`
	TimeSync        Section[TimeSync]         `json:"time_sync,omitzero"`
	Servers         Section[[]Server]         `json:"servers,omitzero"`
	Virtual         Section[Virtual]          `json:"virtual,omitzero"`
	VirtualMachines Section[[]VirtualMachine] `json:"virtual_machines,omitzero"`
	Batteries       Section[[]Battery]        `json:"batteries,omitzero"`
	Monitors        Section[[]Monitor]        `json:"monitors,omitzero"`

	Volatile Volatile `json:"volatile,omitzero"`
}

// Section is one part of an inventory with what could not be seen of it.
// Three states: seen and complete (Seen, no gaps), seen in part (Seen with
// gaps), not seen (only gaps say why; Value means nothing). A section that is
// absent altogether was not asked for.
type Section[T any] struct {
	Seen  bool  `json:"seen" doc:"true if the section was looked at; its value then holds everything but what the gaps name"`
	Value T     `json:"value,omitzero" doc:"what was seen"`
	Gaps  []Gap `json:"gaps,omitempty" doc:"what could not be seen, why, and what would show it"`
}

// Saw is a section that was looked at, with what was missed.
func Saw[T any](value T, gaps ...Gap) Section[T] {
	return Section[T]{Seen: true, Value: value, Gaps: gaps}
}

// Unseen is a section that could not be looked at.
func Unseen[T any](what, why, needs string) Section[T] {
	return Section[T]{Gaps: []Gap{{What: what, Why: why, Needs: needs}}}
}

// Miss adds a gap to the section.
func (s *Section[T]) Miss(what, why, needs string) {
	s.Gaps = append(s.Gaps, Gap{What: what, Why: why, Needs: needs})
}
