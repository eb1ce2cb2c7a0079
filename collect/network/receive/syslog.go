package receive

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Message is one syslog message.
type Message struct {
	Format    string    `json:"format" doc:"rfc5424 or rfc3164"`
	Transport string    `json:"transport" doc:"udp, tcp or tls"`
	From      string    `json:"from" doc:"address it came from; of a relay, not of the host that wrote it"`
	Facility  string    `json:"facility"`
	Severity  string    `json:"severity" doc:"emergency, alert, critical, error, warning, notice, info or debug"`
	Time      time.Time `json:"time,omitzero" doc:"as the sender tells it; absent where it does not"`
	Host      string    `json:"host,omitempty"`
	App       string    `json:"app,omitempty"`
	Process   string    `json:"process,omitempty"`
	MessageID string    `json:"message_id,omitempty"`
	Data      []Element `json:"structured_data,omitempty"`
	Text      string    `json:"text"`
	Count     int       `json:"count" doc:"how often it came; above 1: that many more after the first, which was told before"`
	First     time.Time `json:"first,omitzero" doc:"arrival of the first of several"`
	Last      time.Time `json:"last,omitzero" doc:"arrival of the last of several"`
	Remarks   []string  `json:"remarks,omitempty" doc:"where it leaves its standard"`
}

// Element is one of structured data.
type Element struct {
	ID     string  `json:"id"`
	Params []Param `json:"params,omitempty"`
}

// Param is a named value of an element; a name may come several times.
type Param struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

var facilities = strings.Fields("kern user mail daemon auth syslog lpr news uucp cron authpriv ftp ntp audit alert clock local0 local1 local2 local3 local4 local5 local6 local7")
var severities = strings.Fields("emergency alert critical error warning notice info debug")

// defaultPriority is what a message without one counts as: RFC 3164 4.3.3.
const defaultPriority = 13

// ParseSyslog reads one message in either format. There is always a message:
// what leaves the standard is told in its remarks. now completes times without
// a year, zone those without a zone. Only an empty message is an error.
func ParseSyslog(raw []byte, now time.Time, zone *time.Location) (Message, error) {
	m := Message{Count: 1}
	b := raw
	for len(b) > 0 && (b[len(b)-1] == '\n' || b[len(b)-1] == '\r' || b[len(b)-1] == 0) {
		b = b[:len(b)-1]
	}
	if len(strings.TrimSpace(string(b))) == 0 {
		return m, fmt.Errorf("the message is empty")
	}
	priority, rest, ok := priority(string(b))
	if !ok {
		priority = defaultPriority
		m.remark("no priority")
	}
	m.Facility, m.Severity = facilities[priority/8], severities[priority%8]
	if after, found := strings.CutPrefix(rest, "1 "); found && ok {
		try := m
		if why := try.rfc5424(after); why == "" {
			try.Format = "rfc5424"
			return try, nil
		} else {
			m.remark("version 1 but not RFC 5424: %s", why)
			rest = after
		}
	}
	m.Format = "rfc3164"
	m.rfc3164(rest, now, zone)
	return m, nil
}

func (m *Message) remark(format string, args ...any) {
	m.Remarks = append(m.Remarks, fmt.Sprintf(format, args...))
}

// priority reads <0> to <191>.
func priority(s string) (int, string, bool) {
	if len(s) < 3 || s[0] != '<' {
		return 0, s, false
	}
	end := strings.IndexByte(s[:min(len(s), 5)], '>')
	if end < 2 {
		return 0, s, false
	}
	n := 0
	for _, c := range []byte(s[1:end]) {
		if c < '0' || c > '9' {
			return 0, s, false
		}
		n = n*10 + int(c-'0')
	}
	if n > 191 {
		return 0, s, false
	}
	return n, s[end+1:], true
}

