package settings

import (
	"steward/kernel/access"
	"steward/kernel/signin"
	"steward/kernel/storage"
)

// Who is a person and why they may, or may not, do something.
type Who struct {
	Person, Name string
	access.Explanation
}

// WhoMay asks for every open account whether its person may do the act to the
// record: the page 'who can see this and why'. They come by name, those who may first.
func WhoMay(r storage.Reader, act access.Act, s access.Subject) (out []Who, err error) {
	v := r.Reading()
	people, err := v.Texts("SELECT a.person FROM signin_account a JOIN org_person p ON p.id = a.person WHERE NOT a.disabled ORDER BY LOWER(p.name), a.person")
	if err != nil {
		return nil, err
	}
	all, err := signin.ActorsOf(v, people)
	if err != nil {
		return nil, err
	}
	var not []Who
	for _, a := range all {
		w := Who{a.Person, a.Name, access.Explain(a, act, s, v.Now)}
		if w.Allowed {
			out = append(out, w)
		} else {
			not = append(not, w)
		}
	}
	return append(out, not...), nil
}
