// Package fact holds the shared shape of everything a collector finds out: a
// typed observation with its moment, source and method, and a gap where
// something could not be seen and which right was missing. A collector yields
// them through an Emit and never keeps them. Inventory is the typed whole of
// what can be known about one machine, whoever collected it.
package fact

import "time"

// Observation is one fact about a target, as a collector saw it.
// It is one line of `steward collect` output.
type Observation struct {
	Kind   string    `json:"kind" doc:"what was observed: host, package, interface, port, table, check …"`
	Target string    `json:"target" doc:"what it was observed on, as it was named to the collector"`
	At     time.Time `json:"at" doc:"the moment of observation, UTC"`
	Source string    `json:"source" doc:"where the fact was read, e.g. /var/lib/dpkg/status or SNMP ifTable"`
	Method string    `json:"method" doc:"how it was read: file, command, snmp, sql, http …"`
	Data   any       `json:"data" doc:"the fact itself, its fields as the schema of its kind says"`
}

// Gap is something a collector could not see on a target.
type Gap struct {
	What  string `json:"what" doc:"what could not be seen, e.g. hardware serial"`
	Why   string `json:"why" doc:"what happened, e.g. permission denied"`
	Needs string `json:"needs,omitempty" doc:"the right or setting that would show it, e.g. run as root"`
}

// Emit takes one observation. An error stops the collector, which returns it.
type Emit func(Observation) error
