package database

import "context"

// Statement is a kind of statement that took much of the server's time. Values
// are taken out of its text.
type Statement struct {
	Text     string   `json:"statement" doc:"with its values taken out"`
	Database string   `json:"database,omitempty"`
	User     string   `json:"user,omitempty"`
	Calls    *int64   `json:"calls,omitempty"`
	Total    *float64 `json:"total_ms,omitempty" doc:"time of all calls, milliseconds"`
	Mean     *float64 `json:"mean_ms,omitempty"`
	Max      *float64 `json:"max_ms,omitempty"`
	Rows     *int64   `json:"rows,omitempty" doc:"returned or changed by all calls"`
	Examined *int64   `json:"rows_examined,omitempty" doc:"rows, keys or pages read for it"`
	From     string   `json:"from" doc:"where the server keeps it: pg_stat_statements, performance_schema, slow_log, SLOWLOG …"`
}

// statements emits the slowest statements, the most time first.
func (r *run) statements(ctx context.Context) error {
	t, err := r.survey(ctx, "statements", r.options.Top)
	if err != nil || t == nil {
		return err
	}
	var problem error
	t.each(func(f fields) {
		if problem != nil {
			return
		}
		s := Statement{
			Text: bounded(Redact(r.target.Engine, f.text("statement")), 2000), Database: f.text("database"), User: f.text("user"), Calls: f.whole("calls"),
			Total: f.number("total_ms"), Mean: f.number("mean_ms"), Max: f.number("max_ms"), Rows: f.whole("rows"), Examined: f.whole("examined"), From: f.text("source"),
		}
		problem = r.say("statement", s)
	})
	return problem
}
