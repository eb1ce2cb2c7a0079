package post

import (
	"context"
	"testing"

	"steward/kernel/fail"
	"steward/kernel/seal"
)

func TestASenderThatCouldSmuggleAHeaderIsRefused(t *testing.T) {
	for _, from := range []string{"", "nobody", "a@b.example\r\nBcc: x@y.example", "a@b.example, c@d.example"} {
		s := Settings{Host: "mail.example.org", Port: 587, Security: StartTLS, From: from}
		if err := s.check(); !fail.Is(err, fail.Invalid) {
			t.Errorf("%q: got %v, want it refused", from, err)
		}
	}
	s := Settings{Host: "mail.example.org", Port: 587, Security: StartTLS, From: "Steward <steward@example.org>"}
	if err := s.check(); err != nil {
		t.Errorf("a name and an address: %v", err)
	}
}

func TestNothingIsSentWithoutAServer(t *testing.T) {
	key, err := seal.New(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Send(context.Background(), key, Settings{}, []Message{{To: "a@b.example"}}); err == nil {
		t.Error("a message without a server counts as handed over")
	}
}

func TestALetterToAWrongAddressIsNamed(t *testing.T) {
	m := Message{To: "a@b.example\r\nBcc: c@d.example", Subject: "x"}
	if _, err := m.message(Settings{From: "s@b.example"}); err == nil {
		t.Error("an address with a line break was taken")
	}
}
