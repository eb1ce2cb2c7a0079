package data

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"steward/collect/table"
	"steward/engine/cube"
	"steward/kernel/access"
	"steward/kernel/app"
	"steward/kernel/fail"
	"steward/kernel/figures"
	"steward/kernel/files"
	"steward/kernel/records"
	"steward/kernel/storage"
	"steward/lib/words"
)

// mostUnpacked bounds what an uploaded workbook may unpack to, in bytes.
const mostUnpacked = 512 << 20

// mostRowBytes bounds the file of a delivery's rows, in bytes: some 100 million rows.
const mostRowBytes = 2 << 30

// mostBadBytes bounds the file of rows kept aside.
const mostBadBytes = 20 << 20

// previewRows is how many rows are shown before a file is taken.
const previewRows = 20

// store is where deliveries' rows lie, for figures and jobs that have no page.
type store struct {
	files files.Folder
	data  string // the program's own folder, from which no source reads
}

type storeKey struct{}

func attachStore(p *app.Program) { p.DB.Attach(storeKey{}, &store{p.Files, p.Data}) }

func storeOf(r records.Reader) (*store, error) {
	s, ok := r.Reading().Database().Attached(storeKey{}).(*store)
	if !ok {
		return nil, errors.New("data: the data folder is not known")
	}
	return s, nil
}

// reading is what one reading of a source came to, kept in the data folder and
// not yet in the database.
type reading struct {
	Found
	Cube, Bad, Report string // hashes; Bad is "" without rows kept aside
	Size              int64
	Changes           []table.Change
	Breaking          []string // columns that are not as expected
}

// read reads a table, profiles it and keeps its rows as a cube. expect are the
// columns of the last accepted delivery.
func (s *store) read(ctx context.Context, from table.Source, checks []table.Check) (*reading, error) {
	from.MaxBytes = mostUnpacked
	r, err := table.Open(ctx, from)
	if err != nil {
		return nil, refusal(err)
	}
	defer r.Close()
	cols := r.Columns()
	if len(cols) == 0 {
		return nil, fail.Named("file", "data.no-columns", "There are no columns in it.")
	}
	b, err := cube.NewBuilder(cubeColumns(cols))
	if err != nil {
		return nil, refusal(err)
	}
	out := &reading{Found: Found{Columns: cols}}
	var building error
	r.OnBatch = func(batch *table.Batch) {
		if building == nil {
			vectors := make([]cube.Vector, len(batch.Columns))
			for i, v := range batch.Columns {
				vectors[i] = cube.Vector(v)
			}
			building = b.Append(batch.Rows, vectors)
		}
		for i := 0; i < batch.Rows && len(out.Preview) < previewRows; i++ {
			out.Preview = append(out.Preview, previewRow(cols, batch, i))
		}
	}
	var bad bytes.Buffer
	w := csv.NewWriter(&bad)
	w.Write([]string{"row", "column", "reason", "content"})
	r.OnReject = func(x table.Rejected) {
		if bad.Len() < mostBadBytes {
			w.Write([]string{strconv.FormatInt(x.Number, 10), x.Column, x.Reason, x.Raw})
			w.Flush()
		}
	}
	if out.Profile, err = table.ProfileAll(ctx, r, checks); err == nil {
		err = building
	}
	if err != nil {
		return nil, refusal(err)
	}
	out.Changes = out.Profile.Report.Changes
	return out, s.keep(ctx, out, b, bad.Bytes())
}

// readExpecting reads a table that should have the columns expected. One that has
// others is read again as it is, so that what came can be looked at and accepted.
func (s *store) readExpecting(ctx context.Context, from table.Source, expect []table.Column, checks []table.Check) (*reading, error) {
	from.Expect = expect
	got, err := s.read(ctx, from, checks)
	if err != nil {
		return nil, err
	}
	changed := len(breaking(got)) > 0
	added := slices.ContainsFunc(got.Changes, func(c table.Change) bool { return c.What == "added" })
	if !changed && !added {
		return got, nil
	}
	from.Expect = nil
	if !changed { // the new columns are taken in, the old ones keep their kinds
		from.Types = map[string]table.Kind{}
		for _, c := range got.Columns {
			from.Types[c.Name] = c.Kind
		}
	} else {
		checks = nil // they speak of the columns expected
	}
	fresh, err := s.read(ctx, from, checks)
	if err != nil {
		return nil, err
	}
	fresh.Changes, fresh.Breaking = got.Changes, breaking(got)
	return fresh, nil
}

