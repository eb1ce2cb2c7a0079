package attachments

import (
	"net/http"
	"net/url"
	"time"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/files"
	"steward/kernel/records"
	"steward/kernel/web"
)

// attach keeps a file that a form sends.
func attach(d *records.Def) web.Handler {
	return func(w http.ResponseWriter, r *web.Request) error {
		id := r.PathValue("id")
		if _, err := r.Editable(d, id); err != nil {
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
			hash, size, err := r.Site.Files.Put(r.Context(), part)
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
func download(d *records.Def) web.Handler {
	return func(w http.ResponseWriter, r *web.Request) error {
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
			body, err := r.Site.Files.Open(f.Hash)
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

type panelPage struct {
	Path      string
	Files     []fileView
	MayAttach bool
}

type fileView struct{ Name, Href, Size, When string }

var panelTemplate = web.MustPage[panelPage](embedded, "pages/panel.html")

// panel lists the files of a record of any type.
func panel(r *web.Request, rec records.Record) (*web.PanelView, error) {
	of, err := files.Of(r.View, rec.Def, rec.ID())
	if err != nil {
		return nil, err
	}
	p := panelPage{Path: rec.Path() + "/files"}
	for _, f := range of {
		p.Files = append(p.Files, fileView{f.Name, p.Path + "/" + f.ID, r.Lang.Size(f.Size), r.Ago(f.At)})
	}
	if p.MayAttach, err = rec.Def.May(r.View, access.Edit, rec.V); err != nil {
		return nil, err
	}
	p.MayAttach = p.MayAttach && !rec.Def.Unwritten()
	body, err := panelTemplate.Body(r, p)
	return &web.PanelView{ID: "files", Title: r.T("attachments.files", "Files"), Body: body}, err
}
