package privacy

import (
	"cmp"
	"fmt"
	"strings"
	"sync"

	"steward/kernel/access"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/lib/words"
)

// holds says what a column may hold of a person.
type holds int

const (
	nothing holds = iota + 1 // never anything: ids of other things, the program's own words, measurements
	person                   // a person's id; it stays and leads to the stand-in
	name                     // the name of the person whose id stands beside it
	text                     // what people wrote or machines told, which may name somebody
	folded                   // such a text as it is searched and sorted by
	coded                    // JSON whose texts may name somebody
	secret                   // the person's alone, never read out
	audited                  // the history's: cleared there, with its proof kept
)

// place is a table and what each of its text columns may hold of a person.
type place struct {
	table string
	// of is the column with the id of the person whose rows these are: they are read
	// out as the person's, and an erasure deletes them.
	of  string
	key []string // the columns that tell a row
	// about says that the rows are records about the person in the column of.
	about *records.Def
	// beside says that the rows stand beside records, by the columns type and record:
	// those beside the person's own record are the person's.
	beside  bool
	title   words.Word
	show    []string // the columns that tell one of the rows from another, on a page
	columns map[string]holds
	whose   map[string]string // of a column with a name: the column with the id
	def     *records.Def      // of a record type's table
}

// spec is a place as it is written down: columns separated by blanks, a name with the
// column of its id after a colon.
type spec struct {
	table, of, key                       string
	beside                               bool
	title                                words.Word
	show                                 string
	nothing, people, names, text, folded string
	coded, secret, audited               string
}

func (s spec) place() *place {
	p := &place{table: s.table, of: s.of, key: strings.Fields(cmp.Or(s.key, "id")), beside: s.beside, title: s.title, show: strings.Fields(s.show), columns: map[string]holds{}, whose: map[string]string{}}
	for _, group := range []struct {
		columns string
		kind    holds
	}{{s.nothing, nothing}, {s.people, person}, {s.names, name}, {s.text, text}, {s.folded, folded}, {s.coded, coded}, {s.secret, secret}, {s.audited, audited}} {
		for _, c := range strings.Fields(group.columns) {
			c, id, _ := strings.Cut(c, ":")
			if p.columns[c] != 0 {
				panic(fmt.Sprintf("privacy: %s.%s is classified twice", s.table, c))
			}
			p.columns[c] = group.kind
			if group.kind == name {
				p.whose[c] = id
			}
		}
	}
	if p.of != "" && p.columns[p.of] == 0 {
		p.columns[p.of] = person
	}
	return p
}

