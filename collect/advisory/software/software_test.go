package software

import (
	"testing"

	"steward/collect/advisory/purl"
)

func TestSystemsHaveTheEcosystemOfTheirAdvisories(t *testing.T) {
	for _, c := range [][4]string{
		{"almalinux", "AlmaLinux 8.10 (Cerulean Leopard)", "8.10", "AlmaLinux:8"}, {"", "AlmaLinux 9.4 (Seafoam Ocelot)", "", "AlmaLinux:9"}, {"", "AlmaLinux release 8.5 (Arctic Sphynx)", "8.5", "AlmaLinux:8"},
		{"rocky", "Rocky Linux 9.1", "9.1", "Rocky Linux:9"}, {"rhel", "Red Hat Enterprise Linux 8.6 (Ootpa)", "8.6", "Red Hat:8"}, {"debian", "Debian GNU/Linux 12 (bookworm)", "12.9", "Debian:12"},
		{"ubuntu", "Ubuntu 22.04.3 LTS", "22.04", "Ubuntu:22.04"}, {"alpine", "Alpine Linux v3.18", "3.18.4", "Alpine:v3.18"}, {"opensuse", "openSUSE Leap 15.5", "15.5", "openSUSE:15.5"}, {"", "openSUSE Tumbleweed", "20240101", "openSUSE:Tumbleweed"},
		{"sles", "SUSE Linux Enterprise Server 15 SP5", "15.5", "SUSE:15.5"}, {"", "SUSE Linux Enterprise Server 15 SP5", "", "SUSE:15.5"}, {"centos", "CentOS Linux 8", "8", "CentOS:8"}, {"centos-stream", "CentOS Stream 9", "9", "CentOS Stream:9"},
		{"amazon", "Amazon Linux 2023", "2023", "Amazon Linux:2023"}, {"oracle", "Oracle Linux Server 8.9", "8.9", "Oracle Linux:8"}, {"", "Linux Mint 21.3", "21.3", ""}, {"", "Raspbian GNU/Linux 11", "11", ""}, {"", "Microsoft Windows 11", "23H2", ""}, {"", "", "", ""}, {"alma", "alma", "8.10", "AlmaLinux:8"}, {"", "redhat", "9.2", "Red Hat:9"},
		{"debian", "Debian GNU/Linux trixie/sid", "", ""},
	} {
		if got := EcosystemOf(c[0], c[1], c[2]); got != c[3] {
			t.Errorf("%s, %s, %s: %q, want %q", c[0], c[1], c[2], got, c[3])
		}
	}
}

func TestPackageURLsTellTheEcosystemOrWhyNot(t *testing.T) {
	for _, c := range []struct{ url, system, ecosystem, name, version, why string }{
		{"pkg:rpm/almalinux/openssl@1.1.1k-12.el8?epoch=1&distro=almalinux-8.10", "", "AlmaLinux:8", "openssl", "1:1.1.1k-12.el8", ""},
		{"pkg:rpm/redhat/openssl@1-1?distro=rhel-8.6", "", "Red Hat:8", "openssl", "1-1", ""}, {"pkg:rpm/redhat/openssl@1-1?distro=redhat-9", "", "Red Hat:9", "openssl", "1-1", ""},
		{"pkg:deb/debian/a@1?distro=debian-12", "", "Debian:12", "a", "1", ""}, {"pkg:deb/debian/a@1?distro=bookworm", "", "Debian:12", "a", "1", ""}, {"pkg:deb/ubuntu/a@1?distro=bookworm", "", "", "a", "1", "no advisories are known of bookworm"}, {"pkg:deb/ubuntu/a@1?distro=jammy", "", "Ubuntu:22.04", "a", "1", ""}, {"pkg:deb/debian/a@1?distro=debian-bookworm", "", "Debian:12", "a", "1", ""},
		{"pkg:deb/ubuntu/a@1?distro=ubuntu-22.04", "", "Ubuntu:22.04", "a", "1", ""}, {"pkg:apk/alpine/a@1-r0?distro=alpine-3.18.4", "", "Alpine:v3.18", "a", "1-r0", ""}, {"pkg:apk/alpine/a@1-r0?distro=3.18.4", "Alpine:v3.18", "Alpine:v3.18", "a", "1-r0", ""},
		{"pkg:rpm/suse/a@1-1?distro=sles-15.5", "", "SUSE:15.5", "a", "1-1", ""}, {"pkg:rpm/opensuse/a@1-1?distro=opensuse-leap-15.5", "", "openSUSE:15.5", "a", "1-1", ""}, {"pkg:rpm/opensuse/a@1-1?distro=opensuse-tumbleweed-20240101", "", "openSUSE:Tumbleweed", "a", "1-1", ""},
		{"pkg:rpm/almalinux/a@1-1", "", "", "a", "1-1", "the distribution or its release is not known"}, {"pkg:rpm/almalinux/a@1-1", "AlmaLinux:9", "AlmaLinux:9", "a", "1-1", ""},
		{"pkg:rpm/alma/a@1-1?distro=alma-8.10", "", "AlmaLinux:8", "a", "1-1", ""}, {"pkg:rpm/opensuse.leap/a@1-1?distro=opensuse.leap-15.5", "", "openSUSE:15.5", "a", "1-1", ""}, {"pkg:rpm/amazon/a@1-1?distro=amazon-2023", "", "Amazon Linux:2023", "a", "1-1", ""},
		{"pkg:rpm/suse/a@1-1?distro=suse%20linux%20enterprise%20server-15.5", "", "SUSE:15.5", "a", "1-1", ""}, {"pkg:rpm/oracle/a@1-1?distro=oracle-9.1", "", "Oracle Linux:9", "a", "1-1", ""}, {"pkg:rpm/centos/a@1-1?distro=centos-7.9.2009", "", "CentOS:7", "a", "1-1", ""},
		{"pkg:npm/%40babel/core@7.0.0", "", "npm", "@babel/core", "7.0.0", ""}, {"pkg:maven/org.x/y@1", "", "Maven", "org.x:y", "1", ""}, {"pkg:golang/github.com/a/b@v1.2.3", "", "Go", "github.com/a/b", "v1.2.3", ""},
		{"pkg:composer/symfony/http-kernel@6.4", "", "Packagist", "symfony/http-kernel", "6.4", ""}, {"pkg:cargo/serde@1", "", "crates.io", "serde", "1", ""}, {"pkg:generic/x@1", "", "", "x", "1", "no feed speaks of packages of kind generic"},
	} {
		u, err := purl.Parse(c.url)
		if err != nil {
			t.Fatal(err)
		}
		p := FromPURL(u, c.system)
		if p.Ecosystem != c.ecosystem || p.Name != c.name || p.Version != c.version || p.Why != c.why {
			t.Errorf("%s: %q %q %q %q", c.url, p.Ecosystem, p.Name, p.Version, p.Why)
		}
	}
}
