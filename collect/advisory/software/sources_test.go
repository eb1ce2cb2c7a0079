package software

import (
	"strings"
	"testing"
)

const packagesIndex = `Package: libssl3
Source: openssl
Version: 3.0.11-1~deb12u2
Description: Secure Sockets Layer toolkit
 Source: this is text
 .

Package: gcc
Source: gcc-defaults (1.203)
Version: 4:12.2.0-3

Package: bash
Version: 5.2.15-2+b2
`

func TestSourcePackagesComeFromAnIndexOfTheArchive(t *testing.T) {
	var s Sources
	if err := s.ReadSources([]byte(packagesIndex)); err != nil {
		t.Fatal(err)
	}
	target := func(names ...string) *Target {
		t := &Target{Ecosystem: "Debian:12", NoSources: true}
		for _, n := range names {
			name, version, _ := strings.Cut(n, " ")
			t.Packages = append(t.Packages, Package{Ecosystem: "Debian:12", Manager: "deb", Name: name, Version: version})
		}
		return t
	}
	m := target("libssl3 3.0.11-1~deb12u1", "gcc 4:12.2.0-3", "bash 5.2.15-2+b2")
	if n := s.Tell(m); n != 0 || m.NoSources {
		t.Errorf("%d unknown, %+v", n, m)
	}
	for i, want := range []Package{{Source: "openssl"}, {Source: "gcc-defaults", SourceVersion: "1.203"}, {}} {
		if got := m.Packages[i]; got.Source != want.Source || got.SourceVersion != want.SourceVersion {
			t.Errorf("%s: of %q %q, want %q %q", got.Name, got.Source, got.SourceVersion, want.Source, want.SourceVersion)
		}
	}
	m = target("libssl3 3.0.11-1~deb12u1", "own 1")
	if n := s.Tell(m); n != 1 || !m.NoSources || m.Packages[0].Source != "openssl" {
		t.Errorf("%d unknown, %+v", n, m)
	}
	// What an inventory tells itself stays.
	m = target("libssl3 3.0.11-1~deb12u1")
	m.NoSources = false
	if s.Tell(m); m.Packages[0].Source != "" {
		t.Errorf("%+v", m.Packages)
	}
}

func TestWhatIsNoIndexIsRefusedWithThePlace(t *testing.T) {
	for doc, want := range map[string]string{"": "no package", "Package: a\nwhat is this\n": "line 2", "Description: x\n": "no package"} {
		var s Sources
		if err := s.ReadSources([]byte(doc)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want it to say %q", doc, err, want)
		}
	}
}

func FuzzReadSources(f *testing.F) {
	f.Add([]byte(packagesIndex))
	f.Fuzz(func(t *testing.T, doc []byte) {
		var s Sources
		if s.ReadSources(doc) == nil && len(s.byName) == 0 {
			t.Fatal("nothing was read and nothing said")
		}
	})
}
