package signin

import (
	"database/sql"
	"encoding/json"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/storage"
)

// tokenPrefix lets people and secret scanners recognise a token that leaked.
const tokenPrefix = "stw_"

// TokenLongest is how long an access token may last.
const TokenLongest = 366 * 24 * time.Hour

// Token is a program's key to act as a person, narrowed to scopes.
type Token struct {
	ID, Name, Person string
	Scopes           []access.TokenScope
	MadeAt           time.Time
	Expires          time.Time
	UsedAt           time.Time // zero: never; else to the minute
}

// CreateToken makes an access token and returns its secret, which is not kept.
func CreateToken(u *storage.Update, t Token) (secret string, err error) {
	var problems []*fail.Error
	if t.Name = strings.TrimSpace(t.Name); t.Name == "" || utf8.RuneCountInString(t.Name) > 100 {
		problems = append(problems, fail.Named("name", "kernel.signin.token-name", "A token needs a name of at most 100 characters that says what uses it."))
	}
	if !t.Expires.After(u.Now) || t.Expires.Sub(u.Now) > TokenLongest {
		problems = append(problems, fail.Named("expires", "kernel.signin.token-expires", "A token expires within a year from now."))
	}
	if len(t.Scopes) == 0 {
		problems = append(problems, fail.Named("scopes", "kernel.signin.token-scopes", "Say what the token is for: at least one act in one area."))
	}
	for _, s := range t.Scopes {
		if s.Area != access.Everywhere && !slices.Contains(access.Areas, s.Area) || s.Act != "*" && !slices.Contains(access.Acts, s.Act) {
			problems = append(problems, fail.Named("scopes", "kernel.signin.token-scope", "There is no “{act}” in “{area}”.").With("act", string(s.Act)).With("area", s.Area))
		}
	}
	if err := fail.Join(problems); err != nil {
		return "", err
	}
	if _, err := AccountOf(u, t.Person); err != nil {
		return "", err
	}
	scopes, err := json.Marshal(t.Scopes)
	if err != nil {
		return "", err
	}
	secret = tokenPrefix + newSecret()
	_, err = u.Exec("INSERT INTO signin_token (id, hash, person, name, scopes, made_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
		storage.NewID(u.Now), hashSecret(secret), t.Person, t.Name, string(scopes), u.Now.UnixMicro(), t.Expires.UnixMicro())
	if err != nil {
		return "", err
	}
	return secret, keep(u, t.Person, "token", nil, t.Name)
}

const tokenColumns = "t.id, t.name, t.person, t.scopes, t.made_at, t.expires_at, t.used_at"

// TokenOf returns the token of a secret; 'not signed in' if it is unknown, has
// expired, or its person's account was closed.
func TokenOf(r storage.Reader, secret string) (*Token, error) {
	refused := fail.New(fail.Unauthenticated, "kernel.signin.token", "The access token is unknown, revoked or expired.")
	if !strings.HasPrefix(secret, tokenPrefix) {
		return nil, refused
	}
	v := r.Reading()
	t := &Token{}
	var scopes string
	found, err := v.Row("SELECT "+tokenColumns+" FROM signin_token t JOIN signin_account a ON a.person = t.person WHERE t.hash = $1 AND t.expires_at > $2 AND NOT a.disabled",
		[]any{hashSecret(secret), v.Now.UnixMicro()}, t.into(&scopes)...)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, refused
	}
	return t, json.Unmarshal([]byte(scopes), &t.Scopes)
}

// Stale says that the token's last use should be written down by TouchToken.
func (t *Token) Stale(now time.Time) bool { return now.Sub(t.UsedAt) >= seenEvery }

// TouchToken writes down that a token was used.
func TouchToken(u *storage.Update, t *Token) error {
	_, err := u.Exec("UPDATE signin_token SET used_at = $1 WHERE id = $2", u.Now.UnixMicro(), t.ID)
	return err
}

// Tokens lists a person's tokens by name, with those that expired in the last year.
func Tokens(r storage.Reader, person string) (out []Token, err error) {
	err = r.Reading().Each("SELECT "+tokenColumns+" FROM signin_token t WHERE t.person = $1 ORDER BY t.made_at DESC, t.id", []any{person}, func(rows *sql.Rows) error {
		var t Token
		var scopes string
		if err := rows.Scan(t.into(&scopes)...); err != nil {
			return err
		}
		out = append(out, t)
		return json.Unmarshal([]byte(scopes), &out[len(out)-1].Scopes)
	})
	return out, err
}

// RevokeToken ends one of a person's tokens.
func RevokeToken(u *storage.Update, person, id string) error {
	var name string
	found, err := u.Row("DELETE FROM signin_token WHERE person = $1 AND id = $2 RETURNING name", []any{person, id}, &name)
	if err != nil {
		return err
	}
	if !found {
		return fail.New(fail.NotFound, "kernel.signin.no-token", "There is no such token.")
	}
	return keep(u, person, "token", name, nil)
}

func (t *Token) into(scopes *string) []any {
	return []any{&t.ID, &t.Name, &t.Person, scopes, storage.Instant(&t.MadeAt), storage.Instant(&t.Expires), storage.Instant(&t.UsedAt)}
}
