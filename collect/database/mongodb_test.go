package database

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"steward/collect/database/mongo"
	"steward/collect/fact"
)

// mongoPlayer is a server that answers from a recording, over the real
// protocol and after a real sign-in by SCRAM-SHA-256.
type mongoPlayer struct {
	t        *testing.T
	answers  mongo.Doc
	password string
	refuse   string // a command it has no right to
	signedIn bool
	asked    []string
}

func playMongo(t *testing.T, file, refuse string) (*mongoPlayer, string) {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	answers, err := mongo.ParseJSON(string(raw))
	if err != nil {
		t.Fatal(err)
	}
	p := &mongoPlayer{t: t, answers: dated(answers).(mongo.Doc), password: "pencil", refuse: refuse}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			p.serve(c)
		}
	}()
	return p, "mongodb://steward@" + l.Addr().String()
}

// dated makes moments and timestamps of what the recording writes for them.
func dated(v any) any {
	switch v := v.(type) {
	case mongo.Doc:
		if len(v) == 1 && v[0].Key == "$date" {
			at, _ := time.Parse(time.RFC3339, v[0].Value.(string))
			return at
		}
		if len(v) == 1 && v[0].Key == "$timestamp" {
			return v[0].Value
		}
		for i := range v {
			v[i].Value = dated(v[i].Value)
		}
	case []any:
		for i := range v {
			v[i] = dated(v[i])
		}
	}
	return v
}

func (p *mongoPlayer) serve(c net.Conn) {
	defer c.Close()
	var first, nonce string
	const salt, rounds = "QSXCR+Q6sek8bf92", 4096
	for {
		var head [16]byte
		if _, err := c.Read(head[:]); err != nil {
			return
		}
		body := make([]byte, binary.LittleEndian.Uint32(head[:])-16)
		for n := 0; n < len(body); {
			k, err := c.Read(body[n:])
			if err != nil {
				return
			}
			n += k
		}
		d, err := mongo.Unmarshal(body[5:])
		if err != nil {
			p.t.Errorf("the program sent what is no command: %v", err)
			return
		}
		var answer mongo.Doc
		payload, _ := d.Get("payload").([]byte)
		switch d[0].Key {
		case "saslStart":
			first = strings.TrimPrefix(string(payload), "n,,")
			nonce = first[strings.Index(first, ",r=")+3:] + "server"
			answer = mongo.Doc{{Key: "conversationId", Value: int32(1)}, {Key: "done", Value: false}, {Key: "payload", Value: []byte(fmt.Sprintf("r=%s,s=%s,i=%d", nonce, salt, rounds))}, {Key: "ok", Value: 1.0}}
		case "saslContinue":
			answer = p.proof(string(payload), first, nonce, salt, rounds)
		default:
			answer = p.answer(d)
		}
		out, err := mongo.Marshal(answer)
		if err != nil {
			p.t.Error(err)
			return
		}
		reply := binary.LittleEndian.AppendUint32(nil, uint32(21+len(out)))
		reply = append(append(reply, 9, 0, 0, 0), head[4:8]...)
		reply = append(append(reply, 0xdd, 7, 0, 0, 0, 0, 0, 0, 0), out...)
		if _, err := c.Write(reply); err != nil {
			return
		}
	}
}

// proof checks the client's proof as RFC 5802 has the server do.
func (p *mongoPlayer) proof(final, first, nonce, salt string, rounds int) mongo.Doc {
	mac := func(key []byte, text string) []byte {
		m := hmac.New(sha256.New, key)
		m.Write([]byte(text))
		return m.Sum(nil)
	}
	raw, _ := base64.StdEncoding.DecodeString(salt)
	salted, _ := pbkdf2.Key(sha256.New, p.password, raw, rounds, 32)
	without, shown, _ := strings.Cut(final, ",p=")
	whole := fmt.Sprintf("%s,r=%s,s=%s,i=%d,%s", first, nonce, salt, rounds, without)
	stored := sha256.Sum256(mac(salted, "Client Key"))
	key, _ := base64.StdEncoding.DecodeString(shown)
	signature := mac(stored[:], whole)
	if len(key) != len(signature) {
		return mongo.Doc{{Key: "ok", Value: 0.0}, {Key: "code", Value: int32(18)}, {Key: "errmsg", Value: "Authentication failed."}}
	}
	subtle.XORBytes(key, key, signature)
	if sha256.Sum256(key) != stored {
		return mongo.Doc{{Key: "ok", Value: 0.0}, {Key: "code", Value: int32(18)}, {Key: "errmsg", Value: "Authentication failed."}}
	}
	p.signedIn = true
	v := base64.StdEncoding.EncodeToString(mac(mac(salted, "Server Key"), whole))
	return mongo.Doc{{Key: "conversationId", Value: int32(1)}, {Key: "done", Value: true}, {Key: "payload", Value: []byte("v=" + v)}, {Key: "ok", Value: 1.0}}
}

