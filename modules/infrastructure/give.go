package infrastructure

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"steward/collect/agentproto"
	"steward/kernel/access"
	"steward/kernel/records"
)

// giveTimeout is how long one download may take.
const giveTimeout = 10 * time.Minute

// give hands out the agent's program of a platform. It holds nothing that is
// secret and the command that fetches it knows its SHA-256, so it is given to
// whoever asks while machines may enrol, and to enrolled agents at any time; the
// token itself is never sent over a connection that nobody has checked.
func (d *door) give(w http.ResponseWriter, r *http.Request) error {
	platform := strings.Replace(r.PathValue("platform"), "-", "/", 1)
	if !slices.Contains(platforms, platform) {
		return refused{http.StatusNotFound, "", "there is no agent for such a platform; there are linux-amd64, windows-amd64 and others"}
	}
	if err := d.mayTake(r); err != nil {
		return err
	}
	leave, err := d.given.enter(r.Context())
	if err != nil {
		return err
	}
	defer leave()
	program, wrong := d.programs.find(platform)
	if program == nil {
		if wrong != nil {
			d.log.Warn("an agent's program cannot be given out", "platform", platform, "error", wrong)
		}
		return refused{http.StatusNotFound, "", "this server has no agent for " + platform + "; the page 'Add a host' says what to do"}
	}
	f, now, err := d.programs.open(program.path)
	if err != nil {
		return err
	}
	defer f.Close()
	if now.Size != program.Size || !now.made.Equal(program.made) {
		return refused{http.StatusServiceUnavailable, "", "the program is being replaced; ask again"}
	}
	http.NewResponseController(w).SetWriteDeadline(time.Now().Add(giveTimeout)) // not every writer can
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", fileOf(platform)))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-cache")
	h.Set("ETag", `"`+program.Sum+`"`)
	h.Set(agentproto.HeaderVersion, program.Version)
	http.ServeContent(w, r, "", time.Time{}, f)
	return nil
}

// mayTake says whether programs are given to who asks: while a token is in
// force, used up or not, so that the same command can be given again; or signed.
func (d *door) mayTake(r *http.Request) error {
	id := r.Header.Get(agentproto.HeaderAgent)
	return d.db.View(r.Context(), access.System(), func(v *records.View) error {
		if id != "" && len(id) <= maxHeader && line(id, maxHeader) == id {
			agent, err := agentByID(v, id)
			if err != nil {
				return err
			}
			if agent != nil && agent.RevokedAt.IsZero() && agentproto.Verify(r.Header, agent.Key, http.MethodGet, r.URL.Path, nil, d.db.Now()) == nil {
				return nil
			}
		}
		var n int64
		if _, err := v.Row("SELECT COUNT(*) FROM infrastructure_enrolment WHERE expires_at > $1", []any{v.Now.UnixMicro()}, &n); err != nil {
			return err
		}
		if n == 0 {
			return refused{http.StatusForbidden, agentproto.CodeToken, "no machine may enrol now: make a token on the page 'Add a host'"}
		}
		return nil
	})
}
