package document

import (
	"strings"
	"testing"
)

func TestListsOfPackageManagersAreRead(t *testing.T) {
	for _, c := range []struct{ doc, ecosystem, want string }{
		{"gpg-pubkey-ced7258b-6525146f\nopenssl-libs-3.0.7-18.el9.x86_64\nbash-5.1.8-6.el9_1.x86_64\n", "AlmaLinux:9", "openssl-libs 3.0.7-18.el9 x86_64, bash 5.1.8-6.el9_1 x86_64"},
		{"openssl-libs-1:3.0.7-18.el9.x86_64\n1:grub2-2.06-1.el9.noarch\nnss-(none):3.9-1.x86_64", "AlmaLinux:9", "openssl-libs 1:3.0.7-18.el9 x86_64, grub2 1:2.06-1.el9 noarch, nss 3.9-1 x86_64"},
		{"openssl-libs 1 3.0.7 18.el9 x86_64\nbash 0 5.1.8 6.el9_1 x86_64\ntzdata (none) 2024a 1.el9 noarch\n", "AlmaLinux:9", "openssl-libs 1:3.0.7-18.el9 x86_64, bash 5.1.8-6.el9_1 x86_64, tzdata 2024a-1.el9 noarch"},
		{"Desired=Unknown/Install/Remove/Purge/Hold\n| Status=Not/Inst/Conf-files/Unpacked/halF-conf/Half-inst/trig-aWait/Trig-pend\n|/ Err?=(none)/Reinst-required (Status,Err: uppercase=bad)\n||/ Name           Version      Architecture Description\n+++-==============-============-============-=================================\nii  openssl        3.0.11-1~deb12u2 amd64 Secure Sockets Layer toolkit\nrc  old            1:1-1        amd64        gone\nhi  libssl3:amd64  3.0.11-1~deb12u2 amd64 x\n", "Debian:12", "openssl 3.0.11-1~deb12u2 amd64, libssl3 3.0.11-1~deb12u2 amd64"},
		{"adduser\t3.134\nlibssl3:amd64\t3.0.11-1~deb12u2\n", "Debian:12", "adduser 3.134 , libssl3 3.0.11-1~deb12u2 amd64"},
		{"musl-1.2.4-r2\nlibcrypto3-3.1.4-r2\n", "Alpine:v3.19", "musl 1.2.4-r2 , libcrypto3 3.1.4-r2 "},
		{"libcrypto3-3.1.4-r2 x86_64 {openssl} (Apache-2.0) [installed]\n", "Alpine:v3.19", "libcrypto3 3.1.4-r2 x86_64 of openssl"},
	} {
		all, err := Parse([]byte(c.doc), "host.txt", c.ecosystem)
		if err != nil || len(all) != 1 {
			t.Errorf("%.40q: %v", c.doc, err)
			continue
		}
		var got []string
		for _, p := range all[0].Packages {
			s := p.Name + " " + p.Version + " " + p.Arch
			if p.Source != "" {
				s += " of " + p.Source
			}
			if got = append(got, s); p.Ecosystem != c.ecosystem {
				t.Errorf("%s is of %q", p.Name, p.Ecosystem)
			}
		}
		if strings.Join(got, ", ") != c.want || all[0].Name != "host.txt" {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

func TestAListWithoutDistributionOrWithAStrayLineIsRefused(t *testing.T) {
	for doc, want := range map[string]string{
		"bash-5.1.8-6.el9_1.x86_64\n":                         "--ecosystem",
		"bash-5.1.8-6.el9_1.x86_64\nerror: rpmdb is locked\n": "line 2",
		"bash-5.1.8-6.el9_1.x86_64\nadduser\t3.134\n":         "line 2",
		"what is this\n": "neither",
		"ii  openssl  3.0.11-1~deb12u2 amd64 Secure\n??? is no line\n": "line 2",
	} {
		if _, err := Parse([]byte(doc), "x", ""); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want it to say %q", doc, err, want)
		}
	}
}

func TestEpochsOfAListAreKnownWhenItTellsAny(t *testing.T) {
	for doc, none := range map[string]bool{"a-1-1.x86_64\n": true, "a-1-1.x86_64\nb-1:1-1.x86_64\n": false} {
		all, err := Parse([]byte(doc), "x", "AlmaLinux:9")
		if err != nil || all[0].NoEpochs != none {
			t.Errorf("%q: %v %v", doc, all, err)
		}
	}
}

func FuzzList(f *testing.F) {
	f.Add("ii  openssl  3.0.11-1~deb12u2 amd64 Secure\n")
	f.Add("openssl-libs-1:3.0.7-18.el9.x86_64\nmusl-1.2.4-r2\n")
	f.Add("libcrypto3-3.1.4-r2 x86_64 {openssl} (Apache-2.0) [installed]\n")
	f.Fuzz(func(t *testing.T, doc string) {
		target, _, _ := list([]byte(doc), "x", "Debian:12")
		for _, p := range target.Packages {
			if p.Name == "" || p.Version == "" {
				t.Fatalf("%q: a package without name or version", doc)
			}
		}
	})
}