// rfc5424 reads what follows the version; it says why when it cannot.
func (m *Message) rfc5424(s string) string {
	var fields [5]string
	names := [5]string{"TIMESTAMP", "HOSTNAME", "APP-NAME", "PROCID", "MSGID"}
	bounds := [5]int{64, 255, 48, 128, 32}
	for i := range fields {
		var ok bool
		if fields[i], s, ok = strings.Cut(s, " "); !ok {
			return "it ends within " + names[i]
		}
		if fields[i] == "" {
			return names[i] + " is empty"
		}
		for _, c := range []byte(fields[i]) {
			if c < '!' || c > '~' {
				// Host names outside ASCII are sent; the rest is not in doubt for it.
				if i == 1 && utf8.ValidString(fields[i]) {
					m.remark("%s is not ASCII", names[i])
					break
				}
				return names[i] + " holds other than printable ASCII"
			}
		}
		if len(fields[i]) > bounds[i] {
			if i == 0 {
				return "TIMESTAMP is too long"
			}
			m.remark("%s has %d bytes; at most %d are allowed", names[i], len(fields[i]), bounds[i])
		}
		if fields[i] == "-" {
			fields[i] = ""
		}
	}
	if fields[0] != "" {
		t, why := time5424(fields[0])
		if why != "" {
			return why
		}
		m.Time = t
	}
	m.Host, m.App, m.Process, m.MessageID = fields[1], fields[2], fields[3], fields[4]
	rest, why := m.structured(s)
	if why != "" {
		return why
	}
	if rest == "" {
		return ""
	}
	if rest[0] != ' ' {
		return "something stands right behind the structured data"
	}
	rest = rest[1:]
	if text, bom := strings.CutPrefix(rest, "\xEF\xBB\xBF"); bom {
		rest = text
		if !utf8.ValidString(rest) {
			m.remark("the text begins as UTF-8 and is not")
		}
	}
	m.Text = clean(rest)
	return ""
}

// time5424 reads RFC 5424 6.2.3: RFC 3339 with T, at most six decimals and no
// leap second.
func time5424(s string) (time.Time, string) {
	if len(s) < 20 || s[10] != 'T' {
		return time.Time{}, "TIMESTAMP is not of RFC 3339"
	}
	if i := strings.IndexByte(s, '.'); i >= 0 {
		digits := 0
		for i++; i < len(s) && s[i] >= '0' && s[i] <= '9'; i++ {
			digits++
		}
		if digits > 9 {
			return time.Time{}, "TIMESTAMP has more than 9 decimals"
		}
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return time.Time{}, "TIMESTAMP is not of RFC 3339"
	}
	return t.UTC(), ""
}

// structured reads STRUCTURED-DATA and returns what follows it.
func (m *Message) structured(s string) (rest, why string) {
	if strings.HasPrefix(s, "-") {
		return s[1:], ""
	}
	if !strings.HasPrefix(s, "[") {
		return s, "STRUCTURED-DATA is missing"
	}
	seen := map[string]bool{}
	for strings.HasPrefix(s, "[") {
		end := strings.IndexAny(s, " ]")
		if end < 2 {
			return s, "an element of structured data has no name"
		}
		e := Element{ID: s[1:end]}
		if !sdName(e.ID) {
			return s, "an element of structured data has a name that is none"
		}
		if seen[e.ID] {
			m.remark("structured data element %s stands twice", e.ID)
		}
		seen[e.ID] = true
		s = s[end:]
		for {
			trimmed := strings.TrimLeft(s, " ")
			if strings.HasPrefix(trimmed, "]") {
				s = trimmed[1:]
				break
			}
			if len(trimmed) == len(s) {
				return s, "an element of structured data does not end"
			}
			name, after, ok := strings.Cut(trimmed, `="`)
			if !ok || !sdName(name) {
				return s, "a parameter of structured data is not NAME=\"VALUE\""
			}
			value, n, closed := sdValue(after)
			if !closed {
				return s, "a value of structured data does not end"
			}
			e.Params = append(e.Params, Param{name, clean(value)})
			s = after[n:]
		}
		m.Data = append(m.Data, e)
	}
	return s, ""
}

func sdName(s string) bool {
	if s == "" || len(s) > 64 { // 32 by the standard; longer ones are sent
		return false
	}
	for _, c := range []byte(s) {
		if c <= ' ' || c > '~' || c == '=' || c == ']' || c == '"' {
			return false
		}
	}
	return true
}

// sdValue reads up to the closing quote: \" \\ and \] stand for the character.
func sdValue(s string) (value string, n int, closed bool) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			return b.String(), i + 1, true
		case c == '\\' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\' || s[i+1] == ']'):
			i++
			b.WriteByte(s[i])
		default:
			b.WriteByte(c)
		}
	}
	return "", 0, false
}

