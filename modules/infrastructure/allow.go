package infrastructure

import (
	"net/http"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/records"
	"steward/kernel/web"
)

// allowPanel offers to say of a program, where it stands, whether it may be on the
// organisation's machines.
func allowPanel(r *web.Request, rec records.Record) (*web.PanelView, error) {
	s := rec.V.(*Software)
	may, err := Catalogue.Def().May(r.View, access.Edit, rec.V)
	if err != nil || !may || rec.Meta().ArchivedAt.Set {
		return nil, err
	}
	v, to := &web.PanelView{}, Catalogue.Path(s.ID)
	if s.Status != Allowed {
		v.Actions = append(v.Actions, web.Action{Text: r.T("infrastructure.program.allow", "Allow"), Icon: "check", Href: to + "/allow", Post: true})
	}
	if s.Status != Blocked {
		v.Actions = append(v.Actions, web.Action{Text: r.T("infrastructure.program.block", "Block"), Icon: "ban", Href: to + "/block", Post: true})
	}
	return v, nil
}

// standing says what may be of one program: on every host that has it, now and later.
func standing(status Status) web.Handler {
	return func(w http.ResponseWriter, r *web.Request) error {
		id := records.ID[Software](r.PathValue("id"))
		err := r.Update(func(u *records.Tx) error {
			return Catalogue.Update(u, id, func(p *Software) error {
				if p.ArchivedAt.Set {
					return fail.New(fail.Conflict, "infrastructure.program.archived", "This program is archived; bring it back first.")
				}
				p.Status = status
				return nil
			})
		})
		if err != nil {
			return err
		}
		r.Toast(w, "saved")
		return r.Redirect(w, Catalogue.Path(id))
	}
}
