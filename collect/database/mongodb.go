package database

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"steward/collect/database/mongo"
)

// mongoSession asks one member of a MongoDB.
type mongoSession struct {
	run     func(ctx context.Context, database string, command mongo.Doc) (mongo.Doc, error)
	end     func()
	target  Target
	options Options
	secure  bool
}

// mongoReading are the commands that may be asked; of aggregations those whose
// stages only read.
var (
	mongoReading = []string{
		"serverStatus", "buildInfo", "hello", "isMaster", "replSetGetStatus", "replSetGetConfig", "getCmdLineOpts", "listDatabases", "listCollections", "listIndexes", "hostInfo",
		"getParameter", "connectionStatus", "usersInfo", "rolesInfo", "dbStats", "collStats", "getDefaultRWConcern", "balancerStatus", "find", "aggregate", "count", "ping",
	}
	mongoStages = []string{"$currentOp", "$indexStats", "$collStats", "$match", "$project", "$sort", "$limit", "$group", "$count", "$listSessions", "$addFields", "$unwind"}
)

// ask of a MongoDB: the command, its database ("$db", admin if not given) and
// "$each", which repeats it for each "database" or "collection".
type mongoAsk struct {
	command  mongo.Doc
	database string
	each     string
}

func mongoCommand(ask string) (mongoAsk, error) {
	m := mongoAsk{database: "admin"}
	d, err := mongo.ParseJSON(ask)
	if err != nil {
		return m, fmt.Errorf("is no command as JSON: %w", err)
	}
	for _, e := range d {
		switch e.Key {
		case "$db":
			m.database, _ = e.Value.(string)
		case "$each":
			m.each, _ = e.Value.(string)
			if m.each != "database" && m.each != "collection" {
				return m, errors.New("$each must be database or collection")
			}
		default:
			m.command = append(m.command, e)
		}
	}
	if len(m.command) == 0 || !slices.Contains(mongoReading, m.command[0].Key) {
		return m, fmt.Errorf("asks %.60q; a check may ask %s", ask, strings.Join(mongoReading, ", "))
	}
	if p, ok := m.command.Get("pipeline").([]any); ok {
		for _, stage := range p {
			d, _ := stage.(mongo.Doc)
			if len(d) != 1 || !slices.Contains(mongoStages, d[0].Key) {
				return m, fmt.Errorf("has a stage that is not among %s", strings.Join(mongoStages, ", "))
			}
		}
	}
	switch m.command[0].Key {
	case "aggregate":
		if m.command.Get("pipeline") == nil {
			return m, errors.New("needs a pipeline")
		}
	case "find":
		if n, ok := mongo.Number(m.command.Get("limit")); !ok || n < 1 || n > 1000 {
			return m, errors.New("a find needs a limit from 1 to 1000")
		}
	case "getParameter":
		if m.command[0].Value == "*" {
			return m, errors.New("name the parameters to get")
		}
	}
	for _, word := range []string{`"$where"`, `"$function"`, `"$accumulator"`, `"$out"`, `"$merge"`} {
		if strings.Contains(ask, word) {
			return m, fmt.Errorf("holds %s; a check only reads", word)
		}
	}
	return m, nil
}

func openMongoDB(ctx context.Context, t Target, o Options) (session, error) {
	var secure *tls.Config
	if t.query.Get("tls") == "true" {
		roots, err := trusted(t.query.Get("tlsCAFile"))
		if err != nil {
			return nil, err
		}
		secure = &tls.Config{RootCAs: roots}
	}
	var first error
	for _, host := range t.hosts {
		if secure != nil {
			secure.ServerName, _, _ = net.SplitHostPort(host)
		}
		c, err := mongo.Dial(ctx, host, secure)
		if err != nil {
			if first == nil {
				first = unreachable(err, t)
			}
			continue
		}
		s := &mongoSession{run: c.Run, end: func() { c.Close() }, target: t, options: o, secure: secure != nil}
		if t.user == "" {
			return s, nil
		}
		source := t.query.Get("authSource")
		if source == "" {
			source = t.database
		}
		if source == "" {
			source = "admin"
		}
		if err := c.SignIn(ctx, source, t.user, t.password, t.query.Get("authMechanism")); err != nil {
			c.Close()
			var r *mongo.Refused
			return nil, &refusal{why: "the sign-in was refused: " + err.Error(), right: errors.As(err, &r)}
		}
		return s, nil
	}
	return nil, first
}

func (s *mongoSession) close() { s.end() }

const maxCollections = 500 // looked at one by one

// ask returns a row for each document of the answer: db, coll, doc.
func (s *mongoSession) ask(ctx context.Context, statement string, limit int) (*table, error) {
	m, err := mongoCommand(statement)
	if err != nil {
		return nil, err
	}
	t := &table{columns: []string{"db", "coll", "doc"}}
	if m.each == "" {
		return t, s.into(ctx, t, limit, m, m.database, "")
	}
	names, err := s.databases(ctx)
	if err != nil {
		return nil, err
	}
	seen := 0
	for _, db := range names {
		if m.each == "database" {
			if err := s.into(ctx, t, limit, m, db, ""); err != nil {
				return nil, err
			}
			continue
		}
		collections, err := s.collections(ctx, db)
		if err != nil {
			return nil, err
		}
		for _, c := range collections {
			if seen++; seen > maxCollections || t.more {
				t.more = true
				return t, nil
			}
			if err := s.into(ctx, t, limit, m, db, c); err != nil {
				return nil, err
			}
		}
	}
	return t, nil
}

