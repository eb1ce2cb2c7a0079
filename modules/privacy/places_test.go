package privacy_test

import (
	"strings"
	"testing"

	"steward/kernel/access"
	"steward/kernel/records"
	"steward/kernel/testkit/apptest"
	"steward/modules"
	"steward/modules/privacy"
)

// A new table or column is classified in places.go before it lands: an erasure must
// know of each that may hold a person's name or address.
func TestEveryTextColumnSaysWhatItMayHoldOfAPerson(t *testing.T) {
	apptest.Each(t, modules.All(), func(t *testing.T, p *apptest.Program) {
		said := privacy.Classified(p.Registry)
		p.Look(t, access.System(), func(v *records.View) error {
			tables, err := v.Tables()
			if err != nil {
				return err
			}
			there := map[string]bool{}
			for _, table := range tables {
				if strings.HasPrefix(table, "search_text") {
					continue // the index of search_entry, which follows it
				}
				there[table] = true
				columns, err := v.Columns(table)
				if err != nil {
					return err
				}
				for c, is := range columns {
					if is.Type == "TEXT" && said[table][c] == 0 {
						t.Errorf("%s.%s is not classified: say in places.go whether it may hold a person's name or address", table, c)
					}
				}
				for c := range said[table] {
					if _, ok := columns[c]; !ok {
						t.Errorf("%s.%s is classified and not there", table, c)
					}
				}
			}
			for table := range said {
				if !there[table] {
					t.Errorf("table %s is classified and not there", table)
				}
			}
			return nil
		})
	})
}
