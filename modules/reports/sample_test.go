package reports_test

import (
	"strings"
	"testing"

	"steward/kernel/access"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/testkit/apptest"
	"steward/lib/locale"
	"steward/modules"
	"steward/modules/reports"
)

func TestEveryPageOfASamplesReportSaysSo(t *testing.T) {
	p := apptest.SQLite(t, modules.All())
	given(t, p)
	p.Do(t, func(u *records.Tx) error {
		o, _, err := org.Get(u)
		if err != nil {
			return err
		}
		o.Sample = true
		return org.Save(u.As(access.System()), o)
	})
	closed(t, p)
	pages := strings.Split(strings.TrimRight(tool(t, "pdftotext", made(t, p, access.System(), locale.En, reports.PDF), "FILE", "-"), "\f"), "\f")
	if len(pages) < 3 {
		t.Fatalf("%d pages", len(pages))
	}
	for i, page := range pages {
		if !strings.Contains(page, "sample organisation") {
			t.Errorf("page %d does not say that nothing is real", i+1)
		}
	}
}
