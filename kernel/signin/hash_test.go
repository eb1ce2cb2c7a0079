package signin_test

import (
	"strings"
	"testing"

	"steward/kernel/signin"
)

var dear = signin.Cheaply()

func TestAHashCarriesItsCostAndIsMadeAnewWhenThatChanges(t *testing.T) {
	dear()
	defer func() { signin.Cheaply() }()
	hash := signin.HashPassword("x")
	if !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("got %s", hash)
	}
	if ok, outdated := signin.CheckHash(hash, "x"); !ok || outdated {
		t.Errorf("got %v, %v", ok, outdated)
	}
	if ok, _ := signin.CheckHash(hash, "y"); ok {
		t.Error("a wrong password fits")
	}
	// argon2id of "password" with salt "somesalt", from the reference implementation's tests
	// (P-H-C/phc-winner-argon2, test.c: version 0x13, t=2, m=2^16, p=1).
	const known = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	if ok, outdated := signin.CheckHash(known, "password"); !ok || !outdated {
		t.Errorf("the published hash: got %v, outdated %v", ok, outdated)
	}
}

func FuzzAHashFromTheDatabaseNeverPanics(f *testing.F) {
	f.Add("$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc")
	f.Add("$argon2id$v=19$m=0,t=0,p=0$$")
	f.Add("$argon2id$v=19$m=4294967295,t=4294967295,p=255$AA$AA")
	f.Fuzz(func(t *testing.T, hash string) {
		signin.CheckHash(hash, "x")
	})
}
