package identity_test

import (
	"encoding/base32"
	"strings"
	"testing"
	"time"

	"steward/kernel/fail"
	"steward/kernel/signin"
	"steward/kernel/storage"
	"steward/modules/identity"
)

// The test vectors of RFC 6238, appendix B, for SHA-1, cut to six digits.
func TestCodesAreThoseOfTheStandard(t *testing.T) {
	secret := []byte("12345678901234567890")
	for at, want := range map[int64]string{59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130"} {
		if got := identity.TOTPCode(secret, time.Unix(at, 0)); got != want {
			t.Errorf("at %d: got %s, want %s", at, got, want)
		}
	}
}

func TestTheSecondFactorIsAskedForAndEachCodeCountsOnce(t *testing.T) {
	each(t, func(w *world) {
		ada := w.id["ada"]
		var enrolment identity.Enrolment
		w.do(ada, func(u *storage.Update) (err error) {
			enrolment, err = identity.StartTOTP(u, w.Key, ada, "Steward")
			return err
		})
		secret, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(enrolment.Secret)
		if err != nil || !strings.HasPrefix(enrolment.URL, "otpauth://totp/Steward:ada@example.org?") {
			w.t.Fatalf("got %+v, %v", enrolment, err)
		}
		code := func() string { return identity.TOTPCode(secret, w.Clock.Now()) }
		if err := w.try(ada, func(u *storage.Update) error { _, err := identity.ConfirmTOTP(u, w.Key, ada, "000000"); return err }); !fail.Is(err, fail.Invalid) {
			w.t.Errorf("a wrong code confirms: %v", err)
		}
		var recovery []string
		w.do(ada, func(u *storage.Update) (err error) {
			recovery, err = identity.ConfirmTOTP(u, w.Key, ada, code())
			return err
		})
		if len(recovery) != 10 {
			w.t.Fatalf("got %d recovery codes", len(recovery))
		}
		enter := func(code string) (*signin.SignedIn, error) {
			in, err := signin.SignIn(ctx, w.DB, "ada@example.org", good, office)
			if err != nil {
				w.t.Fatal(err)
			}
			if !in.NeedsCode {
				w.t.Fatal("no code is asked for")
			}
			if s, err := w.session(in.Secret); err != nil || !s.WaitCode {
				w.t.Fatalf("got %+v, %v, want a session that waits", s, err)
			}
			out, err := identity.EnterCode(ctx, w.DB, w.Key, in.Secret, code, office)
			if err == nil && out.Secret == in.Secret {
				w.t.Error("the session goes on under the same secret")
			}
			return out, err
		}
		if _, err := enter(code()); !fail.Is(err, fail.Unauthenticated) {
			w.t.Errorf("the code that confirmed the set-up signs in too: %v", err)
		}
		w.Clock.Advance(30 * time.Second)
		in, err := enter(code())
		if err != nil {
			w.t.Fatal(err)
		}
		if s, err := w.session(in.Secret); err != nil || s.WaitCode {
			w.t.Errorf("got %+v, %v, want a full session", s, err)
		}
		if _, err := enter(code()); !fail.Is(err, fail.Unauthenticated) {
			w.t.Errorf("a code was taken twice: %v", err)
		}
		w.Clock.Advance(time.Minute)
		if _, err := enter(strings.ToUpper(recovery[3])); err != nil {
			w.t.Errorf("a recovery code was refused: %v", err)
		}
		if _, err := enter(recovery[3]); !fail.Is(err, fail.Unauthenticated) {
			w.t.Errorf("a recovery code was taken twice: %v", err)
		}
		var kept string
		w.read(func(v *storage.View) error {
			_, err := v.Row("SELECT secret FROM identity_authenticator WHERE person = $1", []any{ada}, &kept)
			return err
		})
		if strings.Contains(kept, enrolment.Secret) {
			w.t.Error("the secret lies open in the database")
		}
		w.do(ada, func(u *storage.Update) error { return identity.RemoveTOTP(u, ada) })
		if in, err := signin.SignIn(ctx, w.DB, "ada@example.org", good, office); err != nil || in.NeedsCode {
			w.t.Errorf("got %+v, %v, want no code asked after removal", in, err)
		}
	})
}
