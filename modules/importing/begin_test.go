package importing_test

import (
	"strings"
	"testing"

	"steward/kernel/testkit/apptest"
	"steward/modules"
	"steward/modules/vendors"
)

func TestAFileMayLeaveOutWhatAFormBeginsWith(t *testing.T) {
	apptest.Each(t, modules.All(), func(t *testing.T, p *apptest.Program) {
		u := manager(t, p)
		u.run(u.draft("/vendors/vendors/import", "vendors.csv", []byte("Name;Country\nAlfa AB;SE\nBeta GmbH;DE\n")))
		kept := u.vendors()
		if len(kept) != 2 || kept["Alfa AB"] == nil || kept["Alfa AB"].State != vendors.Considered {
			t.Errorf("kept are %v, want both as the form begins them", kept)
		}
		page := u.b.Get("/vendors/vendors/import").Body
		if !strings.Contains(page, `href="/vendors/vendors.xlsx?columns=all"`) {
			t.Error("the page offers no workbook with the columns")
		}
	})
}
