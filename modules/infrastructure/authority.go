package infrastructure

import (
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"time"

	"steward/collect/agentproto"
	"steward/kernel/records"
	"steward/kernel/seal"
)

// issuer certifies the keys of agents, so that a proxy in front of the program
// can tell them from others too.
type issuer struct {
	certificate *x509.Certificate
	key         crypto.Signer
}

const (
	issuerLasts = 20 * 365 * 24 * time.Hour
	// CertificateLasts is how long an agent's certificate holds; it is renewed when
	// two thirds of that are over.
	certificateLasts = 365 * 24 * time.Hour
	issuerPlace      = "infrastructure.authority"
)

// openIssuer returns the installation's authority, making it when it is first needed.
func openIssuer(u *records.Tx, k *seal.Key) (*issuer, error) {
	var certificate, sealed string
	found, err := u.Row("SELECT certificate, sealed FROM infrastructure_authority WHERE id = 'agents'", nil, &certificate, &sealed)
	if err != nil {
		return nil, err
	}
	if !found {
		return newIssuer(u, k)
	}
	der, err := k.Open(issuerPlace, sealed)
	if err != nil {
		return nil, fmt.Errorf("the key of the agents' authority: %w", err)
	}
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, fmt.Errorf("the key of the agents' authority: %w", err)
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, errors.New("the key of the agents' authority cannot sign")
	}
	ca, err := agentproto.ParseCertificate(certificate)
	return &issuer{ca, signer}, err
}

func newIssuer(u *records.Tx, k *seal.Key) (*issuer, error) {
	key, err := agentproto.NewKey()
	if err != nil {
		return nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{SerialNumber: serial, Subject: pkix.Name{CommonName: "Steward agents"}, NotBefore: u.Now.Add(-time.Hour), NotAfter: u.Now.Add(issuerLasts),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("make the agents' authority: %w", err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	text := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	_, err = u.Exec("INSERT INTO infrastructure_authority (id, certificate, sealed, made_at) VALUES ('agents', $1, $2, $3)", text, k.Seal(issuerPlace, secret), u.Now.UnixMicro())
	if err != nil {
		return nil, err
	}
	ca, err := x509.ParseCertificate(der)
	return &issuer{ca, key}, err
}

// certify signs the key in a certificate request for an agent.
func (i *issuer) certify(csr *x509.CertificateRequest, agent string, now time.Time) (certificate string, until time.Time, err error) {
	until = now.Add(certificateLasts)
	certificate, err = agentproto.Issue(i.certificate, i.key, csr, agent, now.Add(-5*time.Minute), until)
	return certificate, until, err
}
