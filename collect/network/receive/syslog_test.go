package receive

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"
)

var today = time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)

// parsed is a message as JSON, for comparison with a few of its fields.
func parsed(t *testing.T, raw string) string {
	t.Helper()
	m, err := ParseSyslog([]byte(raw), today, time.UTC)
	if err != nil {
		t.Fatalf("%q: %v", raw, err)
	}
	b := &bytes.Buffer{}
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	if err := e.Encode(m); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestTheExamplesOfRFC5424AreRead(t *testing.T) {
	for raw, want := range map[string][]string{
		"<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - \xEF\xBB\xBF'su root' failed for lonvick on /dev/pts/8": {
			`"format":"rfc5424"`, `"facility":"auth","severity":"critical","time":"2003-10-11T22:14:15.003Z","host":"mymachine.example.com","app":"su","message_id":"ID47","text":"'su root' failed for lonvick on /dev/pts/8","count":1}`},
		"<165>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 myproc 8710 - - %% It's time to make the do-nuts.": {
			`"facility":"local4","severity":"notice","time":"2003-08-24T12:14:15.000003Z","host":"192.0.2.1","app":"myproc","process":"8710","text":"%% It's time to make the do-nuts."`},
		`<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog - ID47 [exampleSDID@32473 iut="3" eventSource="Application" eventID="1011"] ` + "\xEF\xBB\xBFAn application event log entry...": {
			`"structured_data":[{"id":"exampleSDID@32473","params":[{"name":"iut","value":"3"},{"name":"eventSource","value":"Application"},{"name":"eventID","value":"1011"}]}],"text":"An application event log entry..."`},
		`<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog - ID47 [exampleSDID@32473 iut="3" eventSource="Application" eventID="1011"][examplePriority@32473 class="high"]`: {
			`{"id":"examplePriority@32473","params":[{"name":"class","value":"high"}]}],"text":""`},
		`<0>1 - - - - - [a@1 k="quote \" slash \\ bracket \] n \n"] x`: {`"facility":"kern","severity":"emergency","structured_data":[{"id":"a@1","params":[{"name":"k","value":"quote \" slash \\ bracket ] n \\n"}]}],"text":"x"`},
		"<14>1 - - - - - -": {`"format":"rfc5424","transport":"","from":"","facility":"user","severity":"info","text":"","count":1}`},
	} {
		got := parsed(t, raw)
		for _, w := range want {
			if !strings.Contains(got, w) {
				t.Errorf("%q\ngives %s\nwhich lacks %s", raw, got, w)
			}
		}
	}
}

func TestOldMessagesAreReadAsTheyAreReallySent(t *testing.T) {
	for raw, want := range map[string]string{
		"<34>Oct 11 22:14:15 mymachine su: 'su root' failed": `"facility":"auth","severity":"critical","time":"2026-10-11T22:14:15Z","host":"mymachine","app":"su","text":"'su root' failed"`,
		"<13>Feb  5 17:32:18 10.0.0.99 Use the BFG!":         `"time":"2026-02-05T17:32:18Z","host":"10.0.0.99","text":"Use the BFG!"`,
		"Use the BFG!":                                                          `"facility":"user","severity":"notice","text":"Use the BFG!","count":1,"remarks":["no priority","no time"]`,
		"<34>Oct 11 22:14:15 su[77]: no host":                                   `"app":"su","process":"77","text":"no host","count":1,"remarks":["no host"]`,
		"<34>Oct 11 22:14:15 su: no host":                                       `"app":"su","text":"no host","count":1,"remarks":["no host"]`,
		"<30>2023-05-01T10:11:12.123456+02:00 web1 nginx[9]: iso":               `"time":"2023-05-01T08:11:12.123456Z","host":"web1","app":"nginx","process":"9","text":"iso"`,
		"<30>2023-05-01 10:11:12 web1 app: iso with a blank":                    `"time":"2023-05-01T10:11:12Z","host":"web1","app":"app","text":"iso with a blank"`,
		"<30>May  1 10:11:12 2023 web1 app: year after":                         `"time":"2023-05-01T10:11:12Z","host":"web1","app":"app","text":"year after"`,
		"<30>May  1 2023 10:11:12 web1 app: year before":                        `"time":"2023-05-01T10:11:12Z","host":"web1","app":"app","text":"year before"`,
		"<30>May  1 10:11:12.345 CEST web1 app: zone":                           `"time":"2026-05-01T08:11:12.345Z","host":"web1","app":"app","text":"zone"`,
		"<30>Mon May  1 10:11:12 2023 web1 app: weekday":                        `"time":"2023-05-01T10:11:12Z","host":"web1","app":"app","text":"weekday"`,
		"<189>45: *Mar  1 18:46:11.123: %SYS-5-CONFIG_I: Configured by console": `"facility":"local7","severity":"notice","time":"2026-03-01T18:46:11.123Z","app":"%SYS-5-CONFIG_I","message_id":"45","text":"Configured by console"`,
		"<189>45: rtr1: Mar  1 18:46:11.123 UTC: %LINK-3-UPDOWN: Interface up":  `"time":"2026-03-01T18:46:11.123Z","host":"rtr1","app":"%LINK-3-UPDOWN","message_id":"45","text":"Interface up"`,
		"<13>Dec 31 23:59:59 h app: last year":                                  `"time":"2025-12-31T23:59:59Z"`,
		"<999>Oct 11 22:14:15 h app: x":                                         `"facility":"user","severity":"notice","text":"<999>Oct 11 22:14:15 h app: x","count":1,"remarks":["no priority","no time"]`,
		"<34>1 2003-13-45T22:14:15Z h a - - - x":                                `"remarks":["version 1 but not RFC 5424: TIMESTAMP is not of RFC 3339","no time"]`,
		"<13>Oct 11 22:14:15 h app: latin \xfc and \x07 bell\n":                 `"text":"latin ü and #007 bell"`,
		"<13>Oct 11 22:14:15 h app: a\r\n\x00":                                  `"text":"a"`,
	} {
		// The last year is only last while it is January.
		if strings.Contains(raw, "last year") {
			m, _ := ParseSyslog([]byte(raw), time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC), time.UTC)
			if m.Time.Year() != 2025 {
				t.Errorf("%q is of %v", raw, m.Time)
			}
			continue
		}
		if got := parsed(t, raw); !strings.Contains(got, want) {
			t.Errorf("%q\ngives %s\nwhich lacks %s", raw, got, want)
		}
	}
	if _, err := ParseSyslog([]byte(" \r\n"), today, time.UTC); err == nil {
		t.Error("an empty message is one")
	}
}

