package privacy

import (
	"cmp"
	"database/sql"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/storage"
)

// Who is a person with all by which texts may name them.
type who struct {
	ID, Number, Name string
	// found are the spellings looked for in texts: the whole name in either order, e-mail
	// address and telephone number, the sign-in name after an @, and a sign-in name or the
	// address before its @ where two words make it: moritz.rademacher is nobody else.
	found []string
	// Shared: somebody else has the same name, so a text that holds it may mean either;
	// Short: the name is one word, which may be any word. Neither is looked for.
	Shared, Short bool
}

// whoIs finds by what texts may name a person.
func whoIs(v *storage.View, id string) (*who, error) {
	w := &who{ID: id}
	var email, phone, login string
	var number int64
	found, err := v.Row("SELECT p.number, p.name, p.email, p.phone, a.login FROM org_person p LEFT JOIN signin_account a ON a.person = p.id WHERE p.id = $1", []any{id},
		&number, &w.Name, storage.Zero(&email), storage.Zero(&phone), storage.Zero(&login))
	if err != nil || !found {
		return nil, orNotFound(err)
	}
	w.Number = org.Persons.Def().HumanNumber(number)
	if _, err := v.Row("SELECT COUNT(*) > 0 FROM org_person WHERE name_key = $1 AND id <> $2", []any{records.Key(w.Name), id}, &w.Shared); err != nil {
		return nil, err
	}
	parts := strings.Fields(w.Name)
	w.Short = len(parts) < 2
	if !w.Shared && !w.Short {
		first, last := strings.Join(parts[:len(parts)-1], " "), parts[len(parts)-1]
		w.found = append(w.found, w.Name, last+" "+first, last+", "+first)
	}
	if strings.Contains(email, "@") {
		w.found = append(w.found, email)
	}
	if strings.Contains(login, "@") {
		w.found = append(w.found, login)
	} else if login != "" {
		w.found = append(w.found, "@"+login)
	}
	local, _, _ := strings.Cut(email, "@")
	for _, s := range []string{local, login} {
		if !strings.Contains(s, "@") && compound.MatchString(s) {
			w.found = append(w.found, s)
		}
	}
	if digits := strings.Count(strings.Map(digit, phone), "0"); digits >= 7 {
		w.found = append(w.found, phone)
	}
	slices.Sort(w.found)
	w.found = slices.Compact(w.found)
	return w, nil
}

// compound is two words or more of an account's name.
var compound = regexp.MustCompile(`^[\pL\pN]{2,}([._-][\pL\pN]{2,})+$`)

func digit(c rune) rune {
	if unicode.IsDigit(c) {
		return '0'
	}
	return -1
}

func orNotFound(err error) error {
	if err != nil {
		return err
	}
	return records.NotFound()
}

// spelt are the spellings as a column of a kind has them.
func (w *who) spelt(kind holds) (out []string) {
	for _, s := range w.found {
		switch kind {
		case folded:
			s = records.Key(s)
		case coded:
			raw, _ := json.Marshal(s)
			s = string(raw[1 : len(raw)-1])
		}
		out = append(out, s)
	}
	// The longest first: "anna@example.org" before "@example".
	slices.SortFunc(out, func(a, b string) int { return len(b) - len(a) })
	return out
}

// condition holds for the rows whose column may name the person: a few too many, but
// none too few. Values are bound after those in args.
func (w *who) condition(column string, kind holds, args []any) (string, []any) {
	var ors []string
	for _, s := range rough(w.spelt(kind)) {
		args = append(args, "%"+pattern(s)+"%")
		ors = append(ors, "LOWER("+column+") LIKE $"+itoa(len(args))+` ESCAPE '\'`)
	}
	if len(ors) == 0 {
		return "1 = 0", args
	}
	return "(" + strings.Join(ors, " OR ") + ")", args
}

// rough are few texts one of which is in whatever holds one of the spellings: of several
// words the longest, and nothing that holds another.
func rough(spellings []string) (out []string) {
	for _, s := range spellings {
		words := strings.FieldsFunc(s, func(c rune) bool { return c == ' ' || c == ',' })
		slices.SortFunc(words, func(a, b string) int { return len(b) - len(a) })
		out = append(out, strings.ToLower(words[0]))
	}
	slices.SortFunc(out, func(a, b string) int { return cmp.Or(len(a)-len(b), strings.Compare(a, b)) })
	out = slices.Compact(out)
	for i := len(out) - 1; i > 0; i-- {
		if slices.ContainsFunc(out[:i], func(short string) bool { return strings.Contains(out[i], short) }) {
			out = slices.Delete(out, i, i+1)
		}
	}
	return out
}

