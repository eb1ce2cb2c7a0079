package identity_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc/oidctest"

	"steward/kernel/fail"
	"steward/kernel/seal"
	"steward/kernel/signin"
	"steward/kernel/testkit"
	"steward/modules/identity"
)

// provider is an OpenID provider on loopback: go-oidc's test server for discovery and
// keys, with the two steps of the code flow beside it.
type provider struct {
	*httptest.Server
	key    *ecdsa.PrivateKey
	claims map[string]any // of whoever signs in
	asked  url.Values     // of the last step begun
	back   string         // the address that may be returned to
}

func newProvider(t *testing.T) *provider {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p := &provider{key: key, back: "https://steward.example/back"}
	known := &oidctest.Server{PublicKeys: []oidctest.PublicKey{{PublicKey: key.Public(), KeyID: "k", Algorithm: "ES256"}}, Algorithms: []string{"ES256"}}
	mux := http.NewServeMux()
	mux.Handle("/", known)
	mux.HandleFunc("/token", func(w http.ResponseWriter, r *http.Request) {
		sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
		id, secret, _ := r.BasicAuth()
		if r.PostFormValue("code") != "the-code" || base64.RawURLEncoding.EncodeToString(sum[:]) != p.asked.Get("code_challenge") || id != "steward" || secret != "client-secret" {
			http.Error(w, `{"error":"invalid_grant"}`, http.StatusBadRequest)
			return
		}
		text, _ := json.Marshal(p.claims)
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(map[string]any{"access_token": "x", "token_type": "Bearer", "id_token": oidctest.SignIDToken(p.key, "k", "ES256", string(text))})
	})
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	known.SetIssuer(p.URL)
	return p
}

// visit is the browser's way to the provider and back.
func (p *provider) visit(t *testing.T, page string) url.Values {
	u, err := url.Parse(page)
	if err != nil || !strings.HasPrefix(page, p.URL+"/auth?") {
		t.Fatalf("the browser is sent to %q", page)
	}
	p.asked = u.Query()
	if p.asked.Get("code_challenge_method") != "S256" || p.asked.Get("redirect_uri") != p.back {
		t.Fatalf("asked %v", p.asked)
	}
	p.claims = map[string]any{"iss": p.URL, "aud": "steward", "sub": "u-1", "nonce": p.asked.Get("nonce"), "exp": testkit.Now.Add(time.Hour).Unix(), "iat": testkit.Now.Unix(),
		"email": "Ada@example.org", "email_verified": true, "groups": []string{"staff", "it"}}
	return url.Values{"code": {"the-code"}, "state": {p.asked.Get("state")}}
}