func TestStreamsArePartedByCountAndByLine(t *testing.T) {
	in := "11 <13>a hello<13>b line\n12 <13>a\nb\nc de\n\n<13>last"
	f := newFrames(strings.NewReader(in), 100)
	for _, want := range []string{"<13>a hello", "<13>b line\n", "<13>a\nb\nc de", "<13>last"} {
		got, cut, err := f.next()
		if err != nil || cut || string(got) != want {
			t.Fatalf("%q %v %v; want %q", got, cut, err, want)
		}
	}
	if _, _, err := f.next(); err != io.EOF {
		t.Error(err)
	}
	f = newFrames(strings.NewReader("20 01234567890123456789"+strings.Repeat("x", 30)+"\nnext\n99999 short"), 10)
	for _, want := range []struct {
		text string
		cut  bool
	}{{"0123456789", true}, {"xxxxxxxxxx", true}, {"next\n", false}} {
		if got, cut, err := f.next(); err != nil || cut != want.cut || string(got) != want.text {
			t.Fatalf("%q %v %v; want %+v", got, cut, err, want)
		}
	}
	if got, _, err := f.next(); !errors.Is(err, io.ErrUnexpectedEOF) && string(got) != "short" {
		t.Errorf("%q %v", got, err)
	}
}

func TestRepetitionsAreCountedInsteadOfTold(t *testing.T) {
	f := newFold(10 * time.Second)
	m, _ := ParseSyslog([]byte("<13>Oct 11 22:14:15 h app: again"), today, time.UTC)
	other, _ := ParseSyslog([]byte("<13>Oct 11 22:14:15 h app: other"), today, time.UTC)
	at := today
	told := 0
	for i, one := range []Message{m, m, other, m} {
		if tell, before := f.add(one, at.Add(time.Duration(i)*time.Second)); len(before) > 0 {
			t.Error(before)
		} else if tell {
			told++
		}
	}
	if told != 2 {
		t.Errorf("%d told at once", told)
	}
	if due := f.due(at.Add(9*time.Second), false); len(due) != 0 {
		t.Errorf("too early: %+v", due)
	}
	due := f.due(at.Add(12*time.Second), false)
	if len(due) != 1 || due[0].Count != 2 || !due[0].First.Equal(at.Add(time.Second)) || !due[0].Last.Equal(at.Add(3*time.Second)) {
		t.Errorf("%+v", due)
	}
	if len(f.held) != 0 {
		t.Errorf("%d are still held", len(f.held))
	}
	// The memory is bounded: the oldest is told to make room.
	for i := range maxSenders + 10 {
		one := m
		one.Text = fmt.Sprint(i)
		f.add(one, at)
		f.add(one, at)
	}
	if len(f.held) != maxSenders {
		t.Errorf("%d are held", len(f.held))
	}
}

func FuzzParseSyslog(f *testing.F) {
	for _, s := range []string{"<34>1 2003-10-11T22:14:15.003Z h su - ID47 [a k=\"v\"] x", "<34>Oct 11 22:14:15 h su[1]: x", "<189>45: rtr1: *Mar  1 18:46:11.123 UTC: %LINK-3-UPDOWN: x", "<13>2023-05-01 10:11:12,5 h a: x", "<"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := ParseSyslog(raw, today, time.UTC)
		if err != nil {
			return
		}
		if m.Format == "" || m.Facility == "" || m.Severity == "" {
			t.Errorf("%q: %+v", raw, m)
		}
		if _, err := json.Marshal(m); err != nil {
			t.Errorf("%q: %v", raw, err)
		}
		if again, err := ParseSyslog(raw, today, time.UTC); err != nil || fmt.Sprint(again) != fmt.Sprint(m) {
			t.Errorf("%q is read in two ways", raw)
		}
	})
}

func FuzzFrames(f *testing.F) {
	f.Add([]byte("11 <13>a hello<13>b line\n5 abcde"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		frames := newFrames(bytes.NewReader(raw), 64)
		total := 0
		for range len(raw) + 2 {
			b, _, err := frames.next()
			if err != nil {
				return
			}
			if total += len(b); len(b) > 64 || total > len(raw) {
				t.Fatalf("%d bytes in one, %d in all of %d", len(b), total, len(raw))
			}
		}
		t.Fatal("it does not end")
	})
}
