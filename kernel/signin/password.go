package signin

import (
	"crypto/rand"
	"crypto/subtle"
	_ "embed"
	"encoding/base64"
	"fmt"
	"runtime"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"steward/kernel/fail"
)

// cost is what a password's hash takes to compute. The second choice of OWASP's
// Password Storage Cheat Sheet for argon2id (19 MiB, 2 passes, 1 lane): many can
// sign in at once on a small machine.
type cost struct {
	memory, passes uint32 // KiB, rounds
	lanes          uint8
}

var current = cost{memory: 19 * 1024, passes: 2, lanes: 1}

// hashing lets only as many hashes be computed at once as there are processors, so
// that a flood of attempts takes neither all memory nor all processors' queues.
var hashing = make(chan struct{}, max(1, runtime.NumCPU()))

// hashPassword returns the password's argon2id hash as a PHC string, which carries
// its own cost and salt.
func hashPassword(password string) string {
	salt := make([]byte, 16)
	rand.Read(salt)
	b := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, current.memory, current.passes, current.lanes,
		b.EncodeToString(salt), b.EncodeToString(derive(password, salt, current, 32)))
}

func derive(password string, salt []byte, c cost, length uint32) []byte {
	hashing <- struct{}{}
	defer func() { <-hashing }()
	return argon2.IDKey([]byte(password), salt, c.passes, c.memory, c.lanes, length)
}

// nobody is the hash checked when there is no such account or password, so that
// the answer takes as long. No password has it.
func nobody() string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, current.memory, current.passes, current.lanes,
		base64.RawStdEncoding.EncodeToString(make([]byte, 16)), base64.RawStdEncoding.EncodeToString(make([]byte, 32)))
}

// checkPassword compares in constant time. outdated says that the hash was made at
// another cost than today's and should be made anew.
func checkPassword(hash, password string) (ok, outdated bool) {
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return false, false
	}
	var version int
	var c cost
	if _, err := fmt.Sscanf(parts[2], "v=%d", &version); err != nil || version != argon2.Version {
		return false, false
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &c.memory, &c.passes, &c.lanes); err != nil || c.passes < 1 || c.lanes < 1 || c.memory > 1<<17 || c.passes > 10 {
		return false, false
	}
	salt, err1 := base64.RawStdEncoding.DecodeString(parts[4])
	want, err2 := base64.RawStdEncoding.DecodeString(parts[5])
	if err1 != nil || err2 != nil || len(want) < 16 {
		return false, false
	}
	got := derive(password, salt, c, uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1, c != current
}

// The lengths a password may have, in characters and bytes.
const (
	shortest = 12
	longest  = 1024
)

//go:embed common.txt
var commonList string

// runs are the orders in which keys are pressed by those who avoid choosing.
var runs = []string{"01234567890123456789", "98765432109876543210", "abcdefghijklmnopqrstuvwxyz", "zyxwvutsrqponmlkjihgfedcba",
	"qwertyuiopasdfghjklzxcvbnm", "qwertzuiopasdfghjklyxcvbnm", "azertyuiopqsdfghjklmwxcvbn", "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik"}

// CheckPassword says what is wrong with a new password for a login: too short, too
// long, well known, of too few different characters, or the login itself.
func CheckPassword(login, password string) error {
	refuse := func(key, text string) error { return fail.Named("password", "kernel.signin."+key, text) }
	low := strings.ToLower(password)
	switch n := utf8.RuneCountInString(password); {
	case n < shortest:
		return fail.Named("password", "kernel.signin.short", "A password needs at least {n} characters; this one has {has}.").With("n", shortest).With("has", n)
	case len(password) > longest:
		return fail.Named("password", "kernel.signin.long", "A password has at most {n} bytes.").With("n", longest)
	case !utf8.ValidString(password):
		return refuse("not-text", "A password must be text.")
	}
	different := map[rune]bool{}
	for _, r := range low {
		different[r] = true
	}
	if len(different) < 5 {
		return refuse("monotonous", "A password needs at least five different characters.")
	}
	if name, _, _ := strings.Cut(Fold(login), "@"); len(name) >= 4 && strings.Contains(low, name) {
		return refuse("has-login", "A password must not contain the sign-in name.")
	}
	for _, run := range runs {
		if strings.Contains(run, low) || strings.Contains(run+run, low) {
			return refuse("common", "This password is among the first that others would try.")
		}
	}
	// The words that attackers begin with, whatever figures and signs follow them.
	core := strings.TrimFunc(low, func(r rune) bool { return r < 'a' || r > 'z' && r < 0x80 })
	for common := range strings.FieldsSeq(commonList) {
		if low == common || core == common {
			return refuse("common", "This password is among the first that others would try.")
		}
	}
	return nil
}
