package webhooks

import (
	"net/url"
	"slices"
	"strings"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/org"
	"steward/kernel/records"
)

// Hook is an address that is told of changes.
type Hook struct {
	records.Base[Hook]
	Name   string
	Url    string
	Secret string
	Owner  records.ID[org.Person]
	Types  string
	Acts   records.Opt[string]
	Active bool
}

// Hooks are the addresses told of changes. None is told anything until somebody
// who may change settings adds one and makes it active.
var Hooks = records.Define("webhooks.hook", "Webhook", "Webhooks", "HOK", func(h *Hook, f *records.Fields) {
	f.Title(&h.Name, "Name")
	records.Str(f, &h.Url, "Address").As("url").Max(500).List()
	records.Sealed(f, &h.Secret, "Secret").Help("Each message is signed with it, so that the receiver knows that it comes from here.")
	records.Linked(f, &h.Owner, "Owner").Help("Only records that this person may see are told of.").List()
	records.Str(f, &h.Types, "Record types").Max(1000).Help("Such as vendors.contract, with commas between; * for all.").List()
	records.Str(f, &h.Acts, "Acts").Help("create, update, archive, restore; empty for all.").List()
	records.Flag(f, &h.Active, "Active").Filter().List()
}).InArea(access.Settings).Icon("bolt").SortedBy("name").Check(func(u *records.Tx, before, h *Hook) error {
	if at, err := url.Parse(h.Url); err != nil || at.Scheme != "https" && at.Scheme != "http" || at.Host == "" || at.User != nil {
		return fail.Field(&h.Url, "no-address", "Write the whole address, as in https://ledger.example/steward, without a name and password in it.")
	}
	for _, name := range list(h.Types) {
		if d := records.RegistryOf(u).Def(name); name != "*" && (d == nil || d.IsInternal) {
			return fail.Field(&h.Types, "no-type", "There is no record type {type}.").With("type", name)
		}
	}
	for _, act := range list(h.Acts.V) {
		if !slices.Contains([]string{"create", "update", "archive", "restore"}, act) {
			return fail.Field(&h.Acts, "no-act", "{act} is none of create, update, archive, restore.").With("act", act)
		}
	}
	same := before != nil && before.Owner == h.Owner && before.Url == h.Url && before.Secret == h.Secret && before.Types == h.Types && before.Acts == h.Acts && before.Active == h.Active
	if !same && u.Actor.Kind != access.SystemKind && string(h.Owner) != u.Actor.Person && !slices.Contains(u.Actor.Roles, access.Administrator) {
		return fail.Field(&h.Owner, "own", "Only an administrator can let a webhook see what somebody else may see.")
	}
	return nil
}).Example(func(h *Hook) { h.Types, h.Url = "*", "https://ledger.example/steward" })

func list(s string) (out []string) {
	for part := range strings.SplitSeq(s, ",") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

// wants says whether the hook is told of an act on a type.
func wants(types, acts, typ, act string) bool {
	t, a := list(types), list(acts)
	return (slices.Contains(t, "*") || slices.Contains(t, typ)) && (len(a) == 0 || slices.Contains(a, act))
}
