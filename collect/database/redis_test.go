//go:build linux

package database_test

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"steward/collect/database"
	"steward/collect/database/dbtest"
	"steward/collect/database/resp"
)

// giveRedisRole sends the command that --role prints.
func giveRedisRole(t *testing.T, r *dbtest.Redis) {
	t.Helper()
	for line := range strings.Lines(strings.ReplaceAll(database.RoleScript(database.Redis), "CHANGE-ME", dbtest.Password)) {
		if !strings.HasPrefix(line, "#") && strings.TrimSpace(line) != "" {
			r.Do(strings.Fields(line))
		}
	}
}

func TestAHealthyRedisIsSilentWithExactlyTheRoleThatIsPrinted(t *testing.T) {
	t.Parallel()
	r := dbtest.NewRedis(t, dbtest.Password, "--maxmemory", "100mb", "--appendonly", "yes", "--save", "3600 1")
	giveRedisRole(t, r)
	r.Do([]string{"SET", "a", "1"}, []string{"SELECT", "3"}, []string{"SET", "b", "2"}, []string{"CONFIG", "SET", "slowlog-log-slower-than", "0"}, []string{"SET", "key", "secret value"})
	s := look(t, r.Address("steward"), dbtest.Password, database.Options{Now: today.AddDate(-3, 0, 0)})
	s.silent(t, 18)
	who := of[database.Server](s)[0]
	if who.Product != "redis" || who.Role != "primary" || who.Version == "" || who.Started == nil || *who.Encrypted {
		t.Errorf("the server says of itself %+v", who)
	}
	if z := of[database.Size](s); len(z) != 3 || z[0].Name != "db0" || *z[0].Rows != 1 || z[2].Object != "memory" || *z[2].Bytes == 0 {
		t.Errorf("sizes %+v", z)
	}
	if list := of[database.Statement](s); len(list) == 0 || !strings.Contains(fmt.Sprint(list), "SET key") {
		t.Errorf("slow commands %+v", list)
	}
	if all := fmt.Sprint(s.facts); strings.Contains(all, "secret value") || strings.Contains(all, dbtest.Password) {
		t.Error("a value or a password was shown")
	}
}

// With a role that lacks CONFIG GET the rest goes on.
func TestARedisRoleWithoutConfigGetIsToldSo(t *testing.T) {
	t.Parallel()
	r := dbtest.NewRedis(t, dbtest.Password)
	r.Do([]string{"ACL", "SETUSER", "weak", "on", ">" + dbtest.Password, "-@all", "+ping", "+info"})
	s := look(t, r.Address("weak"), dbtest.Password, database.Options{})
	if c := s.checks["redis-clients"]; c.State != database.Unknown || c.Needs != "the right to CONFIG GET" || !strings.Contains(c.Why, "NOPERM") {
		t.Errorf("got %+v", c)
	}
	if c := s.checks["redis-memory-limit"]; c.State != database.Warning {
		t.Errorf("what needs no right was not looked at: %+v", c)
	}
}

const ownRedis = `{"engine": "redis", "checks": [
  {"id": "redis-fragmentation", "warning": 0.1, "critical": 1000, "set": {"used_mb": 0.1}}, {"id": "redis-hits", "set": {"reads": 10}}, {"id": "redis-slow", "warning": 1},
  {"id": "redis-fork", "warning": 0.001}, {"id": "redis-save-age", "warning": 0}, {"id": "redis-expiry", "set": {"keys": 3}}, {"id": "redis-replication-lag", "warning": 0.01}]}`

