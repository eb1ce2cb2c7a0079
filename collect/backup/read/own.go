package read

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"time"

	"steward/collect/backup"
	"steward/collect/backup/program"
	"steward/collect/backup/repository"
)

// Own reads the repository of backups that Steward made.
func Own(repo *repository.Repository) (*Result, error) {
	list, err := repo.List()
	if err != nil {
		return nil, err
	}
	r := &Result{Tool: "steward"}
	for _, a := range list {
		c := Copy{ID: filepath.Base(a.Dir), Source: a.Source(), Start: a.At(), End: a.At(), Size: -1, Stored: -1, Good: a.Broken == "", Wrong: a.Broken}
		if m := a.Manifest; m != nil {
			c.Source += " " + string(m.Form)
			c.Kind, c.Start, c.End, c.Size, c.Stored = string(m.Form), m.Started, m.Ended, m.Plain, m.Size
			if m.Snapshot != nil {
				c.Size = m.Snapshot.Bytes
			}
		}
		r.Copies = append(r.Copies, c)
	}
	return r, nil
}

// Repository asks restic or borg about a repository in a folder. It takes no
// lock and writes nothing to it.
func Repository(ctx context.Context, tool, dir, passwordFile string) (*Result, error) {
	if passwordFile != "" {
		absolute, err := filepath.Abs(passwordFile)
		if err != nil {
			return nil, err
		}
		passwordFile = absolute
	}
	switch tool {
	case "restic":
		return resticRepository(ctx, dir, passwordFile)
	case "borg":
		return borgRepository(ctx, dir, passwordFile)
	}
	return nil, backup.NewWrong("read", "reads no folder of %s; give the file it printed", tool)
}

func resticRepository(ctx context.Context, dir, passwordFile string) (*Result, error) {
	if passwordFile == "" {
		return nil, backup.NewWrong("--passphrase-file", "is missing: restic needs its password")
	}
	p, err := program.Find(ctx, "restic", "restic")
	if err != nil {
		return nil, err
	}
	ask := func(args ...string) (string, error) {
		out := &bounded{}
		_, err := program.Run(ctx, program.Call{Program: p, Out: out, Env: []string{"RESTIC_REPOSITORY=" + dir, "RESTIC_PASSWORD_FILE=" + passwordFile}, Args: append([]string{"--no-cache", "--no-lock", "--json"}, args...)})
		return out.String(), err
	}
	text, err := ask("snapshots")
	if err != nil {
		return nil, err
	}
	r, err := Restic([]byte(text))
	if err != nil {
		return nil, err
	}
	r.Gaps = r.Gaps[len(r.Gaps)-1:] // sizes are asked for now
	for i := range r.Copies {
		if r.Copies[i].Size >= 0 {
			continue
		}
		text, err := ask("stats", "--mode", "restore-size", r.Copies[i].ID)
		if err != nil {
			return nil, err
		}
		var size struct {
			Total *int64 `json:"total_size"`
		}
		if err := json.Unmarshal([]byte(text), &size); err != nil {
			return nil, backup.NewWrong("restic", "did not print the JSON of 'restic stats --json': %v", err)
		}
		r.Copies[i].Size = told(size.Total)
	}
	return r, nil
}

func borgRepository(ctx context.Context, dir, passwordFile string) (*Result, error) {
	p, err := program.Find(ctx, "borg", "borgbackup")
	if err != nil {
		return nil, err
	}
	home, done, err := program.Temporary("steward-borg-")
	if err != nil {
		return nil, err
	}
	defer done()
	env := []string{"BORG_BASE_DIR=" + home, "BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK=yes", "BORG_RELOCATED_REPO_ACCESS_IS_OK=yes", "BORG_DISPLAY_PASSPHRASE=no", "BORG_PASSPHRASE="}
	if passwordFile != "" {
		env = append(env[:len(env)-1], "BORG_PASSCOMMAND=cat '"+strings.ReplaceAll(passwordFile, "'", `'\''`)+"'")
	}
	out := &bounded{}
	// borg writes moments in its own zone, which Run sets to UTC.
	if _, err := program.Run(ctx, program.Call{Program: p, Out: out, Env: env, Args: []string{"--bypass-lock", "info", "--json", "--glob-archives", "*", dir}, OK: []int{1}}); err != nil {
		return nil, err
	}
	return Borg([]byte(out.String()), time.UTC)
}

// bounded keeps what is written to it, up to a limit.
type bounded struct{ strings.Builder }

func (b *bounded) Write(p []byte) (int, error) {
	if b.Len()+len(p) > maxOutput {
		return 0, errors.New("the output is larger than is read")
	}
	return b.Builder.Write(p)
}

var _ io.Writer = (*bounded)(nil)
