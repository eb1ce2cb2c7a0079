package identity

import (
	"cmp"
	"context"
	"crypto/x509"
	"slices"
	"strings"
	"time"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/seal"
	"steward/kernel/signin"
	"steward/kernel/storage"
)

// Settings say which outside providers vouch for people. Secrets are not among
// them: they are kept sealed, see secrets.
type Settings struct {
	Directory DirectorySettings `json:"directory"`
	OpenID    OpenIDSettings    `json:"openid"`
}

// DirectorySettings are those of the LDAP server; off without a URL.
type DirectorySettings struct {
	URL         string `json:"url"`
	Certificate string `json:"certificate"` // PEM, of who vouches for the server; "" leaves it to the machine
	User        string `json:"user"`
	Base        string `json:"base"`
	Filter      string `json:"filter"`
	ID          string `json:"id"`
	Login       string `json:"login"`
	Group       string `json:"group"`
	GroupFilter string `json:"group_filter"`
	Roles       []Map  `json:"roles"`
	Every       int    `json:"every,omitempty"` // minutes between two looks for who has left; 0: 15
}

// OpenIDSettings are those of the OpenID provider; off without an issuer.
type OpenIDSettings struct {
	Name       string `json:"name"` // on the button
	Issuer     string `json:"issuer"`
	ClientID   string `json:"client_id"`
	LoginClaim string `json:"login_claim"`
	GroupClaim string `json:"group_claim"`
	Roles      []Map  `json:"roles"`
	// Strong: the provider asks for a second factor itself.
	Strong bool `json:"strong"`
	// Hours is how long a session lasts that the provider started, at most; 0: as any other.
	Hours int `json:"hours,omitempty"`
}

// Map gives the members of a provider's group a role here.
type Map struct {
	Group string `json:"group"`
	Role  string `json:"role"`
}

// secrets are kept apart from the settings, sealed, and are not told the change log.
type secrets struct {
	Directory string `json:"directory"` // password of the searching user
	OpenID    string `json:"openid"`    // of the client
}

// longestHours is how long any session lasts at most.
const longestHours = int(signin.SessionLongest / time.Hour)

// The names under which the settings are kept, and the place of the sealed ones.
const (
	settingName = "identity.providers"
	secretsName = "identity.secrets"
	secretPlace = "identity.secret"
)

// The names that identities keep of their providers; never changed.
const (
	directoryName = "directory"
	openIDName    = "openid"
)

// SettingsOf returns the settings; empty ones before any were made.
func SettingsOf(r records.Reader) (s Settings, err error) {
	_, err = org.Setting(r, settingName, &s)
	return s, err
}

func secretsOf(r records.Reader, key *seal.Key) (s secrets, err error) {
	found, err := org.Setting(r, secretsName, &s)
	if err != nil || !found {
		return s, err
	}
	for _, at := range []*string{&s.Directory, &s.OpenID} {
		if *at == "" {
			continue
		}
		plain, err := key.Open(secretPlace, *at)
		if err != nil {
			return s, err
		}
		*at = string(plain)
	}
	return s, nil
}

// keep stores the settings, and the secrets that are not empty in place of those before.
func keep(u *records.Tx, key *seal.Key, s Settings, typed secrets) error {
	if !access.MayIn(u.Actor, access.Admin, access.Settings, u.Now) {
		return fail.New(fail.Forbidden, "settings.admin-only", "Only who may change settings may do this.")
	}
	names, err := RoleNames(u)
	if err != nil {
		return err
	}
	if err := s.check(names); err != nil {
		return err
	}
	if err := org.Change(u, settingName, s); err != nil {
		return err
	}
	var sealed secrets
	if _, err := org.Setting(u, secretsName, &sealed); err != nil {
		return err
	}
	for to, plain := range map[*string]string{&sealed.Directory: typed.Directory, &sealed.OpenID: typed.OpenID} {
		if plain != "" {
			*to = key.Seal(secretPlace, []byte(plain))
		}
	}
	// A secret belongs to the address it was typed for, and goes with it.
	if s.Directory.URL == "" || s.Directory.User == "" {
		sealed.Directory = ""
	}
	if s.OpenID.Issuer == "" {
		sealed.OpenID = ""
	}
	if typed != (secrets{}) {
		if err := records.NoteSetting(u, secretsName, nil, "…"); err != nil {
			return err
		}
	}
	return org.Set(u, secretsName, sealed)
}

