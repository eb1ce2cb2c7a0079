package data

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"

	"steward/collect/table"
	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/web"
	"steward/modules/systems"
)

type uploadPage struct {
	Problem string
	Said    string // what the reader said itself, where there is no sentence for it
	Note    string // what is unusual about the file, though it can be read
	Upload  string // sealed: what was sent and by whom; "" before a file was
	Name    string
	File    string
	Sheets  []option // of a workbook with several; the one shown is on
	Facts   []fact
	Columns []columnRow
	Head    []string
	Preview [][]string
	Checks  []checkRow
	Systems []choice
	Units   []choice
	Bad     []badRow
	Size    string
}

type fact struct{ Label, Value string }

type columnRow struct {
	Name, Kind, Filled, Different, Least, Greatest, Note string
	Key                                                  bool
}

type checkRow struct{ State, Word, Text string }

type badRow struct{ Number, Reason, Raw string }

type choice struct{ ID, Name string }

var uploadTemplate = web.MustPage[uploadPage](embedded, "pages/upload.html", "pages/columns.html", "pages/bad.html", "pages/checks.html")

// sent is an uploaded file that waits to be taken, as the form carries it: sealed,
// so that nobody takes a file by guessing its hash.
type sent struct {
	Hash, Name, Person string
	Kind               Kind
	Sheet              string // of a workbook; "": the first that holds rows
}

const sealPurpose = "data-upload"

func showUpload(w http.ResponseWriter, r *web.Request) error {
	if !Sources.Def().MayAny(r.View, access.Add) {
		return fail.New(fail.Forbidden, "data.may-not-add", "You may not add data sources.")
	}
	return uploadTemplate.Show(w, r, web.Shell{Title: r.T("data.upload.title", "Upload data")}, uploadPage{})
}

// takeUpload is sent a file, or told to make a source of the one it was sent.
func takeUpload(w http.ResponseWriter, r *web.Request) error {
	if !Sources.Def().MayAny(r.View, access.Add) {
		return fail.New(fail.Forbidden, "data.may-not-add", "You may not add data sources.")
	}
	var p uploadPage
	var err error
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/form-data") {
		var s sent
		if s, _, err = receive(r); err == nil && s.Kind == HandedIn {
			path, err := openHandedIn(r, s)
			if err != nil {
				return err
			}
			return r.Redirect(w, path)
		}
		if err == nil {
			p, err = preview(r, s)
		}
	} else if r.PostFormValue("do") == "look" {
		p, err = otherSheet(r)
	} else {
		var s *Source
		if s, p, err = makeSource(r); err == nil {
			r.Toast(w, "saved")
			return r.Redirect(w, Sources.Path(s.ID))
		}
	}
	return refuseUpload(w, r, p, err)
}

// refuseUpload answers with the page, and with what is wrong if something is.
func refuseUpload(w http.ResponseWriter, r *web.Request, p uploadPage, err error) error {
	code := http.StatusOK
	if e := fail.As(err); e != nil && (e.Kind == fail.Invalid || e.Kind == fail.TooLarge) {
		p.Problem, code = r.Say(e), web.Status(e.Kind)
		if e.Key == otherTrouble {
			p.Said = serverSaid(e)
		}
	} else if err != nil {
		return err
	}
	return uploadTemplate.Status(w, r, code, web.Shell{Title: r.T("data.upload.title", "Upload data")}, p)
}

