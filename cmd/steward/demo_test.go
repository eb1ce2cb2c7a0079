package main

import (
	"bytes"
	"log/slog"
	"regexp"
	"testing"

	"steward/kernel/access"
	"steward/kernel/app"
	"steward/kernel/org"
	"steward/kernel/storage"
	"steward/modules"
)

// A server that runs goes on without its accounts, so the sign-in has to come from here.
func TestWhoTakesTheSampleAwayGetsTheFirstSignIn(t *testing.T) {
	p, err := app.Open(t.Context(), app.Config{Data: t.TempDir(), NoBackup: true, Log: slog.New(slog.DiscardHandler)}, modules.All())
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if err := p.DB.Update(t.Context(), access.System(), func(u *storage.Update) error {
		return org.Save(u, org.Organisation{Name: "Sample", Country: "DE", Lang: "de", Currency: "EUR", Timezone: "Europe/Berlin", FiscalMonth: 1, Sample: true})
	}); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := removeDemo(t.Context(), streams{out: &out, err: &out}, p, false); err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`(?m)^  /welcome/[\w-]{20,}$`).MatchString(out.String()) {
		t.Errorf("nobody can sign in now:\n%s", out.String())
	}
}
