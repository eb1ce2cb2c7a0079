package data

import (
	"context"
	"errors"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"steward/collect/table"
	"steward/kernel/fail"
	"steward/kernel/figures"
	"steward/kernel/jobs"
	"steward/kernel/records"
	"steward/kernel/storage"
	"steward/kernel/web"
)

// readJob reads one database source; watchJob looks which are due, and which
// deliveries are late.
const (
	readJob  = "data.read"
	watchJob = "data.watch"
)

// readArgs name the source; Accept takes whatever columns there are now.
type readArgs struct {
	Source records.ID[Source]
	Accept bool
}

// enqueueRead has a source read as soon as a worker is free.
func enqueueRead(u *records.Tx, id records.ID[Source], accept bool) error {
	_, err := jobs.Enqueue(u, readJob, readArgs{id, accept}, jobs.Options{Key: readJob + ":" + string(id), Priority: 5})
	return err
}

func runRead(ctx context.Context, run *jobs.Run) error {
	var args readArgs
	if err := run.Args(&args); err != nil {
		return err
	}
	return readDatabase(ctx, run.DB, args)
}

// readDatabase reads a database source and keeps what it found as a delivery. The
// database is read outside any transaction of ours.
func readDatabase(ctx context.Context, db *storage.Database, args readArgs) error {
	var s *Source
	var st *store
	var from table.Source
	var expect []table.Column
	err := db.View(ctx, system(), func(v *storage.View) (err error) {
		if s, err = Sources.Get(v, args.Source); err != nil {
			return err
		}
		if st, err = storeOf(v); err != nil {
			return err
		}
		if from, err = s.connection(v, st); err != nil || args.Accept {
			return err
		}
		expect, err = expected(v, s.ID)
		return err
	})
	var got *reading
	if err == nil {
		got, err = st.readExpecting(ctx, from, expect, s.checks(""))
	}
	if s == nil || ctx.Err() != nil {
		return hopeless(err)
	}
	kept := db.Update(ctx, system(), func(u *storage.Update) error {
		u.Origin = "job:" + readJob
		if e := told(u, s.ID, err); e != nil || err != nil {
			return e
		}
		_, e := take(u, s, got, "", "")
		return e
	})
	if err == nil {
		return kept
	}
	return errors.Join(hopeless(err), kept)
}

// hopeless marks what another attempt would meet again.
func hopeless(err error) error {
	if passing(err) {
		return err
	}
	if fail.Is(err, fail.Invalid) || fail.Is(err, fail.NotFound) || fail.Is(err, fail.Conflict) {
		return jobs.Hopeless(err)
	}
	return err
}

// connection is where a database source is read from.
func (s *Source) connection(v *storage.View, st *store) (table.Source, error) {
	from := table.Source{Table: s.Relation.V, Query: s.Query.V}
	switch s.Kind {
	case SQLite:
		if err := st.outside(s.Path.V); err != nil {
			return from, err
		}
		from.Format, from.Target = "sqlite", s.Path.V
	case Postgres:
		dsn, err := address(v, s.ID)
		if err != nil {
			return from, err
		}
		from.Format, from.Target = "postgres", dsn
	default:
		return from, fail.New(fail.Conflict, "data.file-source", "This source takes files; upload one.")
	}
	if from.Query != "" {
		from.Table = ""
	}
	return from, nil
}

// outside refuses paths into the program's own folder, where its database and
// keys lie.
func (s *store) outside(path string) error {
	own, err1 := filepath.EvalSymlinks(s.data)
	asked, err2 := filepath.EvalSymlinks(path)
	if err2 != nil {
		return fail.Named("path", "data.no-file", "The file is not there.").Because(err2)
	}
	own, err3 := filepath.Abs(own)
	rel, err4 := filepath.Rel(own, asked)
	if err1 != nil || err3 != nil || err4 == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return fail.Named("path", "data.own-folder", "Steward's own folder is no data source.")
	}
	return nil
}

// runWatch brings the sources' conditions up to date and has those databases
// read that are due.
func runWatch(ctx context.Context, run *jobs.Run) error {
	return run.Update(ctx, func(u *storage.Update) error {
		all, err := Sources.List(u, records.Query{})
		if err != nil {
			return err
		}
		for _, s := range all {
			if err := refresh(u, s.ID); err != nil {
				return err
			}
			latest, err := last(u, s.ID)
			if err != nil {
				return err
			}
			// Half an hour early, so that a reading that comes each hour is not late.
			if due := latest == nil || u.Now.After(latest.ReceivedAt.Time().Add(s.every()-30*time.Minute)); !s.Kind.file() && due {
				if err := enqueueRead(u, s.ID, false); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// readNow has a database source read at once.
func readNow(w http.ResponseWriter, r *web.Request) error {
	s, err := mayDeliver(r)
	if err != nil {
		return err
	}
	if s.Kind.file() {
		return fail.New(fail.Conflict, "data.file-source", "This source takes files; upload one.")
	}
	// Whoever presses the button waits for the answer, and meets what is wrong.
	if err := readDatabase(r.Context(), r.Site.DB, readArgs{Source: s.ID, Accept: r.PostFormValue("accept") != ""}); err != nil {
		return err
	}
	r.Toast(w, "saved")
	return r.Redirect(w, Sources.Path(s.ID))
}

// accept takes a delivery with other columns as it is: it is read anew without
// expecting the old ones, and figures are computed from it from now on.
func accept(w http.ResponseWriter, r *web.Request) error {
	d, err := Deliveries.Get(r.View, records.ID[Delivery](r.PathValue("id")))
	if err != nil {
		return err
	}
	r.SetPathValue("id", string(d.Source))
	s, err := mayDeliver(r)
	if err != nil {
		return err
	}
	if latest, err := last(r.View, s.ID); err != nil {
		return err
	} else if latest == nil || latest.ID != d.ID || d.State == Accepted {
		return fail.New(fail.Conflict, "data.not-last", "Only the last delivery can be accepted, once.")
	}
	if !s.Kind.file() {
		if err := readDatabase(r.Context(), r.Site.DB, readArgs{Source: s.ID, Accept: true}); err != nil {
			return err
		}
		return r.Redirect(w, Sources.Path(s.ID))
	}
	var got *reading
	if s.Kind == HandedIn {
		st, e := storeOf(r.View)
		if e != nil {
			return e
		}
		got, err = st.readHandedIn(r.Context(), d.OriginalFile.V, s, nil, s.checks(""))
	} else {
		got, err = readFile(r, sent{Hash: d.OriginalFile.V, Kind: s.Kind}, s.Relation.V, nil, s.checks(""))
	}
	if err != nil {
		return err
	}
	err = r.Update(func(u *records.Tx) error {
		fresh, err := take(u, s, got, d.FileName.V, d.OriginalFile.V)
		if err != nil || fresh.State == Accepted {
			return err
		}
		// A person answers for a delivery that the rules do not let pass.
		own := u.As(system())
		if err := Deliveries.Update(own, fresh.ID, func(x *Delivery) error { x.State = Accepted; return nil }); err != nil {
			return err
		}
		if err := Deliveries.Def().Note(u, string(fresh.ID), 0, "accept", map[string]any{"state": []any{string(fresh.State), string(Accepted)}}); err != nil {
			return err
		}
		if err := refresh(own, s.ID); err != nil {
			return err
		}
		return figures.Soon(u)
	})
	if err != nil {
		return err
	}
	r.Toast(w, "saved")
	return r.Redirect(w, Sources.Path(s.ID))
}