// check says what is wrong with the settings; roles are all that there are.
func (s Settings) check(roles []string) error {
	var bad []*fail.Error
	add := func(err error) {
		if e := fail.As(err); e != nil {
			bad = append(bad, e)
		}
	}
	if d := s.Directory; d.URL != "" {
		made, err := d.directory("x")
		if err == nil {
			err = made.Check()
		}
		add(err)
		add(checkRoles("directory_roles", d.Roles, roles))
		if d.Every != 0 && (d.Every < shortestEvery || d.Every > longestEvery) {
			add(fail.Named("every", "identity.every", "Ask the directory every {least} to {most} minutes.").With("least", shortestEvery).With("most", longestEvery))
		}
	}
	if o := s.OpenID; o.Issuer != "" {
		switch {
		case !strings.HasPrefix(o.Issuer, "https://") && !strings.HasPrefix(o.Issuer, "http://127.0.0.1") && !strings.HasPrefix(o.Issuer, "http://localhost"):
			add(fail.Named("issuer", "identity.issuer", "The issuer's address looks like https://login.example.org."))
		case o.ClientID == "":
			add(fail.Named("client_id", "identity.client-id", "Fill in the client's name that the provider gave you."))
		case o.Name == "":
			add(fail.Named("name", "identity.name", "Give the provider the name that its button shall show."))
		}
		add(checkRoles("openid_roles", o.Roles, roles))
		if o.Hours < 0 || o.Hours > longestHours {
			add(fail.Named("hours", "identity.hours", "A session lasts 1 to {most} hours.").With("most", longestHours))
		}
	}
	return fail.Join(bad)
}

func checkRoles(field string, list []Map, roles []string) error {
	for _, m := range list {
		if !slices.Contains(roles, m.Role) || m.Group == "" {
			return fail.Named(field, "identity.map", "“{group} = {role}” is not understood: write a group, an equals sign and the name of a role, such as {example}.").
				With("group", m.Group).With("role", m.Role).With("example", "IT staff = "+access.Technician)
		}
	}
	return nil
}

// directory is the client the settings describe.
func (d DirectorySettings) directory(password string) (*Directory, error) {
	out := &Directory{Name: directoryName, URL: d.URL, User: d.User, Password: password, Base: d.Base, Filter: d.Filter, ID: d.ID, Login: d.Login, Group: d.Group, GroupFilter: d.GroupFilter}
	if d.Certificate != "" {
		out.Roots = x509.NewCertPool()
		if !out.Roots.AppendCertsFromPEM([]byte(d.Certificate)) {
			return nil, fail.Named("certificate", "identity.certificate", "This is no certificate in PEM: it begins with {example}.").With("example", "-----BEGIN CERTIFICATE-----")
		}
	}
	return out, nil
}

// prover asks the directory at each sign-in.
func (d DirectorySettings) prover(password string, c signin.Client) signin.Prover {
	return func(ctx context.Context, login, typed string) (func(u *storage.Update) (*signin.SignedIn, error), error) {
		dir, err := d.directory(password)
		if err != nil {
			return nil, err
		}
		e, err := dir.Authenticate(ctx, login, typed)
		if err != nil {
			return nil, err
		}
		return enterAs(Identity{Provider: directoryName, Subject: e.ID, Login: e.Login, Roles: mapped(d.Roles, e.Groups)}, c), nil
	}
}

func (o OpenIDSettings) client(secret, base string, now func() time.Time) *OpenID {
	return &OpenID{Name: cmp.Or(o.Name, openIDName), Issuer: o.Issuer, ClientID: o.ClientID, ClientSecret: secret, Return: base + "/sign-in/openid/back",
		LoginClaim: o.LoginClaim, GroupClaim: o.GroupClaim, Now: now}
}

// mapped are the roles that groups give; nil when no group gives any, so that roles
// are left to people.
func mapped(list []Map, groups []string) []string {
	if len(list) == 0 {
		return nil
	}
	out := []string{}
	for _, m := range list {
		if !slices.Contains(out, m.Role) && slices.ContainsFunc(groups, func(g string) bool { return sameGroup(m.Group, g) }) {
			out = append(out, m.Role)
		}
	}
	return out
}

// sameGroup compares a group as it was typed with one that a provider named: by its
// whole name or, of an entry of a directory, by the value of the first part.
func sameGroup(typed, named string) bool {
	if strings.EqualFold(typed, named) {
		return true
	}
	first, _, _ := strings.Cut(named, ",")
	_, value, ok := strings.Cut(first, "=")
	return ok && strings.EqualFold(typed, value)
}

// readMap reads 'group = role' a line.
func readMap(text string) (out []Map) {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		m := Map{Group: line}
		if at := strings.LastIndex(line, "="); at >= 0 { // names of entries have some too
			m = Map{strings.TrimSpace(line[:at]), strings.TrimSpace(line[at+1:])}
		}
		out = append(out, m)
	}
	return out
}

func writeMap(list []Map) string {
	var b strings.Builder
	for _, m := range list {
		b.WriteString(m.Group + " = " + m.Role + "\n")
	}
	return b.String()
}