// pattern is a text as LIKE finds it whatever its case: what one of the databases does
// not turn into small letters matches any character.
func pattern(s string) string {
	var b strings.Builder
	for _, c := range s {
		switch {
		case c == ' ':
			b.WriteByte('%')
		case c >= utf8.RuneSelf:
			b.WriteByte('_')
		case c == '%' || c == '_' || c == '\\':
			b.WriteByte('\\')
			b.WriteRune(c)
		default:
			b.WriteRune(unicode.ToLower(c))
		}
	}
	return b.String()
}

// replacer is what takes the person out of texts of a kind.
type replacer struct {
	any *regexp.Regexp
	by  string
}

func (w *who) replacer(kind holds, by string) replacer {
	quoted := w.spelt(kind)
	for i, s := range quoted {
		quoted[i] = strings.ReplaceAll(regexp.QuoteMeta(s), " ", `(?:\s|\\[ntr])+`) // or the end of a line, as JSON has it too
	}
	if len(quoted) == 0 {
		return replacer{}
	}
	if kind == folded {
		by = records.Key(by)
	}
	return replacer{regexp.MustCompile("(?i)" + strings.Join(quoted, "|")), by}
}

// in returns the text without the person, and how often it named them. A spelling
// counts where no letter or digit stands before it, and none after it but the s of a
// genitive: Anna Berg is not in "Anna Bergman".
func (p replacer) in(s string) (out string, n int) {
	if p.any == nil {
		return s, 0
	}
	var b strings.Builder
	from := 0
	for at := 0; at < len(s); {
		m := p.any.FindStringIndex(s[at:])
		if m == nil {
			break
		}
		start, end := at+m[0], at+m[1]
		before, _ := utf8.DecodeLastRuneInString(s[:start])
		if s[start] != '@' && wordly(before) || goesOn(s[end:]) {
			_, size := utf8.DecodeRuneInString(s[start:])
			at = start + size
			continue
		}
		b.WriteString(s[from:start])
		b.WriteString(p.by)
		from, at, n = end, end, n+1
	}
	if n == 0 {
		return s, 0
	}
	b.WriteString(s[from:])
	return b.String(), n
}

func wordly(c rune) bool { return unicode.IsLetter(c) || unicode.IsDigit(c) }

// goesOn says whether a name does not end here.
func goesOn(rest string) bool {
	first, size := utf8.DecodeRuneInString(rest)
	if first == 's' {
		first, _ = utf8.DecodeRuneInString(rest[size:])
	}
	return wordly(first)
}

// eachNaming calls visit with every row of a table in which one of the columns names the
// person: the values of the key's columns and of those columns.
func (w *who) eachNaming(v *storage.View, p *place, key []string, visit func(key []string, columns []string, old, without []string) error) error {
	var columns, ors []string
	var args []any
	for _, c := range sortedColumns(p) {
		kind := p.columns[c]
		if kind != text && kind != folded && kind != coded {
			continue
		}
		cond := ""
		cond, args = w.condition(c, kind, args)
		columns, ors = append(columns, c), append(ors, cond)
	}
	if len(columns) == 0 || len(w.found) == 0 {
		return nil
	}
	type row struct{ key, old, without []string }
	var rows []row
	replacers := map[holds]replacer{}
	for _, kind := range []holds{text, folded, coded} {
		replacers[kind] = w.replacer(kind, w.Number)
	}
	err := v.Each("SELECT "+strings.Join(append(slices.Clone(key), columns...), ", ")+" FROM "+p.table+" WHERE "+strings.Join(ors, " OR "), args, func(found *sql.Rows) error {
		cells := make([]sql.NullString, len(key)+len(columns))
		into := make([]any, len(cells))
		for i := range cells {
			into[i] = &cells[i]
		}
		if err := found.Scan(into...); err != nil {
			return err
		}
		r, named := row{}, 0
		for i, c := range cells {
			if i < len(key) {
				r.key = append(r.key, c.String)
				continue
			}
			without, n := replacers[p.columns[columns[i-len(key)]]].in(c.String)
			r.old, r.without, named = append(r.old, c.String), append(r.without, without), named+n
		}
		if named > 0 {
			rows = append(rows, r)
		}
		return nil
	})
	for _, r := range rows {
		if err == nil {
			err = visit(r.key, columns, r.old, r.without)
		}
	}
	return err
}
