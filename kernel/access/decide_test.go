package access_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	cedar "github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/x/exp/ast"
	"github.com/cedar-policy/cedar-go/x/exp/schema"
	"github.com/cedar-policy/cedar-go/x/exp/schema/validate"

	"steward/kernel/access"
)

var now = time.Date(2026, 2, 11, 9, 0, 0, 0, time.UTC)

func with(roles ...string) *access.Actor {
	a := &access.Actor{Kind: access.PersonKind, Person: "ada", Name: "Ada", Roles: roles, Units: []string{"sales", "sales-north"}, Below: []string{"bob"}}
	for _, name := range roles {
		r, ok := access.RoleNamed(name)
		if !ok {
			panic(name)
		}
		a.Grants = append(a.Grants, r.Grants...)
	}
	return a
}

func token(a *access.Actor, scopes ...access.TokenScope) *access.Actor {
	a.Kind, a.Token = access.TokenKind, scopes
	return a
}

func opened(a *access.Actor, s access.Sensitivity, until time.Time) *access.Actor {
	a.Grants = append(a.Grants, access.Grant{Role: "opened", Area: access.People, Act: access.View, Scope: access.All, Sensitivity: s, Until: until})
	return a
}

func TestWhoMayDoWhat(t *testing.T) {
	system := access.Subject{Area: access.Systems, Unit: "sales"}
	for _, c := range []struct {
		name  string
		actor *access.Actor
		act   access.Act
		on    access.Subject
		rule  string // a rule that decided; "" when nothing permits
		may   bool
	}{
		{"a department head sees the own department's system", with(access.DepartmentHead), access.View, system, "grant.unit", true},
		{"a department head sees the system of a unit below", with(access.DepartmentHead), access.View, access.Subject{Area: access.Systems, Unit: "sales-north"}, "grant.unit", true},
		{"a department head does not see another's system", with(access.DepartmentHead), access.View, access.Subject{Area: access.Systems, Unit: "it"}, "", false},
		{"a department head books no costs and no rates", with(access.DepartmentHead), access.Add, access.Subject{Area: access.Money, Unit: "sales", Author: "ada"}, "", false},
		{"a department head sees no salaries", with(access.DepartmentHead), access.View, access.Subject{Area: access.People, Unit: "sales", About: "bob", Sensitivity: access.Pay}, "", false},
		{"the MIS manager sees the salaries of the own people", with(access.MISManager), access.View, access.Subject{Area: access.People, About: "bob", Sensitivity: access.Pay}, "grant.line", true},
		{"the MIS manager sees no other salaries", with(access.MISManager), access.View, access.Subject{Area: access.People, About: "eve", Sensitivity: access.Pay}, "", false},
		{"the auditor reads costs", with(access.Auditor), access.View, access.Subject{Area: access.Money}, "grant.all", true},
		{"the auditor changes nothing, manager or not", with(access.Auditor, access.MISManager), access.Edit, system, "auditor.changes-nothing", false},
		{"the auditor reads no health data, whatever other roles say", opened(with(access.Auditor), access.Health, time.Time{}), access.View, access.Subject{Area: access.People, Sensitivity: access.Health}, "sensitive.closed", false},
		{"an administrator reads no reviews", opened(with(access.Administrator), access.Review, time.Time{}), access.View, access.Subject{Area: access.People, Sensitivity: access.Review}, "sensitive.closed", false},
		{"a timed grant opens reviews to an administrator", opened(with(access.Administrator), access.Review, now.Add(time.Hour)), access.View, access.Subject{Area: access.People, Sensitivity: access.Review}, "grant.all", true},
		{"a timed grant that ended opens nothing", opened(with(access.Administrator), access.Review, now), access.View, access.Subject{Area: access.People, Sensitivity: access.Review}, "sensitive.closed", false},
		{"others hold sensitive grants without an end", opened(with(access.Employee), access.Discipline, time.Time{}), access.View, access.Subject{Area: access.People, Sensitivity: access.Discipline}, "grant.all", true},
		{"the MIS manager approves another's request", with(access.MISManager), access.Approve, access.Subject{Area: access.Money, Author: "bob"}, "grant.all", true},
		{"nobody approves the own request", with(access.MISManager), access.Approve, access.Subject{Area: access.Money, Author: "ada"}, "duties.own-request", false},
		{"nobody approves the own matter", with(access.MISManager), access.Approve, access.Subject{Area: access.People, Author: "bob", About: "ada"}, "duties.own-matter", false},
		{"an administrator approves nothing", with(access.Administrator), access.Approve, access.Subject{Area: access.Money}, "", false},
		{"an employee sees the own request", with(access.Employee), access.View, access.Subject{Area: access.Service, Author: "ada"}, "grant.authored", true},
		{"an employee does not see another's request", with(access.Employee), access.View, access.Subject{Area: access.Service, Author: "bob"}, "", false},
		{"an executive sees the Bridge", with(access.Executive), access.View, access.Subject{Area: access.Bridge}, "grant.all", true},
		{"an executive approves what waits for them", with(access.Executive), access.Approve, access.Subject{Area: access.Vendors, Assigned: []string{"bob", "ada"}}, "grant.assigned", true},
		{"an executive does not approve what waits for others", with(access.Executive), access.Approve, access.Subject{Area: access.Vendors, Assigned: []string{"bob"}}, "", false},
		{"a consultant without a company sees no company's records", with(access.Consultant), access.View, access.Subject{Area: access.Vendors}, "", false},
		{"Steward itself may", access.System(), access.Edit, access.Subject{Area: access.People, Sensitivity: access.Health}, "steward.itself", true},
		{"an agent delivers its own host's inventory", &access.Actor{Kind: access.AgentKind, Host: "h1"}, access.Deliver, access.Subject{Area: access.Infrastructure, ID: "h1"}, "agent.delivers", true},
		{"an agent does not deliver for another host", &access.Actor{Kind: access.AgentKind, Host: "h1"}, access.Deliver, access.Subject{Area: access.Infrastructure, ID: "h2"}, "", false},
		{"an agent reads nothing", &access.Actor{Kind: access.AgentKind, Host: "h1"}, access.View, access.Subject{Area: access.Infrastructure, ID: "h1"}, "agent.only-delivers", false},
		{"a person does not deliver", with(access.Administrator), access.Deliver, access.Subject{Area: access.Infrastructure}, "", false},
		{"a token does what it was made for", token(with(access.MISManager), access.TokenScope{Area: access.Systems, Act: access.View}), access.View, system, "grant.all", true},
		{"a token does nothing else", token(with(access.MISManager), access.TokenScope{Area: access.Systems, Act: access.View}), access.Edit, system, "token.narrowed", false},
		{"a token gives no right that its person lacks", token(with(access.Employee), access.TokenScope{Area: "*", Act: "*"}), access.Edit, system, "", false},
		{"a token reads no closed records", token(opened(with(access.Employee), access.Review, time.Time{}), access.TokenScope{Area: "*", Act: "*"}), access.View, access.Subject{Area: access.People, Sensitivity: access.Review}, "token.sensitive", false},
		{"nobody may nothing", nil, access.View, system, "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := access.Decide(c.actor, c.act, c.on, now)
			if got.Allowed != c.may {
				t.Fatalf("allowed = %v by %v, want %v", got.Allowed, got.Rules, c.may)
			}
			if c.rule == "" && len(got.Rules) > 0 || c.rule != "" && !slices.Contains(got.Rules, c.rule) {
				t.Errorf("rules = %v, want %q", got.Rules, c.rule)
			}
			e := access.Explain(c.actor, c.act, c.on, now)
			if e.Allowed != got.Allowed || len(e.Why) < len(got.Rules) {
				t.Errorf("the explanation %+v does not cover the decision %+v", e, got)
			}
			if !e.Allowed && c.actor != nil && len(e.Why)+len(e.NearMiss) == 0 {
				t.Error("a refusal is not explained")
			}
		})
	}
}