// breaking names the columns whose change hurts. Added ones and another order
// hurt nobody, nor does a kind that all values fit; of one that few rows do not
// fit, those rows are kept aside.
func breaking(r *reading) (out []string) {
	rep := r.Profile.Report
	for _, c := range r.Changes {
		switch c.What {
		case "added", "order":
		case "type":
			if rep.RejectedCount > rep.Rows {
				out = append(out, c.Column)
			}
		case "renamed":
			out = append(out, c.Was+" → "+c.Is)
		default:
			out = append(out, c.Column)
		}
	}
	return out
}

// keep writes the cube, the rows kept aside and the report to the data folder.
func (s *store) keep(ctx context.Context, out *reading, b *cube.Builder, bad []byte) error {
	raw, err := b.Bytes()
	if err != nil {
		return refusal(err)
	}
	if out.Cube, out.Size, err = s.files.PutUpTo(ctx, bytes.NewReader(raw), mostRowBytes); err != nil {
		return err
	}
	if out.Profile.Report.RejectedCount > 0 {
		if out.Bad, _, err = s.files.Put(ctx, bytes.NewReader(bad)); err != nil {
			return err
		}
	}
	found, err := json.Marshal(out.Found)
	if err != nil {
		return err
	}
	out.Report, _, err = s.files.Put(ctx, bytes.NewReader(found))
	return err
}

func previewRow(cols []table.Column, b *table.Batch, i int) []string {
	row := make([]string, len(cols))
	for c, col := range cols {
		v := &b.Columns[c]
		switch {
		case v.Null != nil && v.Null[i]:
		case col.Kind == table.Text:
			row[c] = clip(string(v.Bytes(i)))
		case col.Kind == table.Float:
			row[c] = strconv.FormatFloat(v.Floats[i], 'g', -1, 64)
		default:
			row[c] = col.Show(v.Ints[i])
		}
	}
	return row
}

func clip(s string) string {
	s = strings.ToValidUTF8(s, "�")
	if r := []rune(s); len(r) > 60 {
		return string(r[:59]) + "…"
	}
	return s
}

func cubeColumns(cols []table.Column) []cube.Column {
	out := make([]cube.Column, len(cols))
	for i, c := range cols {
		out[i] = cube.Column{Name: c.Name, Kind: cube.Kind(c.Kind), Scale: c.Scale}
	}
	return out
}

// refusal turns what is wrong with a file or database into an answer for whoever
// gave it; what is the machine's fault stays as it is.
func refusal(err error) error {
	var wrong *table.Invalid
	if plain := trouble(err); plain != nil && fail.As(err) == nil && !errors.Is(err, context.Canceled) {
		return plain
	}
	switch {
	case err == nil || fail.As(err) != nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.As(err, &wrong):
		return fail.Named("file", "data.unreadable", "It cannot be read as a table: {problem}").With("problem", wrong.Error()).Because(err)
	case errors.Is(err, os.ErrNotExist):
		return fail.Named("file", "data.no-file", "The file is not there.").Because(err)
	}
	return fail.Named("file", "data.trouble.other", "It could not be read.").Because(err)
}

// fileSource is an uploaded file as the reader takes it. What kind it is was told
// by its bytes when it came.
func fileSource(path string, kind Kind, sheet string) table.Source {
	return table.Source{Target: path, Format: string(kind), Table: sheet}
}

// fingerprint is a hash over names and kinds of columns.
func fingerprint(cols []table.Column) string {
	h := sha256.New()
	for _, c := range cols {
		fmt.Fprintf(h, "%q %s %d\n", c.Name, c.Kind, c.Scale)
	}
	return hex.EncodeToString(h.Sum(nil))[:16]
}

// checks are the rules a source's deliveries are held against. sum is what the
// deliverer says the control column adds up to.
func (s *Source) checks(sum string) (out []table.Check) {
	if keys := splitList(s.KeyColumns.V); len(keys) > 0 {
		out = append(out, table.Check{Rule: "unique", Columns: keys})
		for _, k := range keys {
			out = append(out, table.Check{Rule: "complete", Column: k})
		}
	}
	if s.SumColumn.Set && sum != "" {
		out = append(out, table.Check{Rule: "sum", Column: s.SumColumn.V, Equals: sum})
	}
	return append(out, table.Check{Rule: "rows", Min: "1"})
}