func TestEachFaultOfARedisIsFound(t *testing.T) {
	t.Parallel()
	checks := with(t, ownRedis)
	var found []finding
	hold := func(r *dbtest.Redis, list ...finding) {
		t.Helper()
		found = append(found, list...)
		look(t, r.Address(""), r.Password, database.Options{Checks: checks}).finds(t, list)
	}
	// Open to all, full, never saved.
	r := dbtest.NewRedis(t, "", "--maxclients", "10", "--maxmemory", "3mb", "--maxmemory-policy", "noeviction", "--save", "", "--protected-mode", "no", "--bind", "127.0.0.2 127.0.0.1", "--enable-debug-command", "yes")
	for i := range 27 {
		r.Do([]string{"SET", fmt.Sprint("k", i), strings.Repeat("x", 75_000)}, []string{"GET", "none"})
	}
	r.Do([]string{"EVAL", "local n = 0 for i = 1, 3000000 do n = n + 1 end return n", "0"})
	hold(r,
		finding{"redis-memory", database.Warning, "noeviction"},
		finding{"redis-fragmentation", database.Warning, "held_mb"},
		finding{"redis-hits", database.Warning, "misses"},
		finding{"redis-slow", database.Warning, "EVAL"},
		finding{"redis-open", database.Critical, "PONG"},
		finding{"redis-reach", database.Warning, "other machines"},
		finding{"redis-dangerous", database.Warning, "is_now=yes"},
		finding{"redis-persistence", database.Warning, "a restart loses all"},
		finding{"redis-save-age", database.Warning, "changes"})

	// As many connections as there may be, and more that were refused.
	r = dbtest.NewRedis(t, "", "--maxclients", "10")
	var open []net.Conn
	for range 12 {
		c, err := net.Dial("tcp", dbtest.Address(r.Port))
		if err != nil {
			t.Fatal(err)
		}
		c.SetDeadline(time.Now().Add(10 * time.Second))
		c.Write(resp.Append(nil, "PING"))
		c.Read(make([]byte, 64))
		open = append(open, c)
	}
	open[0].Close()
	open[1].Close()
	dbtest.Await(t, "two are closed", func() error {
		info, err := r.Try([]string{"INFO", "clients"})
		if err == nil && !strings.Contains(fmt.Sprint(info), "connected_clients:9") {
			err = errors.New(fmt.Sprint(info))
		}
		return err
	})
	hold(r, finding{"redis-clients", database.Warning, "allowed=10"}, finding{"redis-rejected", database.Warning, "connected"})
	for _, c := range open {
		c.Close()
	}

	// Memory for a cache whose keys cannot all be dropped.
	r = dbtest.NewRedis(t, "", "--maxmemory", "3mb", "--maxmemory-policy", "volatile-lru")
	for i := range 60 {
		r.Do([]string{"SET", fmt.Sprint("k", i), strings.Repeat("x", 75_000), "EX", "1000"}, []string{"MSET", fmt.Sprint("a", i), "1", fmt.Sprint("b", i), "1", fmt.Sprint("c", i), "1", fmt.Sprint("d", i), "1", fmt.Sprint("e", i), "1"})
	}
	hold(r, finding{"redis-evicted", database.Warning, "volatile-lru"}, finding{"redis-expiry", database.Warning, "db0"})

	// A folder that may not be written, no limit to memory.
	r = dbtest.NewRedis(t, "", "--save", "900 1")
	r.Do([]string{"SET", "a", "1"})
	if err := os.Chmod(r.Folder, 0o500); err != nil {
		t.Fatal(err)
	}
	folder := r.Folder
	t.Cleanup(func() { os.Chmod(folder, 0o700) }) // else it does not end: it wants to save
	r.Do([]string{"BGSAVE"})
	dbtest.Await(t, "the save fails", func() error {
		if info := fmt.Sprint(r.Do([]string{"INFO", "persistence"})); !strings.Contains(info, "rdb_last_bgsave_status:err") {
			return errors.New(info)
		}
		return nil
	})
	hold(r, finding{"redis-save", database.Critical, "the last save failed"}, finding{"redis-fork", database.Warning, "used_mb"}, finding{"redis-memory-limit", database.Warning, "maxmemory is 0"})

	// A replica that stands still, and one whose primary is gone.
	r = dbtest.NewRedis(t, "")
	follower := dbtest.NewRedis(t, "", "--replicaof", fmt.Sprint("127.0.0.1 ", r.Port))
	dbtest.Await(t, "the replica follows", func() error {
		if info := fmt.Sprint(r.Do([]string{"INFO", "replication"})); !strings.Contains(info, "state=online") {
			return errors.New(info)
		}
		return nil
	})
	follower.Pause()
	r.Do([]string{"SET", "a", strings.Repeat("x", 100_000)})
	hold(r, finding{"redis-replication-lag", database.Warning, "127.0.0.1"})
	follower.Continue()
	r.Stop()
	dbtest.Await(t, "the replica notices", func() error {
		if info := fmt.Sprint(follower.Do([]string{"INFO", "replication"})); !strings.Contains(info, "master_link_status:down") {
			return errors.New(info)
		}
		return nil
	})
	hold(follower, finding{"redis-replica", database.Critical, "the link is down"})
	everyLiveCheckSpeaks(t, database.Redis, found)
}