func TestAClosedFieldNeedsTheRightToAllOfItsKind(t *testing.T) {
	if access.MaySee(with(access.MISManager), access.People, access.Pay, now) {
		t.Error("who may see the pay of some may filter everybody by it")
	}
	if !access.MaySee(opened(with(access.Employee), access.Pay, time.Time{}), access.People, access.Pay, now) {
		t.Error("who may see all pay does not see the field")
	}
}

func TestWhyNotNamesTheGrantThatDoesNotReach(t *testing.T) {
	e := access.Explain(with(access.DepartmentHead), access.View, access.Subject{Area: access.Systems, Unit: "it"}, now)
	if len(e.NearMiss) != 1 || e.NearMiss[0].Key != "kernel.access.miss.unit" || e.NearMiss[0].Args["role"] != access.DepartmentHead {
		t.Errorf("got %+v, want the department head's unit grant", e.NearMiss)
	}
}

// TestListsAndSingleRecordsAgree: what HeldScopes says of a list is what Decide says of each
// record, for random actors and records of every role, area, act and sensitivity.
func TestListsAndSingleRecordsAgree(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	pick := func(from ...string) string { return from[r.IntN(len(from))] }
	some := func(from ...string) (out []string) {
		for _, s := range from {
			if r.IntN(3) == 0 {
				out = append(out, s)
			}
		}
		return out
	}
	allowed, refused := 0, 0
	for n := range 20000 {
		a := &access.Actor{Kind: access.PersonKind, Person: pick("ada", "bob", ""), Units: some("u1", "u2"), Below: some("bob", "eve"), Party: pick("acme", "")}
		for _, role := range access.Roles() {
			if r.IntN(4) == 0 {
				a.Roles = append(a.Roles, role.Name)
				a.Grants = append(a.Grants, role.Grants...)
			}
		}
		for range r.IntN(6) {
			g := access.Grant{Role: "own", Area: access.Areas[r.IntN(len(access.Areas))], Act: access.Acts[r.IntN(len(access.Acts))], Scope: access.Scopes[r.IntN(len(access.Scopes))]}
			if r.IntN(2) == 0 {
				g.Sensitivity = access.Sensitivities[r.IntN(len(access.Sensitivities))]
			}
			if r.IntN(2) == 0 {
				g.Until = now.Add(time.Duration(r.IntN(3)-1) * time.Hour)
			}
			a.Grants = append(a.Grants, g)
		}
		if r.IntN(4) == 0 {
			token(a, access.TokenScope{Area: pick("*", access.People), Act: access.Act(pick("*", "view"))})
		}
		s := access.Subject{Area: access.Areas[r.IntN(len(access.Areas))], Unit: pick("u1", "u3", ""), Owner: pick("ada", "bob", ""), Author: pick("ada", "bob", ""),
			About: pick("ada", "bob", ""), Assigned: some("ada", "bob"), Members: some("ada", "bob"), Party: pick("acme", "other", "")}
		if r.IntN(3) == 0 {
			s.Sensitivity, s.Area = access.Sensitivities[r.IntN(len(access.Sensitivities))], access.People
		}
		for _, act := range access.Acts {
			want := false
			for _, scope := range access.HeldScopes(a, act, s.Area, s.Sensitivity, now) {
				want = want || lies(a, scope, s)
			}
			if act == access.Approve && a.Person != "" && (s.Author == a.Person || s.About == a.Person) {
				want = false // the only refusals that look at the record
			}
			got := access.Decide(a, act, s, now)
			if got.Allowed != want {
				t.Fatalf("case %d: %s: Decide says %v by %v, the held scopes say %v\nactor %+v\nrecord %+v", n, act, got.Allowed, got.Rules, want, a, s)
			}
			if got.Allowed {
				allowed++
			} else {
				refused++
			}
		}
	}
	if allowed < 1000 || refused < 1000 {
		t.Errorf("the cases are lopsided: %d allowed, %d refused", allowed, refused)
	}
}