// specs are the tables that no record type describes. A test compares them with the
// tables that there are: a new text column is classified before it lands.
var specs = []spec{
	{table: "signin_session", of: "person", title: words.T("privacy.sessions", "Sessions"), show: "browser network made_at seen_at", text: "network browser", secret: "hash", nothing: "id"},
	{table: "signin_link", of: "person", title: words.T("privacy.links", "One-time sign-ins"), show: "expires_at", secret: "hash"},
	{table: "signin_token", of: "person", title: words.T("privacy.tokens", "Access tokens"), show: "name made_at expires_at used_at", text: "name", secret: "hash", nothing: "id scopes"},
	{table: "signin_role", of: "person", title: words.T("privacy.roles", "Roles"), show: "role given_at", nothing: "id role unit", people: "given_by"},
	{table: "signin_grant", of: "person", title: words.T("privacy.grants", "Grants"), show: "act area scope reason", nothing: "id role area act scope sensitivity", people: "given_by approved_by", text: "reason"},
	{table: "identity_authenticator", of: "person", title: words.T("privacy.authenticator", "Authenticator"), secret: "secret draft"},
	{table: "identity_recovery", of: "person", title: words.T("privacy.recovery", "Recovery codes"), secret: "hash"},
	{table: "identity_passkey", of: "person", title: words.T("privacy.passkeys", "Passkeys"), show: "name made_at used_at", text: "name", secret: "credential", nothing: "id"},
	{table: "identity_binding", key: "provider subject", of: "person", title: words.T("privacy.identities", "Identities at other providers"), show: "provider subject made_at", text: "subject", nothing: "provider standing"},
	{table: "identity_change", of: "person", title: words.T("privacy.changes", "What providers had done to the account"), show: "what detail at", text: "detail", nothing: "id what"},
	{table: "identity_session", of: "person", title: words.T("privacy.provided", "Sessions that providers started"), show: "provider at", secret: "session sid", nothing: "provider"},
	{table: "signin_account", key: "person", of: "person", title: words.T("privacy.account", "Account"), show: "login made_at last_at", text: "login", secret: "password", nothing: "party"},
	{table: "notices_notice", of: "person", title: words.T("privacy.notices", "Notifications"), show: "at", nothing: "id natural_key kind subject_type subject href mail", coded: "said"},
	{table: "notices_way", of: "person", title: words.T("privacy.ways", "Ways to hear of things"), show: "kind way", nothing: "kind way"},
	{table: "notices_follow", of: "person", title: words.T("privacy.follows", "Records followed"), show: "type since", nothing: "type record"},
	{table: "lists_default", of: "person", title: words.T("privacy.defaults", "Views that lists open with"), show: "type", nothing: "type view"},
	{table: "lists_view", of: "person", title: words.T("privacy.views", "Saved views"), show: "name type made_at", nothing: "id type shared", text: "name query", folded: "name_key"},
	{table: "saved_view", of: "person", title: words.T("privacy.views", "Saved views"), show: "name type", nothing: "id type", text: "name query"},
	{table: "reports_delivery", key: "month person", of: "person", title: words.T("privacy.reports", "Reports sent by mail"), show: "month", nothing: "month", text: "problem"},

	{table: "record_comment", beside: true, people: "author", names: "author_name:author", text: "body", nothing: "id type record"},
	{table: "record_file", beside: true, people: "by_person", names: "by_name:by_person", text: "name", nothing: "id type record hash"},
	{table: "record_tag", key: "type record tag_key", beside: true, text: "tag", folded: "tag_key", nothing: "type record"},
	{table: "search_entry", key: "type record", text: "title", folded: "title_key body", nothing: "type record"},
	{table: "history", people: "actor", audited: "actor_name changes salt", nothing: "id type record origin act"},
	{table: "custom_field", key: "type key", text: "label options", nothing: "type key kind"},
	{table: "record_number", nothing: "type"},
	{table: "fact_set", nothing: "record name hash"},
	{table: "schema_migration", nothing: "module name sum"},
	{table: "api_idempotency", key: "key", text: "body", nothing: "key request location etag"},
	{table: "audit_checkpoint", nothing: "note"},
	{table: "audit_erased", nothing: "history content by_entry"},
	{table: "audit_hash", nothing: "hash"},
	{table: "bridge_target", people: "set_by", names: "set_name:set_by", text: "reason ended_name", nothing: "id figure scope valid_from valid_until better"},
	{table: "decision", people: "assignee requester delegate delegated_by decided_by second_by asked_of", names: "decided_name:decided_by second_name:second_by", text: "reason second_reason", coded: "content",
		nothing: "id kind natural_key area subject_type subject content_hash state decide_by role currency delegated_until outcome"},
	{table: "decision_event", people: "actor", names: "actor_name:actor", text: "note detail", nothing: "id decision act"},
	{table: "figure_closing", people: "closed_by", nothing: "month"},
	{table: "figure_month", key: "month figure scope", coded: "explanation", nothing: "month figure scope state currency better"},
	{table: "figure_value", key: "figure scope day", coded: "explanation", nothing: "figure scope day state currency better"},
	{table: "identity_challenge", nothing: "hash"},
	{table: "importing_run", people: "person", text: "name", coded: "plan", nothing: "id type file state job"},
	{table: "importing_row", key: "run line", text: "problem", nothing: "run act record"},
	{table: "infrastructure_agent", people: "revoked_by", nothing: "id host enrolment public_key hostname platform version"},
	{table: "infrastructure_approved_update", nothing: "host name arch offered ruling"},
	{table: "infrastructure_authority", nothing: "id certificate sealed"},
	{table: "infrastructure_duplicate", people: "settled_by", text: "reason", coded: "evidence", nothing: "id a b state"},
	{table: "infrastructure_enrolment", people: "made_by", text: "label", nothing: "id hash"},
	{table: "infrastructure_host_account", key: "parent name number", text: "name title", nothing: "parent number sort password groups changed expires"},
	{table: "infrastructure_host_address", nothing: "parent address interface"},
	{table: "infrastructure_host_disk", nothing: "parent name sort bus vendor model serial health"},
	{table: "infrastructure_host_filesystem", nothing: "parent mount device format options cipher"},
	{table: "infrastructure_host_interface", nothing: "parent name sort mac gateway driver part_of dns"},
	{table: "infrastructure_host_package", nothing: "parent name arch manager instance version source source_version module origin vendor installed"},
	{table: "infrastructure_host_port", nothing: "parent protocol address process program account"},
	{table: "infrastructure_host_program", nothing: "parent sort product instance version ports evidence"},
	{table: "infrastructure_host_seen", key: "via source", coded: "volatile", nothing: "via source host report_hash"},
	{table: "infrastructure_host_service", nothing: "parent name manager title starts state account command"},
	{table: "infrastructure_host_source", key: "via source", coded: "known sections", nothing: "via source host collector identity_hash hashes"},
	{table: "infrastructure_host_update", nothing: "parent name arch installed offered origin severity advisories"},
	{table: "infrastructure_identity", nothing: "via source host kind value"},
	{table: "infrastructure_mark", nothing: "name"},
	{table: "infrastructure_merge", people: "by_person", text: "reason", nothing: "id kept gone moved"},
	{table: "infrastructure_ruling", people: "by_person", nothing: "id matter about answer decision"},
	{table: "job", people: "by_person", text: "error", coded: "args cursor_json progress", nothing: "id kind state lease unique_key"},
	{table: "job_schedule", nothing: "name spec"},
	{table: "lists_change", people: "person", text: "back", coded: "steps", nothing: "id type state job"},
	{table: "lists_change_row", key: "change record", text: "problem", nothing: "change record outcome"},
	{table: "notices_mark", nothing: "name"},
	{table: "org_setting", key: "key", people: "changed_by", coded: "value", nothing: "key"},
	{table: "org_unit_closure", nothing: "ancestor descendant"},
	{table: "signin_failure", nothing: "slot"},
	{table: "signin_second", nothing: "role"},
	{table: "webhooks_delivery", text: "answer", nothing: "id hook type record act state"},
	{table: "privacy_hold", people: "person set_by lifted_by", names: "set_name:set_by lifted_name:lifted_by", text: "reason", nothing: "id until"},
	{table: "privacy_erasure", people: "person asked_by done_by", names: "asked_name:asked_by done_name:done_by", text: "reason", nothing: "id state counts entry"},
}

