package systems

import (
	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/records"
)

// Component is a part that a system is made of, such as its database. A system
// needs all of its components, but for those that stand in for each other.
type Component struct {
	records.Base[Component]
	Name       string
	System     records.ID[System]
	Kind       ComponentKind
	RunsOn     records.Opt[records.Ref]
	Redundancy records.Opt[string]
	AtLeast    records.Opt[int64]
	Release    records.Opt[string]
	Notes      records.Opt[string]
}

// ComponentKind says what a component does.
type ComponentKind string

const (
	DatabaseServer    ComponentKind = "database"
	ApplicationServer ComponentKind = "application"
	Interface         ComponentKind = "interface"
	ServicePart       ComponentKind = "service"
	StoragePart       ComponentKind = "storage"
	OtherPart         ComponentKind = "other"
)

// Components are the parts of systems. Their rights are the system's.
var Components = records.Define(componentType, "System component", "System components", "CMP", func(c *Component, f *records.Fields) {
	f.Title(&c.Name, "Name")
	records.Linked(f, &c.System, "System").List()
	records.Choices(f, &c.Kind, "Kind", DatabaseServer, ApplicationServer, Interface, ServicePart, StoragePart, OtherPart).Called("application", "Application server").List()
	records.Refers(f, &c.RunsOn, "Runs on", parts...).Help("The machine, or the other part, that it cannot run without.").List()
	records.Str(f, &c.Release, "Version").Max(80)
	f.Group("Redundancy")
	redundancy(f, &c.Redundancy, &c.AtLeast)
	f.Group("")
	records.Long(f, &c.Notes, "Notes")
	f.Under(&c.System)
}).InArea(access.Systems).Icon("stack-2").SortedBy("name").Versioned().Check(checkComponent)

// redundancy describes the two fields by which parts stand in for each other.
func redundancy(f *records.Fields, word *records.Opt[string], atLeast *records.Opt[int64]) {
	records.Str(f, word, "Stand in for each other").Max(60).Help("What carries the same word here, in the same system, can replace one another: write “application servers” at each.")
	records.Whole(f, atLeast, "So many of them must work").Between(1, 1000).Help("Of two of which either will do: 1. Left empty, all are needed.")
}

func checkComponent(u *records.Tx, before, c *Component) error {
	if err := checkRedundancy(&c.Redundancy, &c.AtLeast); err != nil {
		return err
	}
	if c.RunsOn.Set && c.RunsOn.V == records.MakeRef(componentType, string(c.ID)) {
		return fail.Field(&c.RunsOn, "runs-on-itself", "A part cannot run on itself.")
	}
	if before != nil && before.System != c.System {
		return fail.Field(&c.System, "moved", "A part stays with its system; archive this one and add it there.")
	}
	return nil
}

func checkRedundancy(word *records.Opt[string], atLeast *records.Opt[int64]) error {
	if atLeast.Set && !word.Set {
		return fail.Field(word, "systems.redundancy-without-word", "Say what stands in for each other, or leave the number empty.")
	}
	return nil
}
