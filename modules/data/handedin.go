package data

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"time"

	"steward/collect/table"
	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/records"
	"steward/kernel/web"
)

// A SQLite file may be uploaded like a CSV. Its tables are chosen as those of a
// connected database are; each becomes a source whose next deliveries are files
// again.

// handedInWithin bounds how long one table of such a file is read, since a view in
// it may never end.
const handedInWithin = 2 * time.Minute

// openHandedIn leads to the tables of a file that was just received.
func openHandedIn(r *web.Request, s sent) (string, error) {
	if err := mayConnect(r); err != nil {
		return "", err
	}
	return handedInPath(r, s.Hash, s.Name)
}

func handedInPath(r *web.Request, hash, name string) (string, error) {
	raw, err := json.Marshal(connection{Kind: HandedIn, Hash: hash, Name: name, Person: r.Actor.Person})
	return "/data/connect?" + url.Values{"file": {r.Site.Key.Seal(connectPurpose, raw)}}.Encode(), err
}

// opened is what the form or the address carries of a database looked at before.
func opened(r *web.Request, sealed string) (c connection, err error) {
	raw, err := r.Site.Key.Open(connectPurpose, sealed)
	if err == nil {
		err = json.Unmarshal(raw, &c)
	}
	if err != nil || c.Person != r.Actor.Person {
		return c, fail.Named("connection", "data.connect.again", "Give the address of the database again.").Because(err)
	}
	return c, nil
}

// file is where a file that was handed in lies.
func (s *store) file(hash string) string { return filepath.Join(s.files.Path, hash[:2], hash) }

// reopenedStore finds the store from a page that holds no transaction.
func reopenedStore(r *web.Request) (st *store, err error) {
	err = r.Reopen(func() error {
		st, err = storeOf(r.View)
		return err
	})
	return st, err
}

func (c connection) surveyHandedIn(r *web.Request) (*table.Survey, error) {
	st, err := reopenedStore(r)
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithTimeout(r.Context(), handedInWithin)
	defer stop()
	s, err := table.LookAt(ctx, table.Source{Format: table.HandedIn, Target: st.file(c.Hash)})
	if err != nil {
		return nil, tooSlow(ctx, err)
	}
	s.Database = c.Name
	return s, nil
}

// tooSlow says so of what was given up for its time.
func tooSlow(ctx context.Context, err error) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fail.Named("file", "data.file.slow", "Reading takes too long. Perhaps the file holds a view that never ends; leave it out.").Because(err)
	}
	return refusal(err)
}

// readHandedIn reads a table or a query of a file.
func (s *store) readHandedIn(ctx context.Context, hash string, of *Source, expect []table.Column, checks []table.Check) (*reading, error) {
	within, stop := context.WithTimeout(ctx, handedInWithin)
	defer stop()
	from := table.Source{Target: s.file(hash), Format: table.HandedIn, Table: of.Relation.V, Query: of.Query.V}
	if from.Query != "" {
		from.Table = ""
	}
	got, err := s.readExpecting(within, from, expect, checks)
	if err != nil && ctx.Err() == nil {
		return nil, tooSlow(within, err)
	}
	return got, err
}

// writtenAhead says whether a file keeps what was written last in a second one,
// which was not handed in: https://www.sqlite.org/fileformat2.html, 1.3.3
func (s *store) writtenAhead(hash string) bool {
	f, err := s.files.Open(hash)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, 20)
	_, err = io.ReadFull(f, head)
	return err == nil && head[18] == 2
}

// takeTables makes sources of tables of a file, each with its first delivery.
func takeTables(w http.ResponseWriter, r *web.Request, c connection, made []*Source) error {
	st, err := reopenedStore(r)
	if err != nil {
		return err
	}
	var got []*reading
	for _, s := range made {
		one, err := st.readHandedIn(r.Context(), c.Hash, s, nil, s.checks(""))
		if err != nil {
			return err
		}
		got = append(got, one)
	}
	err = r.Update(func(u *records.Tx) error {
		for i, s := range made {
			if err := Sources.Create(u, s); err != nil {
				return err
			}
			if _, err := take(u, s, got[i], c.Name, c.Hash); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	r.Toast(w, "saved")
	if len(made) > 1 {
		return r.Redirect(w, Sources.Def().Path(""))
	}
	return r.Redirect(w, Sources.Path(made[0].ID))
}

// sameFile are the other sources that were last delivered by the same file as this
// one, and that the reader may deliver to: the next file is for them as well.
func sameFile(r *web.Request, s *Source) (out []*Source, err error) {
	latest, err := last(r.View, s.ID)
	if err != nil || s.Kind != HandedIn || latest == nil || !latest.OriginalFile.Set {
		return nil, err
	}
	all, err := Sources.List(r.View, records.Query{Sort: "name", Where: []records.Cond{records.Is(&Sources.P.Kind, HandedIn)}})
	if err != nil {
		return nil, err
	}
	for _, x := range all {
		d, err := last(r.View, x.ID)
		if err != nil {
			return nil, err
		}
		if x.ID == s.ID || d == nil || d.OriginalFile != latest.OriginalFile {
			continue
		}
		if ok, err := Sources.Def().May(r.View, access.Edit, x); err != nil {
			return nil, err
		} else if ok {
			out = append(out, x)
		}
	}
	return out, nil
}

// deliverTables takes a file for a source and those of the same file.
func deliverTables(w http.ResponseWriter, r *web.Request, s *Source, file sent, values map[string]string) error {
	st, err := storeOf(r.View)
	if err != nil {
		return err
	}
	sum, err := controlSum(r, values["sum"])
	if err != nil {
		return err
	}
	also, err := sameFile(r, s)
	if err != nil {
		return err
	}
	list := slices.Insert(also, 0, s)
	got := make([]*reading, len(list))
	for i, x := range list {
		expect, err := expected(r.View, x.ID)
		if err != nil {
			return err
		}
		if values["accept"] != "" {
			expect = nil
		}
		if got[i], err = st.readHandedIn(r.Context(), file.Hash, x, expect, x.checks(sum)); err != nil {
			return err
		}
		sum = "" // it was said of the first alone
	}
	var first *Delivery
	err = r.Update(func(u *records.Tx) error {
		first = nil
		for i, x := range list {
			d, err := take(u, x, got[i], file.Name, file.Hash)
			if err != nil {
				return err
			}
			if first == nil {
				first = d
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	r.Toast(w, "saved")
	return r.Redirect(w, Deliveries.Path(first.ID))
}