// others are the places that no record type describes, in the order in which an
// erasure goes through them: what belongs to an account before the account.
var others = sync.OnceValue(func() (out []*place) {
	for _, s := range specs {
		out = append(out, s.place())
	}
	return out
})

// places are all tables with what they may hold of a person: those of record types as
// their definitions say, and the others as they are classified.
func places(reg *records.Registry) (out []*place) {
	for _, d := range reg.Defs() {
		out = append(out, ofType(reg, d, d.Table))
		if d.IsVersioned {
			out = append(out, ofType(reg, d, d.Table+"_past"))
		}
	}
	return append(out, others()...)
}

// ofType is the table of a record type. A type that says of whom its records are by
// the line of managers keeps records about persons.
func ofType(reg *records.Registry, d *records.Def, table string) *place {
	p := &place{table: table, def: d, key: []string{"id"}, columns: map[string]holds{"id": nothing, "created_by": person, "updated_by": person, "custom": coded}, whose: map[string]string{}}
	if table != d.Table {
		p.key = append(p.key, "version")
	}
	for _, f := range d.Fields {
		kind := nothing
		switch f.Kind {
		case records.Text, records.LongText:
			kind = text
			if f.Filters {
				p.columns[f.Name+"_key"] = folded
			}
		case records.Link, records.RefKind:
			for _, t := range reg.Targets(f) {
				if t == org.Persons.Def() {
					kind = person
				}
			}
			if kind == person && f.Scope == access.Line {
				p.of, p.about = f.Name, d
			}
		case records.Secret:
			kind = secret
		case records.Amount:
			p.columns[f.Name+"_currency"] = nothing
		case records.Int, records.Measure, records.Bool, records.Instant, records.Decimal:
			continue
		}
		p.columns[f.Name] = kind
	}
	return p
}