func (p *mongoPlayer) answer(d mongo.Doc) mongo.Doc {
	name := d[0].Key
	switch name {
	case "aggregate":
		stages := d.Get("pipeline").([]any)
		name += " " + stages[0].(mongo.Doc)[0].Key
	case "find":
		name += " " + d[0].Value.(string)
		if n, _ := mongo.Number(d.Get("sort", "$natural")); n < 0 {
			name += " last"
		}
	}
	p.asked = append(p.asked, name)
	switch answer, ok := p.answers.Get(name).(mongo.Doc); {
	case !p.signedIn && name != "hello":
		return mongo.Doc{{Key: "ok", Value: 0.0}, {Key: "code", Value: int32(13)}, {Key: "errmsg", Value: "command " + name + " requires authentication"}}
	case name == p.refuse:
		return mongo.Doc{{Key: "ok", Value: 0.0}, {Key: "code", Value: int32(13)}, {Key: "errmsg", Value: "not authorized on admin to execute command"}}
	case ok:
		return answer
	}
	return mongo.Doc{{Key: "ok", Value: 0.0}, {Key: "code", Value: int32(59)}, {Key: "errmsg", Value: "no such command: " + name}}
}

func askMongo(t *testing.T, address, password string) (map[string]Result, []fact.Observation, error) {
	t.Helper()
	target, err := ParseTarget(address, password)
	if err != nil {
		t.Fatal(err)
	}
	results := map[string]Result{}
	var all []fact.Observation
	err = Run(t.Context(), target, Options{Now: time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)}, func(f fact.Observation) error {
		all = append(all, f)
		if r, ok := f.Data.(Result); ok {
			results[r.Check] = r
		}
		return nil
	})
	return results, all, err
}

func TestARecordedMongoDBIsAskedOverTheWire(t *testing.T) {
	p, address := playMongo(t, "testdata/recorded/mongodb-healthy.json", "")
	results, all, err := askMongo(t, address, "pencil")
	if err != nil {
		t.Fatal(err)
	}
	if !p.signedIn {
		t.Error("nobody signed in")
	}
	for id, r := range results {
		if r.State != OK {
			t.Errorf("on a healthy server %s is %s: %+v", id, r.State, r)
		}
	}
	for _, f := range all {
		switch d := f.Data.(type) {
		case fact.Gap:
			t.Errorf("a gap: %+v", d)
		case Table:
			if d.FullName() != "shop.sale" || len(d.Columns) != 2 || d.Columns[0].Name != "total" || d.Columns[0].Nullable || len(d.Indexes) != 2 || d.Bytes == nil || *d.Rows != 1200 {
				t.Errorf("collection %+v", d)
			}
		}
	}
	_, address = playMongo(t, "testdata/recorded/mongodb-faulty.json", "")
	results, _, err = askMongo(t, address, "pencil")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range [][3]string{
		{"mongo-connections", Warning, "48000"}, {"mongo-members", Critical, "db3:27017"}, {"mongo-replication-lag", Critical, "db2:27017"}, {"mongo-topology", Warning, "even"},
		{"mongo-long-operations", Critical, "report"}, {"mongo-cache", Critical, "dirty"}, {"mongo-scans", Critical, "collection_scans"}, {"mongo-unused-index", Warning, "customer_at"},
		{"mongo-duplicate-index", Warning, "customer_1"}, {"mongo-fragmentation", Warning, "shop.sale"}, {"mongo-oplog", Critical, "3"}, {"mongo-authorization", Critical, "authorization is off"},
		{"mongo-reach", Warning, "TLS is off"}, {"mongo-strong-users", Warning, "till@admin"}, {"mongo-weak-sign-in", Warning, "till@admin"}, {"mongo-compatibility", Warning, "6.0"},
		{"mongo-restart", Warning, "regular"}, {"mongo-write-concern", Warning, "majority"},
	} {
		r, ok := results[want[0]]
		if !ok || r.State != want[1] || !strings.Contains(fmt.Sprint(r.Evidence), want[2]) || r.Remedy == "" || r.Proven != "recorded" {
			t.Errorf("%s: got %+v, want %s and %q", want[0], r, want[1], want[2])
		}
		delete(results, want[0])
	}
	delete(results, "support")
	for id := range results {
		t.Errorf("the fault of %s is not recorded", id)
	}
}

func TestAMongoDBThatRefusesIsToldSo(t *testing.T) {
	_, address := playMongo(t, "testdata/recorded/mongodb-healthy.json", "usersInfo")
	results, _, err := askMongo(t, address, "pencil")
	if err != nil {
		t.Fatal(err)
	}
	if r := results["mongo-strong-users"]; r.State != Unknown || !strings.Contains(r.Needs, "viewUser") {
		t.Errorf("without the right: %+v", r)
	}
	if r := results["mongo-connections"]; r.State != OK {
		t.Errorf("the others do not go on: %+v", r)
	}
	_, all, err := askMongo(t, address, "wrong")
	if err == nil || len(all) != 1 || strings.Contains(fmt.Sprint(all, err), "wrong") || !strings.Contains(err.Error(), "Authentication failed") {
		t.Errorf("with a wrong password: %v, %v", err, all)
	}
}
