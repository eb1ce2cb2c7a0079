package words

import (
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"steward/lib/locale"
)

func catalogue(t *testing.T, files map[string]string) *Catalogue {
	t.Helper()
	fsys := fstest.MapFS{}
	for n, s := range files {
		fsys["w/"+n+".json"] = &fstest.MapFile{Data: []byte(s)}
	}
	c := New()
	if err := c.Add(fsys, "w"); err != nil {
		t.Fatal(err)
	}
	return c
}

const ends = "Ends in {days} {days|day|days}."

func TestANumberBringsTheFormTheLanguageNeeds(t *testing.T) {
	c := catalogue(t, map[string]string{
		"de": `{"v.ends":{"en":"` + ends + `","text":"Endet in {days} {days|Tag|Tagen}."}}`,
		"pl": `{"v.ends":{"en":"` + ends + `","text":"Kończy się za {days} {days|dzień|dni|dni|dnia}."}}`,
		"hu": `{"v.ends":{"en":"` + ends + `","text":"{days} nap múlva lejár."}}`,
	})
	for _, x := range []struct {
		l    locale.Lang
		n    any
		want string
	}{
		{locale.En, 1, "Ends in 1 day."}, {locale.En, 0, "Ends in 0 days."}, {locale.En, 1.5, "Ends in 1.5 days."}, {locale.De, int64(1), "Endet in 1 Tag."}, {locale.De, 1200, "Endet in 1.200 Tagen."},
		{locale.Pl, 2, "Kończy się za 2 dni."}, {locale.Pl, 5, "Kończy się za 5 dni."}, {locale.Pl, 1.5, "Kończy się za 1,5 dnia."}, {locale.Hu, 3, "3 nap múlva lejár."},
		{locale.Sv, 1, "Ends in 1 day."}, {locale.En, "some", "Ends in some days."},
	} {
		if got := c.Text(x.l, "v.ends", ends, Args{"days": x.n}); got != x.want {
			t.Errorf("%s %v: got %q, want %q", x.l, x.n, got, x.want)
		}
	}
	if got := c.Missing(); len(got) != 1 || got[0] != "sv v.ends" {
		t.Errorf("what has no translation is remembered: %v", got)
	}
}

func TestBracesThatAreNoPlaceholdersStay(t *testing.T) {
	c := New()
	for text, want := range map[string]string{
		`{"a": 1}`: `{"a": 1}`, "{name": "{name", "{}": "{}", "{unknown} {name}": "{unknown} Ann", "a {name}{name}": "a AnnAnn", "": "", "}{": "}{", "{ {name}": "{ Ann",
	} {
		if got := c.Text(locale.En, "k", text, Args{"name": "Ann"}); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestTemplatesPassArgumentsInPairs(t *testing.T) {
	say := New().For(locale.De)
	if got := say("k", "{n} of {of}", "n", 3, "of", 12000); got != "3 of 12.000" {
		t.Errorf("got %q", got)
	}
}

func TestTheCatalogueServesManyAtOnce(t *testing.T) {
	c := catalogue(t, map[string]string{"de": `{"a":{"en":"A {n}","text":"Ä {n}"}}`})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range 200 {
				c.Text(locale.De, "a", "A {n}", Args{"n": i})
				c.Text(locale.Sv, "a", "A {n}", Args{"n": i})
			}
		})
	}
	wg.Wait()
}

func TestCheckFindsWhatIsNotAsItShouldBe(t *testing.T) {
	full := `{"a":{"en":"A {n} {n|x|y}","text":"Ä {n} {n|x|y}"},"b":{"en":"B","text":"b"}}`
	c := catalogue(t, map[string]string{
		"de": full, "hu": full, "sv": `{"a":{"en":"old","text":"Å"},"c":{"en":"C","text":"c"},"b":{"en":"B","was":"Bee","text":"b"}}`,
		"pl": `{"a":{"en":"A {n} {n|x|y}","text":"A {m} {n|x|y}"},"b":{"en":"B","text":""}}`,
	})
	var got []string
	for _, p := range c.Check([]Word{{Key: "b", English: "B"}, {Key: "a", English: "A {n} {n|x|y}", File: "x.go", Line: 1}, {Key: "a", English: "other", File: "y.go", Line: 2}}) {
		got = append(got, p.String())
	}
	for _, want := range []string{"a: has two texts", "sv a: the English changed", `sv b: outdated: the English was "Bee"`, "sv c: is not used", "pl a: uses the arguments [m n], the English [n]", "pl a: {n|x|y} gives 2 forms, needs one|few|many", "pl b: has no translation"} {
		if !strings.Contains(strings.Join(got, "\n"), want) {
			t.Errorf("Check does not say %q; it says\n%s", want, strings.Join(got, "\n"))
		}
	}
	if len(got) != 7 {
		t.Errorf("%d problems, want 7:\n%s", len(got), strings.Join(got, "\n"))
	}
}