// lies is the scopes' definition, written a second time.
func lies(a *access.Actor, scope access.Scope, s access.Subject) bool {
	in := func(list []string, id string) bool { return id != "" && slices.Contains(list, id) }
	return map[access.Scope]bool{
		access.All: true, access.Unit: in(a.Units, s.Unit), access.Line: in(a.Below, s.About), access.Owned: in([]string{s.Owner}, a.Person),
		access.Member: in(s.Members, a.Person), access.Assigned: in(s.Assigned, a.Person), access.Authored: in([]string{s.Author}, a.Person), access.Party: in([]string{s.Party}, a.Party),
	}[scope]
}

func TestPoliciesFitTheirVocabulary(t *testing.T) {
	text, err := os.ReadFile("testdata/steward.cedarschema")
	if err != nil {
		t.Fatal(err)
	}
	var s schema.Schema
	s.SetFilename("steward.cedarschema")
	if err := s.UnmarshalCedar(text); err != nil {
		t.Fatal(err)
	}
	resolved, err := s.Resolve()
	if err != nil {
		t.Fatal(err)
	}
	v := validate.New(resolved, validate.WithStrict())
	for _, p := range access.Policies() {
		var policy cedar.Policy
		if err := policy.UnmarshalCedar([]byte(p.Text)); err != nil {
			t.Fatal(err)
		}
		if err := v.Policy(p.ID, (*ast.Policy)(policy.AST())); err != nil {
			t.Errorf("policy %s: %v", p.ID, err)
		}
		if !strings.HasSuffix(p.Why, ".") {
			t.Errorf("policy %s: its reason is not a sentence: %q", p.ID, p.Why)
		}
	}
}

func TestShippedGrantsStayInTheVocabulary(t *testing.T) {
	if len(access.Roles()) != 9 {
		t.Errorf("got %d roles, want 9", len(access.Roles()))
	}
	for _, r := range access.Roles() {
		for _, g := range r.Grants {
			if err := g.Check(); err != nil || g.Role != r.Name {
				t.Errorf("%s: %+v: %v", r.Name, g, err)
			}
		}
	}
	for _, g := range []access.Grant{
		{Area: "kitchen", Act: access.View, Scope: access.All},
		{Area: access.People, Act: "steal", Scope: access.All},
		{Area: access.Infrastructure, Act: access.Deliver, Scope: access.All},
		{Area: access.People, Act: access.View, Scope: "some"},
		{Area: access.People, Act: access.View, Scope: access.All, Sensitivity: "gossip"},
		{Area: "*", Act: access.View, Scope: access.All, Sensitivity: access.Pay},
	} {
		if g.Check() == nil {
			t.Errorf("%+v was taken", g)
		}
	}
}

func BenchmarkDecide(b *testing.B) {
	units := make([]string, 50)
	for i := range units {
		units[i] = fmt.Sprintf("0195-unit-%04d", i)
	}
	a := with(access.DepartmentHead, access.Employee)
	a.Units = units
	s := access.Subject{Type: "systems.system", Area: access.Systems, ID: "x", Unit: units[40], Owner: "bob", Author: "eve", Members: []string{"bob", "eve"}}
	b.ReportAllocs()
	for b.Loop() {
		if !access.Decide(a, access.View, s, now).Allowed {
			b.Fatal("refused")
		}
	}
}