func (s *mongoSession) into(ctx context.Context, t *table, limit int, m mongoAsk, db, coll string) error {
	answer, err := s.one(ctx, db, fill(m.command, coll).(mongo.Doc))
	if err != nil {
		return err
	}
	documents := []any{answer}
	if batch, ok := answer.Get("cursor", "firstBatch").([]any); ok {
		documents = batch
		if id, _ := mongo.Number(answer.Get("cursor", "id")); id != 0 {
			t.more = true // what is beyond the first batch is not fetched
		}
	}
	for _, d := range documents {
		if doc, ok := d.(mongo.Doc); ok {
			t.add(limit, []any{db, coll, doc.JSON()})
		}
	}
	return nil
}

// fill puts the collection's name where "$collection" stands.
func fill(v any, coll string) any {
	switch v := v.(type) {
	case mongo.Doc:
		out := make(mongo.Doc, len(v))
		for i, e := range v {
			out[i] = mongo.Elem{Key: e.Key, Value: fill(e.Value, coll)}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = fill(v[i], coll)
		}
		return out
	case string:
		if v == "$collection" {
			return coll
		}
	}
	return v
}

// one runs a command with the time limit.
func (s *mongoSession) one(ctx context.Context, db string, command mongo.Doc) (mongo.Doc, error) {
	ctx, cancel := context.WithTimeout(ctx, s.options.Statement+2*time.Second)
	defer cancel()
	command = append(slices.Clone(command), mongo.Elem{Key: "maxTimeMS", Value: int32(s.options.Statement.Milliseconds())})
	if name := command[0].Key; name == "find" || name == "aggregate" || name == "listCollections" || name == "listIndexes" || name == "count" || name == "collStats" || name == "dbStats" {
		command = append(command, mongo.Elem{Key: "$readPreference", Value: mongo.Doc{{Key: "mode", Value: "secondaryPreferred"}}})
	}
	d, err := s.run(ctx, db, command)
	var r *mongo.Refused
	if errors.As(err, &r) {
		switch r.Code {
		case 13, 18, 8000, 11, 31: // Unauthorized, AuthenticationFailed, Atlas, UserNotFound, RoleNotFound
			return nil, &refusal{why: r.Message, right: true}
		case 59, 76: // CommandNotFound, NoReplicationEnabled
			return nil, &refusal{why: r.Message, right: false}
		case 50:
			return nil, &refusal{why: "took longer than allowed and was stopped by the server"}
		}
		return nil, &refusal{why: r.Message}
	}
	return d, err
}

func (s *mongoSession) databases(ctx context.Context) ([]string, error) {
	d, err := s.one(ctx, "admin", mongo.Doc{{Key: "listDatabases", Value: int32(1)}, {Key: "nameOnly", Value: true}, {Key: "authorizedDatabases", Value: true}})
	if err != nil {
		return nil, err
	}
	var names []string
	list, _ := d.Get("databases").([]any)
	for _, e := range list {
		doc, _ := e.(mongo.Doc)
		if name, _ := doc.Get("name").(string); name != "" && name != "local" && name != "config" && name != "admin" && (s.target.database == "" || s.target.database == name || s.target.database == "admin") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

func (s *mongoSession) collections(ctx context.Context, db string) ([]string, error) {
	d, err := s.one(ctx, db, mongo.Doc{{Key: "listCollections", Value: int32(1)}, {Key: "cursor", Value: mongo.Doc{{Key: "batchSize", Value: int32(1000)}}}})
	if err != nil {
		return nil, err
	}
	var names []string
	list, _ := d.Get("cursor", "firstBatch").([]any)
	for _, e := range list {
		doc, _ := e.(mongo.Doc)
		name, _ := doc.Get("name").(string)
		kind, _ := doc.Get("type").(string)
		if name != "" && kind != "view" && !strings.HasPrefix(name, "system.") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

func (s *mongoSession) server(ctx context.Context) (Server, error) {
	build, err := s.one(ctx, "admin", mongo.Doc{{Key: "buildInfo", Value: int32(1)}})
	if err != nil {
		return Server{}, err
	}
	hello, err := s.one(ctx, "admin", mongo.Doc{{Key: "hello", Value: int32(1)}})
	if err != nil {
		return Server{}, err
	}
	who := Server{Engine: MongoDB, Product: "mongodb", Version: cleanVersion(text(build.Get("version"))), Database: s.target.database, User: s.target.user, Encrypted: new(s.secure)}
	if modules, _ := build.Get("modules").([]any); slices.Contains(modules, any("enterprise")) {
		who.Edition = "enterprise"
	}
	yes := func(k string) bool { b, _ := hello.Get(k).(bool); return b }
	switch {
	case text(hello.Get("msg")) == "isdbgrid":
		who.Role = "router"
	case yes("arbiterOnly"):
		who.Role = "arbiter"
	case yes("secondary"):
		who.Role = "replica"
	case yes("isWritablePrimary"):
		who.Role = "primary"
	}
	if status, err := s.one(ctx, "admin", mongo.Doc{{Key: "serverStatus", Value: int32(1)}}); err == nil {
		if up, ok := mongo.Number(status.Get("uptime")); ok {
			who.Started = new(time.Now().UTC().Add(-time.Duration(up) * time.Second).Truncate(time.Minute))
		}
	}
	return who, nil
}