// clean makes text of bytes: what is not UTF-8 is taken for Latin-1, control
// characters become #ooo in octal as syslog daemons write them; tabs and line
// ends stay.
func clean(s string) string {
	plain := true
	for _, c := range []byte(s) {
		if c < ' ' || c >= 0x7F {
			plain = false
			break
		}
	}
	if plain {
		return s
	}
	latin := !utf8.ValidString(s)
	var b strings.Builder
	add := func(r rune) {
		if r < ' ' && r != '\t' && r != '\n' || r == 0x7F {
			fmt.Fprintf(&b, "#%03o", r)
			return
		}
		b.WriteRune(r)
	}
	if latin {
		for i := range len(s) {
			add(rune(s[i]))
		}
	} else {
		for _, r := range s {
			add(r)
		}
	}
	return b.String()
}

// rfc3164 reads what follows the priority, in the ways it is really sent.
func (m *Message) rfc3164(s string, now time.Time, zone *time.Location) {
	s = strings.TrimLeft(s, " ")
	// Cisco puts a sequence number, and on some devices its name, before the time.
	if number, after, ok := strings.Cut(s, ": "); ok && len(number) <= 10 && digits(number) {
		s = strings.TrimLeft(after, " ")
		m.MessageID = number
	}
	t, rest, ok := time3164(s, now, zone)
	if !ok {
		if host, after, found := strings.Cut(s, ": "); found && hostName(host) {
			if t, rest, ok = time3164(strings.TrimLeft(after, " "), now, zone); ok {
				m.Host = host
			}
		}
	}
	if !ok {
		m.remark("no time")
		m.tag(s, false)
		return
	}
	m.Time = t
	if colon, found := strings.CutPrefix(rest, ":"); found { // Cisco ends the time with a colon
		m.tag(strings.TrimLeft(colon, " "), true)
		return
	}
	rest = strings.TrimLeft(rest, " ")
	host, after, found := strings.Cut(rest, " ")
	switch {
	case m.Host != "":
	case found && !strings.HasSuffix(host, ":") && !strings.HasSuffix(host, "]") && hostName(host):
		m.Host = host
		rest = strings.TrimLeft(after, " ")
	default:
		m.remark("no host")
	}
	m.tag(rest, false)
}

// tag parts APP[PID]: from the text. Cisco's %FACILITY-SEVERITY-MNEMONIC is a tag too.
func (m *Message) tag(s string, cisco bool) {
	end := 0
	for end < len(s) && end < 64 && s[end] > ' ' && s[end] <= '~' && s[end] != ':' && s[end] != '[' {
		end++
	}
	name, rest := s[:end], s[end:]
	switch {
	case name == "":
		m.Text = clean(s)
	case strings.HasPrefix(rest, "["):
		pid, after, ok := strings.Cut(rest[1:], "]")
		if !ok || len(pid) > 128 || strings.ContainsAny(pid, " \t") {
			m.Text = clean(s)
			return
		}
		m.App, m.Process = name, clean(pid)
		after = strings.TrimPrefix(after, ":")
		m.Text = clean(strings.TrimPrefix(after, " "))
	case strings.HasPrefix(rest, ":") && (len(rest) == 1 || rest[1] == ' ' || cisco || strings.HasPrefix(name, "%")):
		m.App = name
		m.Text = clean(strings.TrimPrefix(rest[1:], " "))
	default:
		m.Text = clean(s)
	}
}

func digits(s string) bool {
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return s != ""
}

// hostName tells whether a word can be a host's name or address.
func hostName(s string) bool {
	if s == "" || len(s) > 255 {
		return false
	}
	for _, c := range []byte(s) {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '-' || c == '_' || c == ':' || c == '%' || c >= 0x80) {
			return false
		}
	}
	return s[0] != '%' && s[0] != '-' && s[0] != ':'
}

// time3164 reads the time at the beginning of s.
func time3164(s string, now time.Time, zone *time.Location) (time.Time, string, bool) {
	mark := strings.TrimLeft(s, "*.") // Cisco: the clock is not set, or was lost
	if t, rest, ok := isoTime(mark, zone); ok {
		return t, rest, true
	}
	return bsdTime(mark, now, zone)
}

