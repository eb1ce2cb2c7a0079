package resp

import (
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
)

func TestEveryKindOfAnswerIsRead(t *testing.T) {
	for in, want := range map[string]any{
		"+OK\r\n": "OK", ":-7\r\n": int64(-7), "$5\r\na\r\nbc\r\n": "a\r\nbc", "$-1\r\n": nil, "$0\r\n\r\n": "",
		"*2\r\n:1\r\n*1\r\n+x\r\n": []any{int64(1), []any{"x"}}, "*-1\r\n": nil, "_\r\n": nil, "#t\r\n": true, ",1.5\r\n": 1.5,
		"%1\r\n+a\r\n:1\r\n": []any{"a", int64(1)}, "=7\r\ntxt:abc\r\n": "abc", "(12345678901234567890\r\n": "12345678901234567890",
		">1\r\n+message\r\n+mine\r\n": "mine", "|1\r\n+ttl\r\n:3\r\n:9\r\n": int64(9), "*1\r\n-ERR in it\r\n": []any{Error("ERR in it")},
	} {
		got, err := NewReader(strings.NewReader(in)).Read()
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: got %#v, %v, want %#v", in, got, err, want)
		}
	}
}

func TestARefusalIsAnError(t *testing.T) {
	_, err := NewReader(strings.NewReader("-NOAUTH Authentication required.\r\n")).Read()
	var refused Error
	if !errors.As(err, &refused) || refused != "NOAUTH Authentication required." {
		t.Errorf("got %v", err)
	}
}

func TestBrokenAnswersAreRefused(t *testing.T) {
	for _, in := range []string{"", "+OK", "+OK\n", "$5\r\nabc\r\n", "$-2\r\n", "$99999999999\r\n", "*2\r\n:1\r\n", "?\r\n", "\r\n", ":x\r\n", "#x\r\n", ",x\r\n", "*1048577\r\n", strings.Repeat("*1\r\n", 20)} {
		if v, err := NewReader(strings.NewReader(in)).Read(); err == nil {
			t.Errorf("%q: got %v, want an error", in, v)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, s := range []string{"+OK\r\n", "*2\r\n$3\r\nfoo\r\n:1\r\n", "%1\r\n+a\r\n_\r\n", "$-1\r\n", "*1000000\r\n", "|1\r\n+a\r\n+b\r\n+c\r\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r := NewReader(strings.NewReader(s))
		for range 100 {
			if _, err := r.Read(); err != nil {
				var refused Error
				if errors.As(err, &refused) {
					continue
				}
				return
			}
			if r.bytes > MaxBytes || r.items > MaxItems {
				t.Fatal("read more than the bounds allow")
			}
		}
	})
}

// Property: a command is read back as the list of its words.
func FuzzAppend(f *testing.F) {
	f.Add("CONFIG", "GET\r\n")
	f.Fuzz(func(t *testing.T, a, b string) {
		got, err := NewReader(io.Reader(strings.NewReader(string(Append(nil, a, b))))).Read()
		if err != nil || !reflect.DeepEqual(got, []any{a, b}) {
			t.Fatalf("got %q, %v", got, err)
		}
	})
}