func TestAnOpenIDProviderSaysWhoSomebodyIs(t *testing.T) {
	p := newProvider(t)
	key, err := seal.New(bytes.Repeat([]byte{1}, 32))
	if err != nil {
		t.Fatal(err)
	}
	now := testkit.Now
	o := &identity.OpenID{Name: "firm", Issuer: p.URL, ClientID: "steward", ClientSecret: "client-secret", Return: "https://steward.example/back", GroupClaim: "groups", Now: func() time.Time { return now }}
	// Each case changes one thing on the way back; none may pass but the first ones.
	for name, c := range map[string]struct {
		change func(back url.Values, cookie *string)
		passes bool
		login  string
	}{
		"all is well":           {func(url.Values, *string) {}, true, "Ada@example.org"},
		"an unverified address": {func(url.Values, *string) { p.claims["email_verified"] = false }, true, ""},
		"another state":         {func(b url.Values, _ *string) { b.Set("state", "x") }, false, ""},
		"no state":              {func(b url.Values, _ *string) { b.Del("state") }, false, ""},
		"no cookie":             {func(_ url.Values, c *string) { *c = "" }, false, ""},
		"another code":          {func(b url.Values, _ *string) { b.Set("code", "x") }, false, ""},
		"an error":              {func(b url.Values, _ *string) { b.Set("error", "access_denied") }, false, ""},
		"another provider":      {func(b url.Values, _ *string) { b.Set("iss", "https://evil.example") }, false, ""},
		"another nonce":         {func(url.Values, *string) { p.claims["nonce"] = "x" }, false, ""},
		"another audience":      {func(url.Values, *string) { p.claims["aud"] = "other" }, false, ""},
		"another issuer":        {func(url.Values, *string) { p.claims["iss"] = "https://evil.example" }, false, ""},
		"an expired token":      {func(url.Values, *string) { p.claims["exp"] = testkit.Now.Add(-time.Hour).Unix() }, false, ""},
		"too late":              {func(url.Values, *string) { now = now.Add(16 * time.Minute) }, false, ""},
		"another key": {func(url.Values, *string) {
			p.key, _ = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		}, false, ""},
	} {
		was := p.key
		page, cookie, err := o.Start(ctx, key, "/inbox")
		if err != nil {
			t.Fatal(err)
		}
		back := p.visit(t, page)
		c.change(back, &cookie)
		id, err := o.Finish(ctx, key, cookie, back)
		now, p.key = testkit.Now, was
		if c.passes && (err != nil || id.Subject != "u-1" || id.Login != c.login || id.Back != "/inbox" || !slices.Equal(id.Groups, []string{"staff", "it"})) {
			t.Errorf("%s: got %+v, %v", name, id, err)
		}
		if !c.passes && !fail.Is(err, fail.Unauthenticated) {
			t.Errorf("%s: got %+v, %v", name, id, err)
		}
	}
	for name, c := range map[string]struct {
		change func(back url.Values)
		says   string
	}{
		"who said no":                      {func(b url.Values) { b.Set("error", "access_denied"); b.Del("code") }, "said no"},
		"a provider whose clock is behind": {func(url.Values) { p.claims["exp"] = testkit.Now.Add(-time.Hour).Unix() }, "clock"},
		"a provider whose clock is ahead":  {func(url.Values) { p.claims["nbf"] = testkit.Now.Add(time.Hour).Unix() }, "clock"},
	} {
		page, cookie, err := o.Start(ctx, key, "/inbox")
		if err != nil {
			t.Fatal(err)
		}
		back := p.visit(t, page)
		c.change(back)
		if _, err := o.Finish(ctx, key, cookie, back); !fail.Is(err, fail.Unauthenticated) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s is told: %v", name, err)
		}
	}
	p.Close()
	if _, _, err := o.Start(ctx, key, "/inbox"); !fail.Is(err, fail.Unavailable) {
		t.Errorf("a provider that is away: got %v", err)
	}
}

func TestAnIdentityIsBoundToItsAccountAtTheFirstSignIn(t *testing.T) {
	each(t, func(w *world) {
		as := func(subject, login string) (*signin.SignedIn, error) {
			return identity.SignInAs(ctx, w.DB, identity.Identity{Provider: "firm", Subject: subject, Login: login}, office)
		}
		if in, err := as("u-1", "ADA@example.org"); err != nil || in.Person != w.id["ada"] {
			w.t.Fatalf("got %+v, %v", in, err)
		}
		if in, err := as("u-1", "renamed@example.org"); err != nil || in.Person != w.id["ada"] {
			w.t.Errorf("after a new address at the provider: got %+v, %v", in, err)
		}
		for name, id := range map[string][2]string{"the address given to somebody new": {"u-2", "ada@example.org"}, "a stranger": {"u-3", "nobody@example.org"}, "nobody vouched for": {"u-4", ""}} {
			if _, err := as(id[0], id[1]); !fail.Is(err, fail.Unauthenticated) {
				w.t.Errorf("%s: got %v", name, err)
			}
		}
		if _, err := as("", "ada@example.org"); err == nil {
			w.t.Error("an identity without a subject came in")
		}
	})
}
