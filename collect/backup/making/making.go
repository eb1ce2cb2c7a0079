// Package making makes backups: it runs the database's own tool, takes down what
// the source held at that very moment, and publishes both as one artefact.
package making

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"filippo.io/age"

	"steward/collect/backup"
	"steward/collect/backup/archive"
	"steward/collect/backup/program"
	"steward/collect/backup/repository"
	"steward/collect/backup/snapshot"
)

// Options say what is backed up, where to, and how.
type Options struct {
	Target     backup.Target
	Repository *repository.Repository
	Name       string          // of the source in the repository; "" is the target's own
	Form       repository.Form // "" is the usual one of the kind of target
	To         []age.Recipient // encrypt to these; none leaves it in the clear
	Passphrase string          // file with restic's password, for the form restic
	NoPrints   bool            // count rows only, where reading them twice costs too much
	Marker     bool            // write a heartbeat into the source first
	Progress   func(string)    // may be nil
}

func (o Options) progress(format string, args ...any) {
	if o.Progress != nil {
		o.Progress(fmt.Sprintf(format, args...))
	}
}

func (o Options) snapshot() snapshot.Options {
	return snapshot.Options{Prints: !o.NoPrints, Progress: func(done, total int, now string) {
		if now != "" {
			o.progress("fingerprint %d of %d: %s", done+1, total, now)
		}
	}}
}

// formsOf are the forms a kind of target can be kept in, the usual one first.
var formsOf = map[backup.Kind][]repository.Form{
	backup.PostgreSQL: {repository.Custom, repository.Plain, repository.Base},
	backup.MariaDB:    {repository.SQL},
	backup.SQLite:     {repository.Whole},
	backup.Folder:     {repository.Tar, repository.Restic},
}

// form returns the form that is asked for, or the usual one.
func (o Options) form() (repository.Form, error) {
	forms := formsOf[o.Target.Kind]
	if o.Form == repository.Unknown {
		return forms[0], nil
	}
	for _, f := range forms {
		if f == o.Form {
			return f, nil
		}
	}
	return "", backup.NewWrong("--form", "%q does not fit a %s; right is one of %v", o.Form, o.Target.Kind, forms)
}

// work is one backup being made.
type work struct {
	Options
	form     repository.Form
	draft    *repository.Draft
	manifest *repository.Manifest
}

// Make makes one backup. When it fails or is interrupted nothing of it stays.
func Make(ctx context.Context, o Options) (repository.Artefact, error) {
	form, err := o.form()
	if err != nil {
		return repository.Artefact{}, err
	}
	if form == repository.Restic && o.Passphrase == "" {
		return repository.Artefact{}, backup.NewWrong("--passphrase-file", "is missing: restic always encrypts, and needs a password")
	}
	if form == repository.Restic && len(o.To) > 0 {
		return repository.Artefact{}, backup.NewWrong("--encrypt-to", "does not go with restic, which encrypts with a password; give --passphrase-file")
	}
	if err := o.apart(); err != nil {
		return repository.Artefact{}, err
	}
	name := o.Target.Name()
	if o.Name != "" {
		name = backup.Slug(o.Name)
	}
	if name == repository.ResticFolder {
		return repository.Artefact{}, backup.NewWrong("--name", "%q is the folder of restic's own repository", name)
	}
	if o.Marker {
		m, err := Mark(ctx, o.Target)
		if err != nil {
			return repository.Artefact{}, fmt.Errorf("write the marker: %w", err)
		}
		o.progress("marker %s written", m.ID)
	}
	started := time.Now().UTC()
	draft, err := o.Repository.Begin(name, started)
	if err != nil {
		return repository.Artefact{}, fmt.Errorf("begin in the repository: %w", err)
	}
	defer draft.Discard()
	w := &work{o, form, draft, &repository.Manifest{Kind: o.Target.Kind, Address: o.Target.Shown, Form: form, Started: started}}
	if len(o.To) > 0 {
		w.manifest.Encrypted = "age"
	}
	switch form {
	case repository.Custom, repository.Plain:
		err = w.postgresDump(ctx)
	case repository.Base:
		err = w.postgresBase(ctx)
	case repository.SQL:
		err = w.mariadbDump(ctx)
	case repository.Whole:
		err = w.sqlite(ctx)
	case repository.Tar:
		err = w.folder(ctx)
	case repository.Restic:
		err = w.restic(ctx)
	}
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return repository.Artefact{}, err
	}
	w.manifest.Ended = time.Now().UTC()
	return w.draft.Publish(w.manifest)
}

// apart refuses a repository inside of what is backed up: it would hold itself.
func (o Options) apart() error {
	if o.Target.Kind != backup.Folder {
		return nil
	}
	source, err1 := filepath.EvalSymlinks(o.Target.Path)
	repo, err2 := filepath.EvalSymlinks(o.Repository.Dir)
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	if rel, err := filepath.Rel(source, repo); err == nil && filepath.IsLocal(rel) {
		return backup.NewWrong("--repository", "%s lies in the folder that is backed up; name one outside of it", o.Repository.Dir)
	}
	return nil
}

// file writes one file of the artefact from what fill writes.
func (w *work) file(role, name string, pack bool, fill func(*archive.Writer) error) error {
	seal := archive.Seal{Pack: pack, To: w.To}
	name = seal.Name(name)
	f, err := seal.Create(filepath.Join(w.draft.Dir, name))
	if err != nil {
		return err
	}
	defer f.Abandon()
	if err := fill(f); err != nil {
		return err
	}
	stored, err := f.Close()
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	w.manifest.Files = append(w.manifest.Files, repository.File{Name: name, Role: role, Size: stored.Size, Plain: stored.Plain, SHA256: stored.SHA256})
	return nil
}

// keep seals a file that a tool wrote into the draft, and removes the tool's.
func (w *work) keep(ctx context.Context, role, path, name string, pack bool) error {
	in, err := os.Open(path)
	if err != nil {
		return err
	}
	defer in.Close()
	err = w.file(role, name, pack, func(out *archive.Writer) error { return copyAll(ctx, out, in) })
	return errors.Join(err, in.Close(), os.Remove(path))
}

// both runs the dump and the fingerprint side by side; when one fails the other is
// stopped, and the first error counts.
func both(ctx context.Context, dump, print func(context.Context) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	printed := make(chan error, 1)
	go func() {
		err := print(ctx)
		if err != nil {
			cancel(fmt.Errorf("fingerprint: %w", err))
		}
		printed <- err
	}()
	err := dump(ctx)
	if err != nil {
		cancel(err)
	}
	if perr := <-printed; err == nil && perr == nil {
		return nil
	}
	return context.Cause(ctx)
}

// logged passes a tool's own words on as progress.
func (w *work) logged(tool string) func(string) {
	return func(line string) { w.progress("%s: %s", tool, w.Target.Hide(line)) }
}

// hide takes the password out of a tool's error.
func (w *work) hide(err error) error {
	var failed *program.Failed
	if errors.As(err, &failed) {
		failed.Said = w.Target.Hide(failed.Said)
	}
	return err
}
