// Package agentproto is what the agent and the server say to each other: the
// bodies of enrolment and reports, and the signature that proves who sent them.
// Both sides import it.
//
// The agent speaks first, always, over TLS, with a client certificate of its
// own. Since a reverse proxy may end the TLS in front of the server, each
// request is also signed with the certificate's key; the server believes the
// signature, not the proxy.
//
//	POST /agent/v1/enrol      EnrolRequest → Enrolment      not signed: the token proves it
//	POST /agent/v1/renew      RenewRequest → Enrolment      signed
//	POST /agent/v1/inventory  Report → Answer               signed
//	GET  /agent/v1/program/linux-amd64                      the agent's program; its ETag is its SHA-256
//
// Errors are RFC 9457 problem documents; Problem.Code is what programs read.
package agentproto

import (
	"time"

	"steward/collect/fact"
)

// Paths of the protocol's first version.
const (
	EnrolPath     = "/agent/v1/enrol"
	RenewPath     = "/agent/v1/renew"
	InventoryPath = "/agent/v1/inventory"
	ProgramPath   = "/agent/v1/program/" // and the platform: linux-amd64
)

// HeaderVersion is the version of a program that is given out.
const HeaderVersion = "Steward-Version"

// EnrolRequest asks for a certificate with a one-time token.
type EnrolRequest struct {
	Token    string `json:"token" doc:"the one-time enrolment token"`
	CSR      string `json:"csr_pem" doc:"PKCS #10 request for the agent's own key, PEM"`
	Hostname string `json:"hostname"`
	Platform string `json:"platform,omitempty" doc:"linux/amd64 …"`
	Version  string `json:"version,omitempty" doc:"the agent's version"`
}

// Enrolment is the server's answer: who the agent is from now on.
type Enrolment struct {
	Certificate string `json:"certificate_pem" doc:"the agent's client certificate, PEM"`
	CA          string `json:"ca_pem" doc:"certificates to trust the server by, PEM; empty if those of the system do"`
	AgentID     string `json:"agent_id" doc:"the agent's id, sent with each request"`
}

// RenewRequest asks for a new certificate for the same agent.
type RenewRequest struct {
	CSR string `json:"csr_pem"`
}

// Report is an inventory, in which sections that the server has already are
// left out and only named by their hash.
type Report struct {
	ID        string            `json:"id" doc:"unique for the report; the same report sent twice has the same"`
	Sequence  int64             `json:"sequence" doc:"rises by one with each report of the agent"`
	Version   string            `json:"version" doc:"the agent's version"`
	Inventory fact.Inventory    `json:"inventory" doc:"with the sections that changed since the server last accepted a report"`
	Hashes    map[string]string `json:"hashes" doc:"content hash of every section the machine has, also of those left out"`
	Queued    int               `json:"queued" doc:"reports that wait after this one"`
	Dropped   int               `json:"dropped,omitempty" doc:"reports given up since the last accepted one, as the queue was full or too old"`
	Held      []Held            `json:"held_back,omitempty" doc:"when and why the agent did less than it was asked"`
}

// Held is a time in which the agent held back.
type Held struct {
	At     time.Time `json:"at"`
	Until  time.Time `json:"until"`
	Reason string    `json:"reason" doc:"what limit was reached, with its figures"`
}

// Answer is the server's answer to a report.
type Answer struct {
	Accepted bool     `json:"accepted"`
	Want     []string `json:"want,omitempty" doc:"sections to send in full at once, as the server has not what the hash names"`
	Interval int      `json:"interval_seconds,omitempty" doc:"how often to report from now on; absent for no change"`
	Message  string   `json:"message,omitempty" doc:"words for the agent's log"`
}

// Problem is an error answer (RFC 9457).
type Problem struct {
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail,omitempty"`
	Code   string `json:"code,omitempty" doc:"token-unknown, token-used, signature, clock, revoked, too-large, invalid"`
}

// Codes of problems that the agent acts on.
const (
	CodeToken     = "token-unknown"
	CodeTokenUsed = "token-used"
	CodeSignature = "signature"
	CodeClock     = "clock"
	CodeRevoked   = "revoked"
	CodeTooLarge  = "too-large"
	CodeInvalid   = "invalid"
)

// Missing returns the sections a server must ask for: those that the report
// leaves out whose hash is not the one the server holds.
func (r Report) Missing(have map[string]string) []string {
	present := map[string]bool{}
	for _, s := range r.Inventory.Present() {
		present[s] = true
	}
	var want []string
	for _, s := range fact.Sections() {
		if h := r.Hashes[s]; h != "" && !present[s] && have[s] != h {
			want = append(want, s)
		}
	}
	return want
}
