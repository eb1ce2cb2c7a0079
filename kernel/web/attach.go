package web

import (
	"net/http"
	"net/url"
	"time"

	"steward/kernel/fail"
	"steward/kernel/files"
	"steward/kernel/records"
)

// MaxUpload is the largest file a form takes, in bytes.
const MaxUpload = files.MaxSize

func (s *Site) attach(d *records.Def) Handler {
	return func(w http.ResponseWriter, r *Request) error {
		id := r.PathValue("id")
		if _, err := r.editable(d, id); err != nil {
			return err
		}
		parts, err := r.MultipartReader()
		if err != nil {
			return fail.Named("file", "kernel.web.no-file", "Choose a file first.")
		}
		for {
			part, err := parts.NextPart()
			if err != nil {
				return fail.Named("file", "kernel.web.no-file", "Choose a file first.").Because(err)
			}
			if part.FormName() != "file" || part.FileName() == "" {
				continue
			}
			hash, size, err := s.Files.Put(r.Context(), part)
			if err != nil {
				return err
			}
			if err := r.Update(func(u *records.Tx) error { return files.Attach(u, d, id, part.FileName(), hash, size) }); err != nil {
				return err
			}
			r.Toast(w, "saved")
			return r.Redirect(w, d.Path(id))
		}
	}
}

// download sends an attachment; it is never shown inside a page of ours.
func (s *Site) download(d *records.Def) Handler {
	return func(w http.ResponseWriter, r *Request) error {
		id := r.PathValue("id")
		if _, err := d.Get(r.View, id); err != nil {
			return err
		}
		of, err := files.Of(r.View, d, id)
		if err != nil {
			return err
		}
		for _, f := range of {
			if f.ID != r.PathValue("file") {
				continue
			}
			body, err := s.Files.Open(f.Hash)
			if err != nil {
				return err
			}
			defer body.Close()
			h := w.Header()
			h.Set("Content-Type", "application/octet-stream")
			h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
			h.Set("Content-Disposition", "attachment; filename*=UTF-8''"+url.PathEscape(f.Name))
			http.ServeContent(w, r.Request, "", time.Time{}, body)
			return nil
		}
		return records.NotFound()
	}
}

func (r *Request) attachments(d *records.Def, rec records.Record, p *recordPage) error {
	of, err := files.Of(r.View, d, rec.ID())
	if err != nil {
		return err
	}
	for _, f := range of {
		p.Attachments = append(p.Attachments, attachmentView{Name: f.Name, Href: rec.Path() + "/files/" + f.ID, Size: r.Lang.Size(f.Size), When: r.Ago(f.At)})
	}
	p.MayAttach = p.MayEdit
	return nil
}
