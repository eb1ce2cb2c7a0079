package making

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"

	"steward/collect/backup"
	"steward/collect/backup/archive"
	"steward/collect/backup/program"
	"steward/collect/backup/repository"
	"steward/collect/backup/snapshot"
)

// folder packs a folder as tar; tar, zstd and age read what it writes.
func (w *work) folder(ctx context.Context) error {
	w.manifest.Tool = program.Program{Name: "steward", Version: ownVersion()}
	tree := snapshot.NewTree(w.Target.Path)
	err := w.file("data", "data.tar", true, func(out *archive.Writer) error {
		return archive.Pack(ctx, out, w.Target.Path, func(e archive.Entry) error {
			w.progress("%s", e.Path)
			return tree.Add(e)
		}, tree.Skip)
	})
	if err != nil {
		return err
	}
	w.manifest.Snapshot = tree.Snapshot()
	w.manifest.Gaps = w.manifest.Snapshot.Gaps
	return nil
}

func ownVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "development"
}

// restic keeps a folder in a restic repository inside ours, which shares what
// backups have in common.
func (w *work) restic(ctx context.Context) error {
	tool, err := program.Find(ctx, "restic", "restic")
	if err != nil {
		return err
	}
	w.manifest.Tool, w.manifest.Encrypted = tool, "restic"
	r := Restic{Program: tool, Repository: filepath.Join(w.Repository.Dir, repository.ResticFolder), PasswordFile: w.Passphrase}
	if _, err := os.Stat(filepath.Join(r.Repository, "config")); errors.Is(err, os.ErrNotExist) {
		w.progress("restic init")
		if _, err := r.Run(ctx, nil, nil, "init"); err != nil {
			return err
		}
	}
	s, err := snapshot.Folder(ctx, w.Target.Path)
	if err != nil {
		return err
	}
	s.How = "each file's content just before restic read it"
	// Paths relative to the folder: a restore must not depend on where it lay.
	var out bytes.Buffer
	_, err = r.RunIn(ctx, w.Target.Path, &out, w.logged("restic"), "backup", "--json", "--ignore-inode", "--tag", "steward,"+w.draft.Source, ".")
	if err != nil {
		return err
	}
	summary, err := resticSummary(out.Bytes())
	if err != nil {
		return err
	}
	w.manifest.ResticID, w.manifest.Snapshot = summary.Snapshot, s
	w.manifest.Gaps = s.Gaps
	note, err := json.Marshal(summary)
	if err != nil {
		return err
	}
	// The summary is the artefact's file: its own bytes lie in restic's repository.
	return w.file("data", "restic.json", false, func(out *archive.Writer) error {
		_, err := out.Write(note)
		return err
	})
}

type resticMessage struct {
	Type     string `json:"message_type"`
	Snapshot string `json:"snapshot_id"`
	Added    int64  `json:"data_added"`
	Bytes    int64  `json:"total_bytes_processed"`
	Files    int64  `json:"total_files_processed"`
	FilesNew int64  `json:"files_new"`
}

func resticSummary(out []byte) (resticMessage, error) {
	for line := range bytes.Lines(out) {
		var m resticMessage
		if json.Unmarshal(line, &m) == nil && m.Type == "summary" && m.Snapshot != "" {
			return m, nil
		}
	}
	return resticMessage{}, errors.New("restic ended without telling which snapshot it made")
}

// Restic is a restic repository.
type Restic struct {
	Program      program.Program
	Repository   string
	PasswordFile string
}

// Run runs restic on the repository.
func (r Restic) Run(ctx context.Context, out io.Writer, lines func(string), args ...string) (program.Result, error) {
	return r.RunIn(ctx, "", out, lines, args...)
}

// RunIn runs restic in a folder. The password goes by its file.
func (r Restic) RunIn(ctx context.Context, dir string, out io.Writer, lines func(string), args ...string) (program.Result, error) {
	password, err := filepath.Abs(r.PasswordFile)
	if err != nil {
		return program.Result{}, err
	}
	if _, err := os.Stat(password); err != nil {
		return program.Result{}, backup.NewWrong("--passphrase-file", "%v", err)
	}
	call := program.Call{Program: r.Program, Dir: dir, Lines: lines, Args: append([]string{"--no-cache", "--quiet"}, args...), Env: []string{"RESTIC_REPOSITORY=" + r.Repository, "RESTIC_PASSWORD_FILE=" + password}}
	if out != nil {
		call.Out = out
	}
	return program.Run(ctx, call)
}

// Forget takes a snapshot out of the repository, and what only it held.
func (r Restic) Forget(ctx context.Context, snapshot string) error {
	if _, err := r.Run(ctx, nil, nil, "forget", "--prune", snapshot); err != nil {
		return fmt.Errorf("forget %s: %w", snapshot, err)
	}
	return nil
}

// copyAll copies until the end, or until ctx ends.
func copyAll(ctx context.Context, to io.Writer, from io.Reader) error {
	buffer := make([]byte, 1<<20)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := from.Read(buffer)
		if n > 0 {
			if _, err := to.Write(buffer[:n]); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
