package identity

import (
	"errors"
	"strings"

	"github.com/go-ldap/ldap/v3"

	"steward/lib/words"
)

// advised are the causes for which an administrator can do something, by what their
// texts hold: libraries wrap them in many ways. The first that fits counts.
var advised = []struct {
	holds []string
	say   words.Word
}{
	{[]string{"unknown authority", "not trusted", "self-signed"}, words.T("identity.advice.authority", "Nobody whom this machine trusts vouches for the server. For a directory, paste the certificate of the authority that signed the server's own; else have this machine trust it.")},
	{[]string{"x509: certificate has expired", "not yet valid"}, words.T("identity.advice.expired", "The server's certificate does not hold today. Renew it there, or correct the clock.")},
	{[]string{"x509:"}, words.T("identity.advice.name", "The server's certificate is for another name. Use in the address the name that stands in it.")},
	{[]string{"no such host", "server misbehaving"}, words.T("identity.advice.host", "There is no host of this name. Check the address.")},
	{[]string{"connection refused", "timeout", "deadline exceeded", "no route", "unreachable"}, words.T("identity.advice.nothing", "Nothing answers at this address. Check host and port, and whether a firewall lies between.")},
	{[]string{"does not look like a TLS handshake", "EOF", "connection closed", "connection reset"}, words.T("identity.advice.protocol", "What answers there speaks otherwise. A directory has port 636 for ldaps and 389 for ldap.")},
	{[]string{"issuer did not match", "issuer URL"}, words.T("identity.advice.issuer", "The provider calls itself otherwise. Write the issuer exactly as it does, to the last slash.")},
	{[]string{"404", "failed to decode", "invalid character"}, words.T("identity.advice.description", "There is no description of an OpenID provider below this issuer. Take its address from the provider's own pages.")},
}

var (
	badUser   = words.T("identity.advice.user", "The directory refuses the user that searches. Check its full name and its password.")
	noRights  = words.T("identity.advice.rights", "The directory does not let this user search. Give it the right to read people there.")
	needsTLS  = words.T("identity.advice.tls", "The directory wants a secure connection. Use ldaps, or switch StartTLS on there.")
	otherWays = words.T("identity.advice.other", "It did not work.")
)

// advice says what an administrator can do about why a provider did not answer.
func advice(cause error) words.Said {
	var e *ldap.Error
	if errors.As(cause, &e) {
		switch e.ResultCode {
		case ldap.LDAPResultInvalidCredentials, ldap.LDAPResultInvalidDNSyntax, ldap.LDAPResultUnwillingToPerform, ldap.ErrorEmptyPassword:
			return badUser.With()
		case ldap.LDAPResultInsufficientAccessRights, ldap.LDAPResultInappropriateAuthentication:
			return noRights.With()
		case ldap.LDAPResultConfidentialityRequired, ldap.LDAPResultStrongAuthRequired:
			return needsTLS.With()
		}
	}
	text := cause.Error()
	for _, a := range advised {
		for _, part := range a.holds {
			if strings.Contains(text, part) {
				return a.say.With()
			}
		}
	}
	return otherWays.With()
}