func TestUpdateAddsMarksAndDrops(t *testing.T) {
	old := map[string]Entry{"same": {English: "S", Text: "s"}, "changed": {English: "Old", Text: "alt"}, "gone": {English: "G", Text: "g"}, "back": {English: "New", Was: "First", Text: "x"}}
	got := Update(old, []Word{{Key: "same", English: "S"}, {Key: "changed", English: "New"}, {Key: "added", English: "A"}, {Key: "back", English: "First"}})
	want := `{
  "added": {"en":"A","text":""},
  "back": {"en":"First","text":"x"},
  "changed": {"en":"New","was":"Old","text":"alt"},
  "same": {"en":"S","text":"s"}
}
`
	if string(Encode(got)) != want {
		t.Errorf("got %s", Encode(got))
	}
	again, err := Decode(Encode(got))
	if err != nil || string(Encode(again)) != want {
		t.Errorf("not read back: %v", err)
	}
	if !strings.Contains(string(Encode(map[string]Entry{"k": {English: "a & b"}})), "a & b") {
		t.Error("text for people is not escaped for HTML")
	}
}

func TestOneKeyHasOneCatalogue(t *testing.T) {
	fsys := fstest.MapFS{"a/de.json": {Data: []byte(`{"k":{"en":"K","text":"k"}}`)}, "b/de.json": {Data: []byte(`{"k":{"en":"K","text":"k"}}`)}, "c/de.json": {Data: []byte(`{"k":{"eng":"K"}}`)}}
	c := New()
	if err := c.Add(fsys, "a"); err != nil {
		t.Fatal(err)
	}
	if err := c.Add(fsys, "b"); err == nil {
		t.Error("two modules speak for one key")
	}
	if err := c.Add(fsys, "c"); err == nil || !strings.Contains(err.Error(), "c/de.json") {
		t.Errorf("a wrong file is named: %v", err)
	}
}

func TestScanFindsWordsInGoAndTemplates(t *testing.T) {
	fsys := fstest.MapFS{
		"m/contract.go": {Data: []byte(`package m
import ("steward/kernel/fail"; "steward/lib/words")
var renew = words.T("m.renew", "Renew " + "now")
func (c *Contract) Check() error {
	f := func(o *Other) { fail.Field(&o.Terms.Days, "days", "D") }
	_ = f
	return fail.Field(&c.Ends, "needs-end", "Needs an end.").With("x", 1)
}
func refuse(key, text string) error { return fail.New(fail.Forbidden, "m."+key, text) }
func h() error { no := func(k, t string) error { return refuse(k, t) }; _ = no("not-now", "Not now."); return refuse("never", "Never.") }
func page(r *R, t func(k, e string) string) { r.T("m.page", "Page"); t("m.t", "Tea"); r.T(label(), "no") }
func g() error { return fail.New(fail.Conflict, "m.taken", ` + "`Taken.`" + `) }
`)},
		"m/pages/list.html": {Data: []byte(`{{define "a"}}<h1>{{t "m.title" "Contracts"}}</h1>{{range .Rows}}{{if gt .N 1}}{{$.T "m.many" "{n} {n|one|many}" "n" .N}}{{else}}{{printf "%s" (.T "m.none" "None")}}{{end}}{{end}}{{end}}
{{template "a" (t "m.title" "Contracts")}}`)},
		"m/contract_test.go":   {Data: []byte(`package m; var x = words.T("no", "no")`)},
		"m/testdata/broken.go": {Data: []byte(`not go`)},
	}
	got, err := Scan(fsys, "m")
	if err != nil {
		t.Fatal(err)
	}
	got, err = Complete(got, func(dir, goType string) string { return dir + "." + strings.ToLower(goType) })
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, w := range got {
		keys = append(keys, w.Key+"="+w.English)
	}
	want := "m.renew=Renew now\nm.other.days=D\nm.contract.needs-end=Needs an end.\nm.taken=Taken.\nm.not-now=Not now.\nm.never=Never.\nm.page=Page\nm.t=Tea\nm.title=Contracts\nm.title=Contracts\nm.many={n} {n|one|many}\nm.none=None"
	if a, b := strings.Split(strings.Join(keys, "\n"), "\n"), strings.Split(want, "\n"); !sameSet(a, b) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(keys, "\n"), want)
	}
	for _, w := range got {
		if w.File == "" || w.Line == 0 {
			t.Errorf("%s has no place", w.Key)
		}
	}
}

func sameSet(a, b []string) bool {
	n := map[string]int{}
	for _, s := range a {
		n[s]++
	}
	for _, s := range b {
		n[s]--
	}
	for _, v := range n {
		if v != 0 {
			return false
		}
	}
	return true
}

func TestScanRefusesWhatNobodyCouldTranslate(t *testing.T) {
	for name, src := range map[string]string{
		"a.go":   "package a\nfunc f(k string) { words.T(k, \"English\") }",
		"b.go":   "package a\nfunc f() { x := Y{}; fail.Field(&x.A, \"k\", \"E\") }",
		"a.html": `{{t .Key "English"}}`,
		"b.html": `{{t "key"}}`,
		"c.html": `{{if`,
	} {
		if _, err := Scan(fstest.MapFS{name: {Data: []byte(src)}}, "."); err == nil {
			t.Errorf("%s passes: %s", name, src)
		} else if name != "c.html" && !strings.Contains(err.Error(), name+":") {
			t.Errorf("%s is not named: %v", name, err)
		}
	}
}

func FuzzMessage(f *testing.F) {
	for _, s := range []string{ends, "{", "{a|", "{a|b|c}{d}", "{{a}}", "}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if got := parse(s).fill(locale.En, nil); got != s {
			t.Errorf("without arguments %q became %q", s, got)
		}
		for _, l := range locale.Langs() {
			parse(s).fill(l, Args{"a": 2, "days": 1.5, "d": nil})
		}
	})
}
