package agents

import (
	"encoding/json"
	"testing"
)

// slowly reads a row as encoding/json does.
func slowly(t *testing.T, raw string) softwareRow {
	t.Helper()
	var s software
	if err := json.Unmarshal([]byte(raw), &s); err != nil {
		t.Fatal(err)
	}
	// Numbers keep their writing.
	return s.row()
}

func TestAPlainRowOfSoftwareIsReadAsAnyOther(t *testing.T) {
	for raw, plain := range map[string]bool{
		`{"name":"a","version":"1.0-1","arch":"x86_64","from":"rpm","publisher":" Some One ","install_date":"2020-01-02","comments":"x: {y}, [z]","no_remove":false}`: true,
		`{ "name" : "é" , "version" : null , "guid":"g","filesize":"12" }`:                                                                                            true,
		`{}`:                             true,
		`{"name":true,"version":false}`:  true,
		`{"name":"tab\there","arch":""}`: false,
		`{"Name":"upper","version":"1"}`: false,
		`{"name":["a","b"]}`:             false,
		`{"name":"a","x":{"name":"b"}}`:  false,
		`{"name":"a\u0001b"}`:            false,
		`{"na\u006de":"a"}`:              false,
	} {
		got, ok := plainSoftware([]byte(raw), words{})
		if ok != plain {
			t.Errorf("%s: plain %v, want %v", raw, ok, plain)
		}
		if !ok {
			var err error
			if got, err = jsonSoftware([]byte(raw), words{}); err != nil {
				t.Errorf("%s: %v", raw, err)
			}
		}
		if want := slowly(t, raw); got != want {
			t.Errorf("%s: %+v, want %+v", raw, got, want)
		}
	}
	if s, ok := plainSoftware([]byte(`{"filesize":12345678901,"name":"a"}`), words{}); !ok || s.filesize != "12345678901" {
		t.Errorf("%+v %v", s, ok)
	}
	if s, err := jsonSoftware([]byte("{\"name\":\"caf\xe9\",\"version\":\"1\"}"), words{}); err != nil || s.version != "1" {
		t.Errorf("%+v %v", s, err)
	}
}

func FuzzSoftware(f *testing.F) {
	f.Add([]byte(`{"name":"a","version":"1.0-1","x":-1.5e3,"from":"rpm","no_remove":false}`))
	f.Add([]byte(`{"name":"a\\","y":{"z":[1]}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if !json.Valid(raw) {
			plainSoftware(raw, words{}) // must not panic
			return
		}
		s, ok := plainSoftware(raw, words{})
		if !ok {
			return
		}
		var slow map[string]any
		if err := json.Unmarshal(raw, &slow); err != nil {
			t.Fatalf("%q was read and is no object", raw)
		}
		if name, isText := slow["name"].(string); isText && s.name != scalar(name) {
			t.Fatalf("%q: name %q, want %q", raw, s.name, scalar(name))
		}
	})
}
