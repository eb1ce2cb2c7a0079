package identity

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"steward/kernel/fail"
	"steward/kernel/seal"
)

// OpenID is an OpenID Connect provider: Entra ID, Keycloak, Google and their kin.
type OpenID struct {
	Name         string // of the provider, kept with each identity
	Issuer       string // https://…, as the provider spells it
	ClientID     string
	ClientSecret string
	// Return is our address to which the provider sends people back.
	Return string
	// LoginClaim is the claim that is the sign-in name here: "email" (only if the
	// provider says it verified it) or for example "preferred_username". Empty: email.
	LoginClaim string
	// GroupClaim is the claim that lists a person's groups, such as "groups"; or "".
	GroupClaim string
	// HTTP is the client to use; one with a timeout of ten seconds if nil.
	HTTP *http.Client
	// Now is the clock for the tokens' times; time.Now if nil.
	Now func() time.Time
}

// onTheWay is how long somebody may take at the provider.
const onTheWay = 15 * time.Minute

// started is what has to come back from the provider unchanged.
type started struct {
	State, Nonce, Verifier string
	Back                   string // the page here that was asked for
	Until                  int64
}

// Known is who a provider says somebody is.
type Known struct {
	Subject, Login string
	Groups         []string
	Session        string // what the provider calls the session there, or ""
	Back           string // what Start was given
}

// Start returns the provider's page to which to send the browser, and the value of a
// cookie to set meanwhile (HttpOnly, SameSite=Lax), which Finish asks for.
func (o *OpenID) Start(ctx context.Context, key *seal.Key, back string) (page, cookie string, err error) {
	_, config, err := o.discover(ctx)
	if err != nil {
		return "", "", err
	}
	s := started{random(), random(), oauth2.GenerateVerifier(), back, o.now().Add(onTheWay).Unix()}
	raw, err := json.Marshal(s)
	if err != nil {
		return "", "", err
	}
	return config.AuthCodeURL(s.State, oidc.Nonce(s.Nonce), oauth2.S256ChallengeOption(s.Verifier)), key.Seal(o.place(), raw), nil
}

// Finish takes the query with which the provider sent the browser back and the
// cookie of Start, and returns who it is.
func (o *OpenID) Finish(ctx context.Context, key *seal.Key, cookie string, query url.Values) (*Known, error) {
	refused := func(why string) (*Known, error) {
		return nil, fail.New(fail.Unauthenticated, "identity.openid", "Signing in by {provider} did not work. Begin again.").
			With("provider", o.Name).Because(errors.New("openid " + o.Name + ": " + why))
	}
	raw, err := key.Open(o.place(), cookie)
	if err != nil {
		return refused("the cookie is missing or altered")
	}
	var s started
	if err := json.Unmarshal(raw, &s); err != nil {
		return refused("the cookie is broken")
	}
	switch {
	case o.now().Unix() > s.Until:
		return refused("it took too long")
	case subtle.ConstantTimeCompare([]byte(query.Get("state")), []byte(s.State)) != 1:
		return refused("the state is another browser's")
	case query.Get("error") == "access_denied": // RFC 6749, 4.1.2.1: the person or the provider said no
		return nil, fail.New(fail.Unauthenticated, "identity.openid-denied", "{provider} did not let you in: you, or it, said no. Begin again, or sign in otherwise.").With("provider", o.Name)
	case query.Get("error") != "":
		return refused("the provider says " + query.Get("error"))
	case query.Has("iss") && query.Get("iss") != o.Issuer: // RFC 9207: mix-up
		return refused("the answer is another provider's")
	}
	provider, config, err := o.discover(ctx)
	if err != nil {
		return nil, err
	}
	ctx = oidc.ClientContext(ctx, o.client())
	token, err := config.Exchange(ctx, query.Get("code"), oauth2.VerifierOption(s.Verifier))
	if err != nil {
		return refused(err.Error())
	}
	text, ok := token.Extra("id_token").(string)
	if !ok {
		return refused("there is no id token")
	}
	id, err := provider.VerifierContext(ctx, &oidc.Config{ClientID: o.ClientID, Now: o.now}).Verify(ctx, text)
	if err != nil && untimely(err) {
		return nil, fail.New(fail.Unauthenticated, "identity.openid-clock", "What {provider} answered does not hold at this hour: its clock or that of Steward is wrong. Tell an administrator.").
			With("provider", o.Name).Because(fmt.Errorf("openid %s: %w", o.Name, err))
	}
	if err != nil {
		return refused(err.Error())
	}
	if subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(s.Nonce)) != 1 {
		return refused("the id token was made for another sign-in")
	}
	var claims map[string]any
	if err := id.Claims(&claims); err != nil {
		return refused(err.Error())
	}
	session, _ := claims["sid"].(string)
	return &Known{Subject: id.Subject, Login: o.login(claims), Groups: o.groups(claims), Session: session, Back: s.Back}, nil
}

// untimely reports whether a token was refused for its times alone.
func untimely(err error) bool {
	var expired *oidc.TokenExpiredError
	return errors.As(err, &expired) || strings.Contains(err.Error(), "before the nbf (not before) time")
}

// login is the vouched-for sign-in name among the claims, or "".
func (o *OpenID) login(claims map[string]any) string {
	name := o.LoginClaim
	if name == "" {
		name = "email"
	}
	login, _ := claims[name].(string)
	if name == "email" {
		// Anybody can claim an address at many providers; only a verified one counts.
		if verified, _ := claims["email_verified"].(bool); !verified {
			return ""
		}
	}
	return login
}

// groups are those that the claim lists; a provider may send one as a text.
func (o *OpenID) groups(claims map[string]any) (out []string) {
	switch x := claims[o.GroupClaim].(type) {
	case string:
		return []string{x}
	case []any:
		for _, g := range x {
			if text, ok := g.(string); ok {
				out = append(out, text)
			}
		}
	}
	return out
}

// Try asks the provider for its description, and says where people would be sent.
func (o *OpenID) Try(ctx context.Context) (page string, err error) {
	p, _, err := o.discover(ctx)
	if err != nil {
		return "", err
	}
	return p.Endpoint().AuthURL, nil
}

func (o *OpenID) discover(ctx context.Context) (*oidc.Provider, *oauth2.Config, error) {
	p, err := oidc.NewProvider(oidc.ClientContext(ctx, o.client()), o.Issuer)
	if err != nil {
		return nil, nil, fail.New(fail.Unavailable, "identity.openid-unreachable", "{provider} cannot be reached now. Try again, or sign in with a password of Steward.").
			With("provider", o.Name).Because(fmt.Errorf("openid %s: %w", o.Name, err))
	}
	return p, &oauth2.Config{ClientID: o.ClientID, ClientSecret: o.ClientSecret, Endpoint: p.Endpoint(), RedirectURL: o.Return, Scopes: []string{oidc.ScopeOpenID, "profile", "email"}}, nil
}

func (o *OpenID) client() *http.Client {
	if o.HTTP == nil {
		return &http.Client{Timeout: 10 * time.Second}
	}
	return o.HTTP
}

func (o *OpenID) now() time.Time {
	if o.Now == nil {
		return time.Now()
	}
	return o.Now()
}

func (o *OpenID) place() string { return "openid/" + o.Name }
