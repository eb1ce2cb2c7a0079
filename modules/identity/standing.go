package identity

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-ldap/ldap/v3"
)

// Standing is how somebody stands with the directory now. The zero value is somebody
// whom it knows no more.
type Standing struct {
	Entry    *Entry // nil: nobody of this id would be let in
	Disabled bool   // known, but not to be let in
}

// In reports whether the directory still vouches for the person.
func (s Standing) In() bool { return s.Entry != nil && !s.Disabled }

// errNobody is a directory that answers and shows nobody at all: the user that searches
// has lost the right to read, or the base is another one. That is no news of anybody.
var errNobody = errors.New("the user that searches is shown nobody: its rights, the base or the attribute of the lasting id may have changed")

// askedAtOnce is how many persons one search names.
const askedAtOnce = 50

// The attributes by which directories say that an account is not to be used:
// userAccountControl and accountExpires in Active Directory (MS-ADTS 2.2.16 and 2.354),
// pwdAccountLockedTime and pwdEndTime in OpenLDAP (draft-behera-ldap-password-policy),
// nsAccountLock in 389 and FreeIPA, loginDisabled in eDirectory.
var closing = []string{"userAccountControl", "accountExpires", "pwdAccountLockedTime", "pwdEndTime", "nsAccountLock", "loginDisabled"}

// Standings asks how the persons with these lasting ids stand; who is not in the answer
// is not known. Either all are answered for, or there is an error: a directory that
// answers half has said nothing.
func (d *Directory) Standings(ctx context.Context, ids []string, withGroups bool, now time.Time) (map[string]Standing, error) {
	c, err := d.open(ctx)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	anybody, err := d.anybody(c)
	if err != nil {
		return nil, err
	}
	attributes := append([]string{d.ID, d.Login}, closing...)
	if d.Group != "" {
		attributes = append(attributes, d.Group)
	}
	out := map[string]Standing{}
	for part := range slices.Chunk(ids, askedAtOnce) {
		if err := ctx.Err(); err != nil {
			return nil, d.unreachable(err)
		}
		var which strings.Builder
		for _, id := range part {
			which.WriteString(idFilter(d.ID, id))
		}
		found, err := d.search(c, "(&(|"+which.String()+")"+anybody+")", 0, attributes)
		if err != nil {
			return nil, d.unreachable(fmt.Errorf("search: %w", err))
		}
		for _, e := range found.Entries {
			id := readable(e.GetEqualFoldRawAttributeValue(d.ID))
			if !slices.Contains(part, id) {
				continue
			}
			s := Standing{Entry: &Entry{DN: e.DN, ID: id, Login: e.GetEqualFoldAttributeValue(d.Login)}, Disabled: disabled(e, now)}
			if d.Group != "" {
				s.Entry.Groups = e.GetEqualFoldAttributeValues(d.Group)
			}
			if withGroups && !s.Disabled {
				if err := d.groups(c, s.Entry); err != nil {
					return nil, err
				}
			}
			out[id] = s
		}
	}
	return out, nil
}

// anybody is a filter that everybody passes who may sign in: the one that finds a person
// by name, for any name, so that a group it asks for is asked for here, too. A filter that
// cannot be asked so is left out. An error if nobody at all is shown.
func (d *Directory) anybody(c *ldap.Conn) (string, error) {
	for _, filter := range []string{strings.ReplaceAll(d.Filter, "{login}", "*"), "(objectClass=*)"} {
		if _, err := ldap.CompileFilter(filter); err != nil {
			continue
		}
		found, err := d.search(c, "(&("+d.ID+"=*)"+filter+")", 1, []string{"1.1"})
		if err != nil && !ldap.IsErrorWithCode(err, ldap.LDAPResultSizeLimitExceeded) {
			return "", d.unreachable(fmt.Errorf("search: %w", err))
		}
		if err != nil || len(found.Entries) > 0 {
			return filter, nil
		}
	}
	return "", d.unreachable(errNobody)
}

func (d *Directory) search(c *ldap.Conn, filter string, most int, attributes []string) (*ldap.SearchResult, error) {
	return c.Search(ldap.NewSearchRequest(d.Base, ldap.ScopeWholeSubtree, ldap.NeverDerefAliases, most, int(d.timeout().Seconds()), false, filter, attributes, nil))
}

// idFilter finds the entry with a lasting id as readable wrote it: text as it is, other
// bytes as they were. What is found is compared once more.
func idFilter(attribute, id string) string {
	out := "(" + attribute + "=" + ldap.EscapeFilter(id) + ")"
	if raw, err := hex.DecodeString(id); err == nil && len(raw) >= 8 {
		var bytes strings.Builder
		for _, b := range raw {
			fmt.Fprintf(&bytes, `\%02x`, b)
		}
		out += "(" + attribute + "=" + bytes.String() + ")"
	}
	return out
}

// disabled reports whether an entry says that its account is not to be used. A lock that
// wrong passwords brought about is none of that: whoever guesses could sign others out.
func disabled(e *ldap.Entry, now time.Time) bool {
	value := func(name string) string { return strings.TrimSpace(e.GetEqualFoldAttributeValue(name)) }
	const accountDisable = 0x2
	if flags, err := strconv.ParseInt(value("userAccountControl"), 10, 64); err == nil && flags&accountDisable != 0 {
		return true
	}
	if ends, ok := fileTime(value("accountExpires")); ok && !now.Before(ends) {
		return true
	}
	if strings.HasPrefix(value("pwdAccountLockedTime"), "000001010000") { // for good, by an administrator
		return true
	}
	if ends, err := time.Parse("20060102150405Z", value("pwdEndTime")); err == nil && !now.Before(ends) {
		return true
	}
	return strings.EqualFold(value("nsAccountLock"), "TRUE") || strings.EqualFold(value("loginDisabled"), "TRUE")
}

// fileTime reads a moment of Active Directory, in tenths of a microsecond since 1601;
// 0 and the largest number are none.
func fileTime(text string) (time.Time, bool) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n <= 0 || n == 1<<63-1 {
		return time.Time{}, false
	}
	const until1970 = 11_644_473_600 // seconds
	return time.Unix(n/10_000_000-until1970, n%10_000_000*100).UTC(), true
}
