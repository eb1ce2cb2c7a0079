package agentproto

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"time"
)

// NewKey makes an agent's key: ECDSA on P-256, which every reverse proxy can
// check in a client certificate.
func NewKey() (*ecdsa.PrivateKey, error) { return ecdsa.GenerateKey(elliptic.P256(), rand.Reader) }

// NewCSR makes a certificate request for key, PEM.
func NewCSR(key crypto.Signer, hostname string) (string, error) {
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: pkix.Name{CommonName: hostname}}, key)
	if err != nil {
		return "", err
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der})), nil
}

// ParseCSR reads a certificate request and checks that it is signed by the key
// it names, and that the key is one the protocol uses.
func ParseCSR(text string) (*x509.CertificateRequest, error) {
	if len(text) > 64<<10 {
		return nil, errors.New("the certificate request is too large")
	}
	block, _ := pem.Decode([]byte(text))
	if block == nil || block.Type != "CERTIFICATE REQUEST" {
		return nil, errors.New("csr_pem is not a PEM certificate request")
	}
	csr, err := x509.ParseCertificateRequest(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("csr_pem cannot be read: %w", err)
	}
	if err := csr.CheckSignature(); err != nil {
		return nil, fmt.Errorf("csr_pem is not signed by its own key: %w", err)
	}
	switch k := csr.PublicKey.(type) {
	case ed25519.PublicKey:
	case *ecdsa.PublicKey:
		if k.Curve != elliptic.P256() && k.Curve != elliptic.P384() {
			return nil, errors.New("csr_pem has a key on an unusual curve; use P-256")
		}
	default:
		return nil, errors.New("csr_pem has a key that is neither Ed25519 nor ECDSA")
	}
	return csr, nil
}

// Issue makes an agent's client certificate: the CA's word that the key in csr
// is the agent's. The name in csr is not taken over; the agent's id is.
func Issue(ca *x509.Certificate, key crypto.Signer, csr *x509.CertificateRequest, agent string, from, until time.Time) (string, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return "", err
	}
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: agent, Organization: []string{"Steward agent"}},
		NotBefore: from, NotAfter: until, KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}, BasicConstraintsValid: true,
	}, ca, csr.PublicKey, key)
	if err != nil {
		return "", fmt.Errorf("issue certificate: %w", err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), nil
}

// ParseCertificate reads the first certificate of a PEM text.
func ParseCertificate(text string) (*x509.Certificate, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil || block.Type != "CERTIFICATE" {
		return nil, errors.New("there is no PEM certificate")
	}
	return x509.ParseCertificate(block.Bytes)
}
