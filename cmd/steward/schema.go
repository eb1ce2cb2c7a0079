package main

import (
	"context"
	"fmt"

	"steward/kernel/app"
	"steward/kernel/records"
	"steward/modules"
)

func schemaCommand() command {
	return command{
		name: "schema", summary: "print the SQL that a record type's migration starts from",
		help: "Usage: steward schema TYPE\n\nExample: steward schema vendors.contract",
		run: func(_ context.Context, s streams, args []string) error {
			reg := records.NewRegistry(app.Types(modules.All())...)
			if len(args) != 1 || reg.Def(args[0]) == nil {
				for _, d := range reg.Defs() {
					fmt.Fprintln(s.err, d.Name)
				}
				return wrongUse("name one of these record types")
			}
			_, err := fmt.Fprint(s.out, reg.Draft(reg.Def(args[0])))
			return err
		},
	}
}
