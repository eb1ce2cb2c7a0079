package settings

import (
	"database/sql"

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
	var people []string
	err = v.Each("SELECT a.person FROM signin_account a JOIN org_person p ON p.id = a.person WHERE NOT a.disabled ORDER BY LOWER(p.name), a.person", nil, func(rows *sql.Rows) error {
		var person string
		err := rows.Scan(&person)
		people = append(people, person)
		return err
	})
	if err != nil {
		return nil, err
	}
	var not []Who
	for _, person := range people {
		a, err := signin.ActorOf(v, person)
		if err != nil {
			return nil, err
		}
		w := Who{person, a.Name, access.Explain(a, act, s, v.Now)}
		if w.Allowed {
			out = append(out, w)
		} else {
			not = append(not, w)
		}
	}
	return append(out, not...), nil
}