// isoTime reads 2003-10-11T22:14:15.003Z and its like, also with a blank
// between date and time and without a zone.
func isoTime(s string, zone *time.Location) (time.Time, string, bool) {
	if len(s) < 19 || s[4] != '-' || s[7] != '-' || s[10] != 'T' && s[10] != ' ' || s[13] != ':' || s[16] != ':' {
		return time.Time{}, s, false
	}
	end := 19
	if end < len(s) && (s[end] == '.' || s[end] == ',') {
		for end++; end < len(s) && s[end] >= '0' && s[end] <= '9'; end++ {
		}
	}
	stamp := strings.Replace(s[:end], ",", ".", 1)
	layout := "2006-01-02" + s[10:11] + "15:04:05.999999999"
	if end < len(s) {
		switch c := s[end]; {
		case c == 'Z':
			end++
			zone = time.UTC
		case (c == '+' || c == '-') && len(s) >= end+6 && s[end+3] == ':':
			stamp, layout, end = stamp+s[end:end+6], layout+"-07:00", end+6
		case (c == '+' || c == '-') && len(s) >= end+5 && digits(s[end+1:end+5]):
			stamp, layout, end = stamp+s[end:end+5], layout+"-0700", end+5
		}
	}
	t, err := time.ParseInLocation(layout, stamp, zone)
	if err != nil {
		return time.Time{}, s, false
	}
	return t.UTC(), s[end:], true
}

var months = map[string]time.Month{"jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "oct": 10, "nov": 11, "dec": 12}

// bsdTime reads Oct 11 22:14:15, with a year before or after the time, decimals
// and the name of a zone as some senders add.
func bsdTime(s string, now time.Time, zone *time.Location) (time.Time, string, bool) {
	fail := func() (time.Time, string, bool) { return time.Time{}, s, false }
	word := func(from string) (string, string) {
		from = strings.TrimLeft(from, " ")
		w, _, _ := strings.Cut(from, " ")
		return w, from[len(w):]
	}
	if len(s) > 4 && s[3] == ' ' && strings.Contains("MonTueWedThuFriSatSun", s[:3]) { // asctime has the weekday first
		s = s[4:]
	}
	name, rest := word(s)
	month, ok := months[strings.ToLower(name)]
	if !ok {
		return fail()
	}
	dayText, rest := word(rest)
	day, err := strconv.Atoi(dayText)
	if err != nil || day < 1 || day > 31 || len(dayText) > 2 {
		return fail()
	}
	clock, after := word(rest)
	year := 0
	if len(clock) == 4 && digits(clock) {
		year, _ = strconv.Atoi(clock)
		clock, after = word(after)
	}
	if body, colon := strings.CutSuffix(clock, ":"); colon {
		clock, after = body, ":"+after
	}
	if len(clock) < 8 || len(clock) > 18 {
		return fail()
	}
	at, err := time.Parse("15:04:05.999999999", clock)
	if err != nil {
		return fail()
	}
	next, behind := word(after)
	colon := strings.HasSuffix(next, ":")
	next = strings.TrimSuffix(next, ":")
	keep := func() {
		after = behind
		if colon {
			after = ":" + behind
		}
	}
	if year == 0 && len(next) == 4 && digits(next) {
		year, _ = strconv.Atoi(next)
		keep()
		next, behind = word(behind)
		colon = strings.HasSuffix(next, ":")
		next = strings.TrimSuffix(next, ":")
	}
	if z, known := zones[next]; known {
		zone = z
		keep()
	}
	if year == 0 {
		year = latestYear(now.In(zone), month, day)
	}
	t := time.Date(year, month, day, at.Hour(), at.Minute(), at.Second(), at.Nanosecond(), zone)
	if t.Day() != day {
		return fail()
	}
	return t.UTC(), after, true
}

// zones are the names that can mean only one offset among those in use.
var zones = map[string]*time.Location{
	"UTC": time.UTC, "GMT": time.UTC, "Z": time.UTC, "CET": fixed("CET", 1), "CEST": fixed("CEST", 2), "EET": fixed("EET", 2), "EEST": fixed("EEST", 3),
	"WET": fixed("WET", 0), "WEST": fixed("WEST", 1), "EST": fixed("EST", -5), "EDT": fixed("EDT", -4), "PST": fixed("PST", -8), "PDT": fixed("PDT", -7),
}

func fixed(name string, hours int) *time.Location { return time.FixedZone(name, hours*3600) }

// latestYear is the last year in which a date is not more than a week ahead of
// now: messages come from the past, and clocks are a little wrong. 29 February
// is looked for in leap years.
func latestYear(now time.Time, month time.Month, day int) int {
	for y := now.Year() + 1; y > now.Year()-8; y-- {
		t := time.Date(y, month, day, 0, 0, 0, 0, now.Location())
		if t.Day() == day && t.Sub(now) <= 7*24*time.Hour {
			return y
		}
	}
	return now.Year()
}
