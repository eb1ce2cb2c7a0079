package main

import (
	"context"
	"encoding/json"
	"reflect"
	"runtime/debug"
	"strings"

	"steward/collect/fact"
	"steward/collect/host"
	"steward/engine/calc"
)

func hostCollector() collector {
	return collector{
		name: "host", summary: "this machine: hardware, system, software, network, storage, accounts, updates, protection",
		help: `Usage: steward collect host [--sections NAMES]

Prints the inventory of this machine as one fact. Nothing is written and the
network is not used. Without administrator rights it says what it could not see.

  --sections NAMES   only these sections, by commas: ` + strings.Join(fact.Sections(), ", ") + `

Example: steward collect host --sections packages,updates`,
		schema: func() []byte { return factSchema("collect host", map[string]any{"inventory": fact.Inventory{}}) },
		run: func(ctx context.Context, s streams, args []string, emit fact.Emit) error {
			fs := newFlags("collect host")
			sections := fs.String("sections", "", "")
			targets, err := parse(fs, args)
			if err != nil {
				return err
			}
			if len(targets) > 0 {
				return wrongUse("host looks at this machine and takes no target; %q is one", targets[0])
			}
			asked, err := sectionNames(*sections)
			if err != nil {
				return err
			}
			defer debug.SetGCPercent(debug.SetGCPercent(25)) // a machine that works shall not feel it
			inv, err := host.Collect(ctx, host.Options{Sections: asked})
			if err != nil {
				return err
			}
			return emit(host.Observation(inv))
		},
	}
}

// sectionNames parts a list of section names and refuses unknown ones.
func sectionNames(list string) ([]string, error) {
	var names []string
	for name := range strings.FieldsFuncSeq(list, func(r rune) bool { return r == ',' || r == ' ' }) {
		known := false
		for _, s := range fact.Sections() {
			known = known || s == name
		}
		if !known {
			return nil, wrongUse("there is no section %q; the sections are %s", name, strings.Join(fact.Sections(), ", "))
		}
		names = append(names, name)
	}
	return names, nil
}

// factSchema is the JSON Schema of a collector's observations: the line they
// all share, and the data of each kind.
func factSchema(title string, kinds map[string]any) []byte {
	defs := map[string]any{"observation": calc.TypeSchema(reflect.TypeFor[fact.Observation]())}
	for kind, data := range kinds {
		defs[kind] = calc.TypeSchema(reflect.TypeOf(data))
	}
	b, err := json.MarshalIndent(map[string]any{
		"$schema": "https://json-schema.org/draft/2020-12/schema",
		"title":   "steward " + title, "$defs": defs, "$ref": "#/$defs/observation",
	}, "", "  ")
	if err != nil {
		panic(err)
	}
	return append(b, '\n')
}