// judge says what becomes of a delivery and why. Changed columns wait until
// somebody accepts them.
func (s *Source) judge(r *reading) (State, words.Said) {
	rep := r.Profile.Report
	if changed := r.Breaking; len(changed) > 0 {
		return WithChanges, words.T("data.why.changed", "columns changed: {columns}").With("columns", strings.Join(changed, ", "))
	}
	if all := rep.Rows + rep.RejectedCount; rep.RejectedCount*100 > s.MaxBad*all {
		return Unacceptable, words.T("data.why.bad-rows", "{bad} of {all} rows do not fit").With("bad", rep.RejectedCount, "all", all)
	}
	for _, f := range r.Profile.Findings {
		if f.Holds {
			continue
		}
		switch f.Rule {
		case "sum":
			return Unacceptable, words.T("data.why.sum", "the control sum of {column} is {found} and should be {wanted}").With("column", f.Column, "found", amount(f.Found), "wanted", amount(f.Equals))
		case "unique":
			return Unacceptable, words.T("data.why.unique", "{count} {count|row is|rows are} there twice by {columns}").With("columns", strings.Join(f.Columns, ", "), "count", f.Broken)
		case "complete":
			return Unacceptable, words.T("data.why.complete", "{count} {count|row has|rows have} no {column}").With("column", f.Column, "count", f.Broken)
		default:
			return Unacceptable, words.T("data.why.rows", "there are no rows").With()
		}
	}
	return Accepted, words.Said{}
}

// amount is a check's number so that it is said as the reader writes numbers.
func amount(text string) any {
	if x, err := strconv.ParseFloat(text, 64); err == nil {
		return x
	}
	return text
}

// take keeps a reading as a delivery and tells the source and the figures.
func take(u *records.Tx, s *Source, r *reading, name, original string) (*Delivery, error) {
	d := &Delivery{Source: s.ID, ReceivedAt: records.MomentOf(u.Now), RowCount: r.Profile.Report.Rows, BadRows: r.Profile.Report.RejectedCount, Bytes: r.Size,
		Fingerprint: fingerprint(r.Columns), CubeFile: records.Some(r.Cube), ReportFile: r.Report}
	if name != "" {
		d.FileName = records.Some(name)
	}
	if original != "" {
		d.OriginalFile = records.Some(original)
	}
	if r.Bad != "" {
		d.BadFile = records.Some(r.Bad)
	}
	state, why := s.judge(r)
	d.State = state
	if err := d.because(why); err != nil {
		return nil, err
	}
	own := u.As(access.System())
	if err := Deliveries.Create(own, d); err != nil {
		return nil, err
	}
	if err := refresh(own, s.ID); err != nil {
		return nil, err
	}
	return d, figures.Soon(u)
}

// open gives the cube of a delivery to fn.
func (s *store) open(hash string, fn func(*cube.Table) error) error {
	f, err := s.files.Open(hash)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	t, err := cube.Open(f, info.Size())
	if err != nil {
		return fmt.Errorf("data: the rows %s: %w", hash, err)
	}
	return fn(t)
}

// found reads a delivery's report.
func (s *store) found(hash string) (*Found, error) {
	f, err := s.files.Open(hash)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	out := &Found{}
	if err := json.NewDecoder(f).Decode(out); err != nil {
		return nil, fmt.Errorf("data: the report %s: %w", hash, err)
	}
	return out, nil
}

// columns are the kinds of a source's columns by name.
type columns map[string]cube.Kind

// columnsOf returns the columns of a source's last accepted delivery; nil before
// the first.
func columnsOf(r records.Reader, id records.ID[Source]) (columns, error) {
	d, err := accepted(r, id)
	if err != nil || d == nil {
		return nil, err
	}
	st, err := storeOf(r)
	if err != nil {
		return nil, err
	}
	f, err := st.found(d.ReportFile)
	if fail.Is(err, fail.NotFound) {
		return nil, nil // lost from the data folder; pages say so
	}
	if err != nil {
		return nil, err
	}
	out := columns{}
	for _, c := range f.Columns {
		out[c.Name] = cube.Kind(c.Kind)
	}
	return out, nil
}

// accepted returns a source's last accepted delivery, and last its last one; nil
// without any. Whoever may see the source or a thing made of it may know.
func accepted(r records.Reader, id records.ID[Source]) (*Delivery, error) {
	return Deliveries.First(asSystem(r), records.Query{Sort: "-received_at", Where: []records.Cond{records.Is(&Deliveries.P.Source, id), records.Is(&Deliveries.P.State, Accepted)}})
}

func last(r records.Reader, id records.ID[Source]) (*Delivery, error) {
	return Deliveries.First(asSystem(r), records.Query{Sort: "-received_at", Where: []records.Cond{records.Is(&Deliveries.P.Source, id)}})
}

func asSystem(r records.Reader) *storage.View { return r.Reading().As(access.System()) }
