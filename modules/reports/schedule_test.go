package reports_test

import (
	"context"
	"encoding/base64"
	"net/mail"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"steward/kernel/access"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/testkit"
	"steward/kernel/testkit/apptest"
	"steward/modules"
	"steward/modules/notices/post"
	"steward/modules/reports"
)

// sent runs the job once.
func sent(p *apptest.Program) error {
	return reports.Send(context.Background(), p.DB, p.Words, p.Key, p.Log)
}

func address(t *testing.T, p *apptest.Program, a *access.Actor, email, lang string) {
	t.Helper()
	p.Do(t, func(u *records.Tx) error {
		return org.Persons.Update(u, records.ID[org.Person](a.Person), func(x *org.Person) error {
			x.Email, x.Lang = records.Some(email), records.Some(lang)
			return nil
		})
	})
}

func TestTheReportIsMailedToEachUnderTheirOwnRightsAndOnlyOnce(t *testing.T) {
	apptest.Each(t, modules.All(), func(t *testing.T, p *apptest.Program) {
		given(t, p)
		box := testkit.NewPostbox(t)
		admin := p.Person(t, "Ada Admin", access.Administrator)
		manager, clerk := p.Person(t, "Mia Manager", access.MISManager), p.Person(t, "Carl Clerk")
		address(t, p, manager, "mia@nordwind.example", "de")
		address(t, p, clerk, "carl@nordwind.example", "en")
		b := p.Browser(t, admin)
		submit := func(form url.Values) {
			t.Helper()
			if got := b.Post("/settings/reports", form); got.Status != 303 {
				t.Fatalf("%v: got %d %s", form, got.Status, got.Body)
			}
		}
		submit(url.Values{"do": {"mail"}, "host": {"127.0.0.1"}, "port": {strconv.Itoa(box.Port)}, "security": {"plain"}, "from": {"steward@nordwind.example"}, "user": {"steward"}, "password": {"s3cret word"}})
		submit(url.Values{"do": {"schedule"}, "day": {"6"}, "class": {"Vertraulich"}})
		submit(url.Values{"do": {"add"}, "person": {manager.Person}, "format": {"html"}})
		submit(url.Values{"do": {"add"}, "person": {clerk.Person}, "format": {"html"}})

		if err := sent(p); err != nil {
			t.Fatal(err)
		}
		if n := len(box.Letters()); n != 0 {
			t.Fatalf("%d letters before the month was closed", n)
		}
		closed(t, p)
		for range 2 { // the second time there is nothing left to send
			if err := sent(p); err != nil {
				t.Fatal(err)
			}
		}
		got := map[string]string{}
		for _, l := range box.Letters() {
			m, err := mail.ReadMessage(strings.NewReader(l))
			if err != nil {
				t.Fatal(err)
			}
			to, err := m.Header.AddressList("To")
			if err != nil {
				t.Fatal(err)
			}
			got[to[0].Address] = l
		}
		if len(box.Letters()) != 2 || got["mia@nordwind.example"] == "" || got["carl@nordwind.example"] == "" {
			t.Fatalf("got %d letters to %d people, want one each to two", len(box.Letters()), len(got))
		}
		if page := attachment(t, got["mia@nordwind.example"]); !strings.Contains(page, "Bürosoftware") || !strings.Contains(page, `lang="de"`) || !strings.Contains(page, "Vertraulich") {
			t.Error("the manager's report lacks the contract, is not German, or lacks the confidentiality line")
		}
		if page := attachment(t, got["carl@nordwind.example"]); strings.Contains(page, "Bürosoftware") || !strings.Contains(page, "Carl Clerk") {
			t.Error("the clerk's report names a contract, or not the clerk")
		}
		if plain, _ := base64.StdEncoding.DecodeString(box.Auth[0]); string(plain) != "\x00steward\x00s3cret word" {
			t.Errorf("signed in to the mail server with %q", plain)
		}
		p.Look(t, access.System(), func(v *records.View) error {
			s, err := post.Load(v)
			if strings.Contains(s.Password, "s3cret") || s.Password == "" {
				t.Error("the password is not kept sealed")
			}
			return err
		})
	})
}

// attachment decodes the HTML file of a letter.
func attachment(t *testing.T, letter string) string {
	t.Helper()
	_, after, ok := strings.Cut(letter, "Content-Disposition: attachment")
	if !ok {
		t.Fatal("the letter has no attachment")
	}
	_, after, _ = strings.Cut(after, "\r\n\r\n")
	body, _, _ := strings.Cut(after, "\r\n--")
	raw, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(strings.TrimSpace(body), "\r\n", ""))
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestARecipientWhomTheServerRefusesIsShownAndTriedAgain(t *testing.T) {
	p := apptest.SQLite(t, modules.All())
	given(t, p)
	closed(t, p)
	box := testkit.NewPostbox(t)
	box.Refuse("mia@")
	manager := p.Person(t, "Mia Manager", access.MISManager, access.Administrator)
	address(t, p, manager, "mia@nordwind.example", "en")
	p.Do(t, func(u *records.Tx) error {
		if err := post.Save(u, p.Key, post.Settings{Host: "127.0.0.1", Port: box.Port, Security: post.Plain, From: "steward@nordwind.example"}, ""); err != nil {
			return err
		}
		return reports.SaveSettings(u, reports.Settings{Day: 5, Recipients: []reports.Recipient{{Person: manager.Person, Format: reports.PDF}}})
	})
	if err := sent(p); err == nil {
		t.Fatal("a refused letter counts as sent")
	}
	if page := p.Browser(t, manager).Get("/settings/reports"); !strings.Contains(page.Body, "550") {
		t.Error("the page does not show why the letter was not taken")
	}
	box.Refuse("")
	if err := sent(p); err != nil || len(box.Letters()) != 1 {
		t.Fatalf("the second attempt: %v, %d letters", err, len(box.Letters()))
	}
}

func TestWrongSettingsOfTheSendingAreRefusedAndKept(t *testing.T) {
	p := apptest.SQLite(t, modules.All())
	p.Organisation(t)
	b := p.Browser(t, p.Person(t, "Ada Admin", access.Administrator))
	for name, form := range map[string]url.Values{
		"day":      {"do": {"schedule"}, "day": {"31"}},
		"host":     {"do": {"mail"}, "host": {"http://mail"}, "port": {"25"}, "security": {"tls"}, "from": {"a@b.example"}},
		"port":     {"do": {"mail"}, "host": {"mail"}, "port": {"70000"}, "security": {"tls"}, "from": {"a@b.example"}},
		"from":     {"do": {"mail"}, "host": {"mail"}, "port": {"25"}, "security": {"tls"}, "from": {"nobody"}},
		"password": {"do": {"mail"}, "host": {"mail"}, "port": {"25"}, "security": {"tls"}, "from": {"a@b.example"}, "user": {"u"}},
		"person":   {"do": {"add"}, "person": {"nobody"}, "format": {"pdf"}},
	} {
		got := b.Post("/settings/reports", form)
		if got.Status != 422 {
			t.Errorf("%s: got %d, want 422", name, got.Status)
		}
		if h := form.Get("host"); h != "" && !strings.Contains(got.Body, `value="`+h+`"`) {
			t.Errorf("%s: the server typed is not kept", name)
		}
	}
	if got := p.Browser(t, p.Person(t, "Emil Employee")).Post("/settings/reports", url.Values{"do": {"schedule"}, "day": {"6"}}); got.Status != 404 {
		t.Errorf("an employee got %d, want 404", got.Status)
	}
}
