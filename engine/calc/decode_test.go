package calc

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

type order struct {
	Name  string            `json:"name" doc:"whose it is"`
	Lines []line            `json:"lines,omitempty"`
	Marks map[string]weight `json:"marks,omitempty"`
	Rush  *bool             `json:"rush,omitempty"`
	shop
}

type shop struct {
	City string `json:"city,omitempty"`
}

type line struct {
	Article string     `json:"article"`
	Price   float64    `json:"price"`
	Pieces  int        `json:"pieces,omitempty"`
	Between []*float64 `json:"between,omitempty"`
}

// weight reads itself from text such as 5kg.
type weight int

func (w *weight) UnmarshalText(b []byte) error {
	if _, err := fmt.Sscanf(string(b), "%dkg", (*int)(w)); err != nil {
		return fmt.Errorf("%q is not a weight; write it as 5kg", b)
	}
	return nil
}

func (w weight) MarshalText() ([]byte, error) { return fmt.Appendf(nil, "%dkg", int(w)), nil }

func TestDecodeNamesTheWrongPlace(t *testing.T) {
	for in, want := range map[string]string{
		"":           "the input is empty",
		" \n":        "the input is empty",
		"\xff{}":     "not valid UTF-8",
		"null":       "the input is null where an object is wanted",
		"[]":         "line 1, column 1: is a list where an object is wanted",
		"5":          "line 1, column 1: is the number 5 where an object is wanted",
		`{"name"`:    "line 1, column 7: the JSON ends too early",
		`{}`:         "name: is missing; it is wanted here: whose it is",
		`{"name":1}`: "name: is the number 1 where text is wanted",
		"{\"name\":\"a\",\n \"x\":1,\n\"lines\":[]}": "line 2, column 2: there is no field \"x\" here",
		`{"NAME":"a"}`:            `line 1, column 2: there is no field "NAME" here`,
		`{"name":"a","name":"b"}`: `line 1, column 13: "name" stands here twice`,
		`{"name":"a","marks":{"m":"1kg","\u006d":"2kg"}}`:                                         `marks: "m" stands here twice`,
		`{"name":"a","marks":{"m":"1kg","n":"heavy"}}`:                                            `marks.n: "heavy" is not a weight`,
		`{"name":"a","marks":{"m":null}}`:                                                         "marks.m: is null where",
		`{"name":"a","lines":null}`:                                                               "lines: is null where a list is wanted",
		`{"name":"a","lines":[{"article":"b","price":1},{"article":"c","price":"1"}],"city":"x"}`: "lines[1].price: is text where a number is wanted",
		`{"name":"a","lines":[{"article":"b","price":1},{"article":"c"}]}`:                        "lines[1].price: is missing",
		`{"name":"a","lines":[{"article":"b","price":1,"pieces":1.5}]}`:                           "lines[0].pieces: is the number 1.5 where a whole number is wanted",
		`{"name":"a","lines":[{"article":"b","price":1e999}]}`:                                    "lines[0].price: is the number 1e999 where a number is wanted",
		`{"name":"a","lines":[{"article":"b","price":1,"prise":2}]}`:                              `lines[0]: there is no field "prise" here`,
		`{"name":"a","lines":[{"article":"b","price":1,"between":[1,null,true]}]}`:                "lines[0].between[2]: is true where a number is wanted",
		`{"name":"a","marks":{"m":4}}`:                                                            "marks.m: is the number 4 where text is wanted",
		`{"name":"a"} {}`:                                                                         "line 1, column 14: there is more after the end",
		`{"name":NaN}`:                                                                            "line 1, column 9: not JSON",
		strings.Repeat("[", 100_000):                                                              "not JSON: exceeded max depth",
		`{"` + strings.Repeat("long\\n", 1000) + `":1}`:                                           "there is no field",
		`{"name":"a","marks":{"` + strings.Repeat("k", 5000) + `":"x"}}`:                          "marks.kkk",
	} {
		_, err := Decode[order]([]byte(in))
		if err == nil || !strings.Contains(strings.ReplaceAll(err.Error(), "invalid character '[' ", ""), want) || strings.Contains(err.Error(), "\n") || len(err.Error()) > 600 {
			t.Errorf("%.80q: got %v, want %q", in, err, want)
		}
	}
}

func TestDecodeReadsWhatIsRight(t *testing.T) {
	for _, in := range []string{
		`{"name":"a"}`, "\xef\xbb\xbf{\"name\":\"a\"}\r\n", `{"name":"a","rush":null,"city":"x"}`,
		` { "name" : "a\"}]" , "lines" : [ { "article" : "b" , "price" : -1.5e3 , "between" : [ null , 2 ] } , {"article":"c","price":0} ] } `,
		`{"n\u0061me":"a","marks":{"":"1kg","a.b":"2kg"}}`,
	} {
		got, err := Decode[order]([]byte(in))
		if err != nil || !strings.HasPrefix(got.Name, "a") {
			t.Errorf("%s: got %+v, %v", in, got, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, s := range []string{
		`{"name":"a","lines":[{"article":"b","price":1,"between":[null,1]}],"marks":{"m":"1kg"},"rush":true,"city":"x"}`,
		`{"name":"a","name":"b"}`, `{"n\u0061me":1}`, `[`, `{"name":"a"}x`, "\xef\xbb\xbf{}", `null`, `{"lines":[[]]}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		v, err := Decode[order](raw)
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n\r") {
				t.Errorf("more than one line: %q", err)
			}
			return
		}
		again, _ := json.Marshal(v)
		if _, err := Decode[order](again); err != nil {
			t.Errorf("%s was read, but %s is refused: %v", raw, again, err)
		}
	})
}
