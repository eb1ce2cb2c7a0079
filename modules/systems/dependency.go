package systems

import (
	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/records"
)

// parts are the types of record that a system can need.
var parts = []string{systemType, componentType, hostType}

// The names of the types, for references.
const (
	systemType    = "systems.system"
	componentType = "systems.component"
	hostType      = "infrastructure.host"
)

// Dependency says that a system, or one component of it, needs something.
type Dependency struct {
	records.Base[Dependency]
	Title      string
	System     records.ID[System]
	Part       records.Opt[records.ID[Component]]
	Needs      records.Ref
	Kind       DependencyKind
	Effect     Effect
	Redundancy records.Opt[string]
	AtLeast    records.Opt[int64]
	Notes      records.Opt[string]
}

// DependencyKind says what the one gets from the other.
type DependencyKind string

const (
	Machine DependencyKind = "machine"
	Data    DependencyKind = "data"
	Calls   DependencyKind = "calls"
	SignIn  DependencyKind = "sign-in"
	Network DependencyKind = "network"
	Other   DependencyKind = "other"
)

// Effect says what happens without it.
type Effect string

const (
	Stops   Effect = "stops"
	Hampers Effect = "hampers" // it can do without for a while
)

// Dependencies say what needs what. Their rights are those of the system that needs.
var Dependencies = records.Define("systems.dependency", "Dependency", "Dependencies", "DEP", func(d *Dependency, f *records.Fields) {
	f.Title(&d.Title, "What for").Help("Such as nightly orders, single sign-on, its machine.")
	records.Linked(f, &d.System, "System").List()
	records.Linked(f, &d.Part, "Its component").Help("Left empty, the system as a whole.")
	records.Refers(f, &d.Needs, "Needs", parts...).List()
	records.Choices(f, &d.Kind, "Kind", Data, Calls, Machine, SignIn, Network, Other).Called("calls", "Interface").List()
	records.Choices(f, &d.Effect, "Without it", Stops, Hampers).Called("stops", "It stops").Called("hampers", "It goes on, with less").State("stops", "bad").State("hampers", "warn").List()
	f.Group("Redundancy")
	redundancy(f, &d.Redundancy, &d.AtLeast)
	f.Group("")
	records.Long(f, &d.Notes, "Notes")
	f.Under(&d.System)
}).InArea(access.Systems).Icon("affiliate").Versioned().Begins(func(d *Dependency) { d.Effect = Stops }).Check(checkDependency)

func checkDependency(u *records.Tx, before, d *Dependency) error {
	if err := checkRedundancy(&d.Redundancy, &d.AtLeast); err != nil {
		return err
	}
	if before != nil && before.System != d.System {
		return fail.Field(&d.System, "moved", "A dependency stays with its system; archive this one and add it there.")
	}
	if d.Effect == Hampers && d.Redundancy.Set {
		return fail.Field(&d.Redundancy, "hampers-redundant", "What the system can do without needs no stand-in.")
	}
	switch typ, id := d.Needs.Split(); {
	case typ == systemType && id == string(d.System):
		return fail.Field(&d.Needs, "needs-itself", "A system cannot need itself.")
	case d.Part.Set && typ == componentType && id == string(d.Part.V):
		return fail.Field(&d.Needs, "part-needs-itself", "A component cannot need itself.")
	}
	if !d.Part.Set {
		return nil
	}
	var system string
	if _, err := u.Row("SELECT system FROM systems_component WHERE id = $1", []any{string(d.Part.V)}, &system); err != nil {
		return err
	}
	if system != string(d.System) {
		return fail.Field(&d.Part, "part-of-another", "This component is part of another system.")
	}
	return nil
}
