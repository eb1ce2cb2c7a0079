package purl

import "testing"

func TestPackageURLsComeBackInTheirCanonicalForm(t *testing.T) {
	for in, want := range map[string]string{
		"pkg:rpm/almalinux/openssl@1.1.1k-12.el8?arch=x86_64&epoch=1":          "pkg:rpm/almalinux/openssl@1.1.1k-12.el8?arch=x86_64&epoch=1",
		"pkg:Rpm/Fedora/curl@7.50.3-1.fc25?distro=fedora-25&arch=i386":         "pkg:rpm/fedora/curl@7.50.3-1.fc25?arch=i386&distro=fedora-25",
		"pkg:deb/debian/libstdc++6@12.2.0-14?arch=amd64":                       "pkg:deb/debian/libstdc%2B%2B6@12.2.0-14?arch=amd64",
		"pkg:npm/%40angular/animation@12.3.1":                                  "pkg:npm/%40angular/animation@12.3.1",
		"pkg:npm/@babel/core@7.0.0":                                            "pkg:npm/%40babel/core@7.0.0",
		"pkg:pypi/Django_Package@1.11.1.dev1":                                  "pkg:pypi/django-package@1.11.1.dev1",
		"pkg://golang/google.golang.org/genproto@v1#/googleapis/../api/":       "pkg:golang/google.golang.org/genproto@v1#googleapis/api",
		"pkg:maven/org.apache.commons/io@1.3.4?repository_url=https://r.org/a": "pkg:maven/org.apache.commons/io@1.3.4?repository_url=https:%2F%2Fr.org%2Fa",
		"pkg:github/Package-URL/purl-Spec@244fd47":                             "pkg:github/package-url/purl-spec@244fd47",
		"pkg:gem/jruby-launcher@1.1.2?platform=java&empty=":                    "pkg:gem/jruby-launcher@1.1.2?platform=java",
		"pkg:generic/a@1:2%203":                                                "pkg:generic/a@1:2%203",
	} {
		p, err := Parse(in)
		if err != nil || p.String() != want {
			t.Errorf("%s: %s, %v, want %s", in, p, err, want)
		}
	}
}

func TestWhatIsNoPackageURLIsRefused(t *testing.T) {
	for _, in := range []string{"", "npm/x@1", "pkg:npm", "pkg:npm/", "pkg:maven/@1.3.4", "pkg:swift/github.com/Alamofire/@5.4.3", "pkg:n&g?inx/nginx@0.8.9", "pkg:1npm/x",
		"pkg:npm/x?a=1&a=2", "pkg:npm/x?=1", "pkg:npm/x?a b=1", "pkg:npm/%zz", "http://npm/x"} {
		if p, err := Parse(in); err == nil {
			t.Errorf("%q is taken as %s", in, p)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("pkg:rpm/almalinux/openssl@1.1.1k-12.el8?arch=x86_64&distro=almalinux-8.10&epoch=1#a/b")
	f.Add("pkg:npm/%40a/b@1")
	f.Add("pkg:golang/a.b/c/d@v1.0.0+incompatible")
	f.Fuzz(func(t *testing.T, s string) {
		p, err := Parse(s)
		if err != nil || len(p.String()) > maxLength { // escaping makes it longer
			return
		}
		again, err := Parse(p.String())
		if err != nil || again.String() != p.String() {
			t.Fatalf("%q becomes %q and that %q, %v", s, p, again, err)
		}
	})
}
