package main

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"fmt"
)

// pinOf is by what agents may know a certificate that no authority of this machine
// vouches for: the SHA-256 of its key, which stays when the certificate is renewed
// for the same key. It is "" when the system's authorities vouch for it, as they
// then do on other machines.
func pinOf(pair tls.Certificate) string {
	leaf := pair.Leaf
	between := x509.NewCertPool()
	for _, der := range pair.Certificate[1:] {
		if c, err := x509.ParseCertificate(der); err == nil {
			between.AddCert(c)
		}
	}
	if _, err := leaf.Verify(x509.VerifyOptions{Intermediates: between}); err == nil {
		return ""
	}
	return fmt.Sprintf("%x", sha256.Sum256(leaf.RawSubjectPublicKeyInfo))
}
