package settings

import (
	"net/http"
	"net/url"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/jobs"
	"steward/kernel/records"
	"steward/kernel/web"
	"steward/lib/words"
)

// jobStates are the states of background work, those that want somebody first.
var jobStates = []struct {
	state jobs.State
	title words.Word
	pill  string
}{
	{jobs.Failed, words.T("settings.jobs.failed", "Failed"), "bad"},
	{jobs.Running, words.T("settings.jobs.running", "Running"), "ok"},
	{jobs.Waiting, words.T("settings.jobs.waiting", "Waiting"), "mute"},
	{jobs.Cancelled, words.T("settings.jobs.cancelled", "Cancelled"), "warn"},
	{jobs.Done, words.T("settings.jobs.done", "Done"), "ok"},
}

type jobsPage struct {
	Tabs    []actView
	Rows    []jobRow
	State   string
	MayEdit bool
}

type jobRow struct {
	ID, Kind, Error, Progress, Moment, Exact string
	Attempt                                  int64
	State, StateText                         string
	MayRetry, MayCancel                      bool
}

var jobsTemplate = web.MustPage[jobsPage](files, "pages/jobs.html")

// jobsSize is how many jobs of a state are shown, the newest.
const jobsSize = 100

// showJobs lists background work by state; what failed can be tried again.
func showJobs(w http.ResponseWriter, r *web.Request) error {
	p := jobsPage{State: r.FormValue("state"), MayEdit: r.May(access.Admin, access.Settings)}
	if p.State == "" {
		p.State = string(jobs.Failed)
	}
	for _, s := range jobStates {
		on := string(s.state) == p.State
		p.Tabs = append(p.Tabs, actView{string(s.state), r.Tell(s.title.With()), "/settings/jobs?state=" + string(s.state), on})
		if !on {
			continue
		}
		found, err := jobs.List(r.View, s.state, jobsSize)
		if err != nil {
			return err
		}
		for _, j := range found {
			row := jobRow{ID: j.ID, Kind: j.Kind, Error: j.Error, Progress: j.Progress, Attempt: int64(j.Attempt), State: s.pill, StateText: r.Tell(s.title.With()),
				MayRetry: p.MayEdit && (j.State == jobs.Failed || j.State == jobs.Cancelled), MayCancel: p.MayEdit && !j.Cancel && (j.State == jobs.Waiting || j.State == jobs.Running)}
			at := j.MadeAt
			switch {
			case !j.Ended.IsZero():
				at = j.Ended
			case !j.Started.IsZero():
				at = j.Started
			}
			row.Moment, row.Exact = r.Ago(records.MomentOf(at)), r.Moment(records.MomentOf(at))
			if j.Total > 0 {
				row.Progress = r.T("settings.jobs.of", "{done} of {total}", "done", j.Done, "total", j.Total)
			}
			p.Rows = append(p.Rows, row)
		}
	}
	return jobsTemplate.Show(w, r, web.Shell{Title: r.T("nav.background-work", "Background work")}, p)
}

// changeJob tries a job again, or stops it.
func changeJob(w http.ResponseWriter, r *web.Request) error {
	if err := mayAdmin(r); err != nil {
		return err
	}
	err := r.Update(func(u *records.Tx) error {
		id := r.PostFormValue("id")
		switch r.PostFormValue("do") {
		case "retry":
			return jobs.Retry(u, id)
		case "cancel":
			return jobs.Cancel(u, id)
		}
		return fail.New(fail.Invalid, "settings.no-action", "There is no such action.")
	})
	if err != nil {
		return err
	}
	r.Toast(w, "saved")
	return r.Redirect(w, "/settings/jobs?state="+url.QueryEscape(r.PostFormValue("state")))
}