// receive puts the form's file into the data folder; the form's other values are
// returned as well. Nothing larger than the limit is kept.
func receive(r *web.Request) (s sent, values map[string]string, err error) {
	parts, err := r.MultipartReader()
	if err != nil {
		return s, nil, fail.Named("file", "kernel.web.no-file", "Choose a file first.")
	}
	values = map[string]string{}
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return s, nil, fail.Named("file", "data.cut-off", "The file did not arrive whole; send it again.").Because(err)
		}
		if part.FormName() != "file" {
			raw, err := io.ReadAll(io.LimitReader(part, 4096))
			if err != nil {
				return s, nil, err
			}
			values[part.FormName()] = strings.ToValidUTF8(string(raw), "")
			continue
		}
		if part.FileName() == "" {
			continue
		}
		s.Name = clip(filepath.Base(strings.ReplaceAll(part.FileName(), `\`, "/")))
		head := make([]byte, table.GuiseBytes)
		n, err := io.ReadFull(part, head)
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return s, nil, fail.Named("file", "data.cut-off", "The file did not arrive whole; send it again.").Because(err)
		}
		if s.Kind, err = kindOf(s.Name, head[:n]); err != nil {
			return s, nil, err
		}
		if s.Hash, _, err = r.Site.Files.Put(r.Context(), io.MultiReader(bytes.NewReader(head[:n]), part)); err != nil {
			return s, nil, err
		}
	}
	if s.Hash == "" {
		return s, nil, fail.Named("file", "kernel.web.no-file", "Choose a file first.")
	}
	s.Person = r.Actor.Person
	return s, values, nil
}

// readFile reads a received file.
func readFile(r *web.Request, s sent, sheet string, expect []table.Column, checks []table.Check) (*reading, error) {
	st, err := storeOf(r.View)
	if err != nil {
		return nil, err
	}
	path := st.file(s.Hash)
	got, err := st.readExpecting(r.Context(), fileSource(path, s.Kind, sheet), expect, checks)
	if err == nil && got.Profile.Report.Rows+got.Profile.Report.RejectedCount == 0 {
		return nil, fail.Named("file", "data.no-rows", "There are no rows in it.")
	}
	return got, err
}

func preview(r *web.Request, s sent) (uploadPage, error) {
	got, err := readFile(r, s, "", nil, nil)
	if err != nil {
		return uploadPage{}, err
	}
	return previewPage(r, s, got)
}

// otherSheet shows another sheet of the workbook that was sent.
func otherSheet(r *web.Request) (uploadPage, error) {
	s, err := unsealed(r)
	if err != nil {
		return uploadPage{}, err
	}
	s.Sheet = r.PostFormValue("sheet")
	got, err := readFile(r, s, s.Sheet, nil, nil)
	if err != nil {
		return uploadPage{}, err
	}
	return previewPage(r, s, got)
}

// unsealed is what the form carries of the file that was sent before.
func unsealed(r *web.Request) (s sent, err error) {
	raw, err := r.Site.Key.Open(sealPurpose, r.PostFormValue("upload"))
	if err == nil {
		err = json.Unmarshal(raw, &s)
	}
	if err != nil || s.Person != r.Actor.Person {
		return s, fail.Named("file", "data.send-again", "Send the file again.").Because(err)
	}
	return s, nil
}

// sheets of a workbook, to choose from where there are several.
func sheets(r *web.Request, s sent) ([]option, error) {
	if s.Kind != Workbook {
		return nil, nil
	}
	st, err := storeOf(r.View)
	if err != nil {
		return nil, err
	}
	names, err := table.Sheets(table.Source{Target: st.file(s.Hash), Format: string(s.Kind), MaxBytes: mostUnpacked})
	if err != nil || len(names) < 2 {
		return nil, refusal(err)
	}
	var out []option
	for _, n := range names {
		out = append(out, option{n, n, n == s.Sheet})
	}
	return out, nil
}

func previewPage(r *web.Request, s sent, got *reading) (uploadPage, error) {
	raw, err := json.Marshal(s)
	if err != nil {
		return uploadPage{}, err
	}
	sealed := r.Site.Key.Seal(sealPurpose, raw)
	p := uploadPage{Upload: sealed, File: s.Name, Name: strings.TrimSuffix(s.Name, filepath.Ext(s.Name)), Preview: got.Preview}
	if p.Sheets, err = sheets(r, s); err != nil {
		return p, err
	}
	p.Facts, p.Columns, p.Checks = profileRows(r, &got.Found)
	if s.misnamed() {
		p.Note = r.T("data.upload.misnamed-csv", "In spite of its name this is text, and it is read as CSV.")
		if s.Kind == Workbook {
			p.Note = r.T("data.upload.misnamed-xlsx", "In spite of its name this is a workbook, and it is read as one.")
		}
	}
	for _, c := range got.Columns {
		p.Head = append(p.Head, c.Name)
	}
	for _, b := range got.Profile.Report.Rejected[:min(20, len(got.Profile.Report.Rejected))] {
		p.Bad = append(p.Bad, badRow{r.Lang.Int(b.Number), b.Reason, clip(b.Raw)})
	}
	if p.Systems, err = systemChoices(r); err != nil {
		return p, err
	}
	p.Units, err = unitChoices(r)
	return p, err
}

// makeSource makes a source of the file that was sent before, with its first delivery.
func makeSource(r *web.Request) (*Source, uploadPage, error) {
	s, err := unsealed(r)
	if err != nil {
		return nil, uploadPage{}, err
	}
	rec := &Source{Name: strings.TrimSpace(r.PostFormValue("name")), Kind: s.Kind}
	text := func(to *records.Opt[string], name string) {
		if v := strings.TrimSpace(r.PostFormValue(name)); v != "" {
			*to = records.Some(v)
		}
	}
	if s.Sheet != "" {
		rec.Relation = records.Some(s.Sheet)
	}
	text(&rec.KeyColumns, "key")
	text(&rec.SumColumn, "sum_column")
	if v := r.PostFormValue("system"); v != "" {
		rec.System = records.Some(records.ID[systems.System](v))
	}
	if v := r.PostFormValue("unit"); v != "" {
		rec.Unit = records.Some(records.ID[org.Unit](v))
	}
	if r.Actor.Person != "" {
		rec.Owner = records.Some(records.ID[org.Person](r.Actor.Person))
	}
	var problem error
	if v := r.PostFormValue("every"); v != "" {
		n, err := r.Lang.ParseInt(v)
		if err != nil {
			problem = fail.Named("every_hours", "data.every-number", "Say in whole hours how often data is delivered.")
		}
		rec.EveryHours = records.Some(n)
	}
	sum, badSum := controlSum(r, r.PostFormValue("sum"))
	if problem == nil {
		problem = badSum
	}
	got, err := readFile(r, s, s.Sheet, nil, rec.checks(sum))
	if err != nil {
		return nil, uploadPage{}, err
	}
	if problem == nil {
		problem = r.Update(func(u *records.Tx) error {
			if err := Sources.Create(u, rec); err != nil {
				return err
			}
			_, err := take(u, rec, got, s.Name, s.Hash)
			return err
		})
	}
	if problem != nil {
		p, err := previewPage(r, s, got)
		if err != nil {
			return nil, p, err
		}
		p.Name = rec.Name
		return nil, p, problem
	}
	return rec, uploadPage{}, nil
}

// deliver takes a file for a source that is there.
func deliver(w http.ResponseWriter, r *web.Request) error {
	s, err := mayDeliver(r)
	if err != nil {
		return err
	}
	if !s.Kind.file() {
		return fail.New(fail.Conflict, "data.no-file-source", "This source is read from its database; nothing is uploaded to it.")
	}
	file, values, err := receive(r)
	if err != nil {
		return err
	}
	if file.Kind != s.Kind {
		return fail.Named("file", "data.other-kind", "The source takes files of another kind.")
	}
	if s.Kind == HandedIn {
		return deliverTables(w, r, s, file, values)
	}
	expect, err := expected(r.View, s.ID)
	if err != nil {
		return err
	}
	if values["accept"] != "" {
		expect = nil
	}
	sum, err := controlSum(r, values["sum"])
	if err != nil {
		return err
	}
	got, err := readFile(r, file, s.Relation.V, expect, s.checks(sum))
	if err != nil {
		return err
	}
	var d *Delivery
	err = r.Update(func(u *records.Tx) (err error) {
		d, err = take(u, s, got, file.Name, file.Hash)
		return err
	})
	if err != nil {
		return err
	}
	r.Toast(w, "saved")
	return r.Redirect(w, Deliveries.Path(d.ID))
}

// controlSum reads what a person types, in the person's language, as checks want it.
func controlSum(r *web.Request, typed string) (string, error) {
	if typed = strings.TrimSpace(typed); typed == "" {
		return "", nil
	}
	const digits = 6
	n, err := r.Lang.ParseDecimal(typed, digits)
	if err != nil {
		return "", err
	}
	sign := ""
	if n < 0 {
		sign, n = "-", -n
	}
	return fmt.Sprintf("%s%d.%0*d", sign, n/1e6, digits, n%1e6), nil
}

func mayDeliver(r *web.Request) (*Source, error) {
	s, err := Sources.Get(r.View, records.ID[Source](r.PathValue("id")))
	if err != nil {
		return nil, err
	}
	if ok, err := Sources.Def().May(r.View, access.Edit, s); err != nil || !ok {
		if err == nil {
			err = fail.New(fail.Forbidden, "kernel.records.may-not-edit", "You may see this record but not change it.")
		}
		return nil, err
	}
	return s, nil
}

// expected are the columns of a source's last accepted delivery; nil before the first.
func expected(r records.Reader, id records.ID[Source]) ([]table.Column, error) {
	d, err := accepted(r, id)
	if err != nil || d == nil {
		return nil, err
	}
	st, err := storeOf(r)
	if err != nil {
		return nil, err
	}
	f, err := st.found(d.ReportFile)
	if err != nil {
		return nil, err
	}
	return f.Columns, nil
}
