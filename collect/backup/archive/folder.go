package archive

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"time"
)

// Entry is one file, folder or link as it was packed, unpacked or walked.
type Entry struct {
	Path   string // with /, relative to the folder
	Mode   fs.FileMode
	Size   int64
	Time   time.Time
	Link   string // where a symbolic link points
	SHA256 [32]byte
}

// Pack writes the folder as a tar stream (POSIX 2001) and tells each entry.
// What cannot be read, what changed while it was read, and what is neither file,
// folder nor link is told to skipped; the rest goes on.
func Pack(ctx context.Context, w io.Writer, folder string, each func(Entry) error, skipped func(path, why string)) error {
	t := tar.NewWriter(w)
	err := walk(ctx, folder, skipped, func(name string, e Entry, info fs.FileInfo) error {
		h, err := tar.FileInfoHeader(info, e.Link)
		if err != nil {
			skipped(e.Path, "it is neither file, folder nor link")
			return nil
		}
		h.Name, h.Format = e.Path, tar.FormatPAX
		if info.IsDir() {
			h.Name += "/"
		}
		if !info.Mode().IsRegular() {
			if err := t.WriteHeader(h); err != nil {
				return err
			}
			return each(e)
		}
		f, err := os.Open(name)
		if err != nil {
			skipped(e.Path, err.Error())
			return nil
		}
		defer f.Close()
		if err := t.WriteHeader(h); err != nil {
			return err
		}
		sum := sha256.New()
		n, err := io.Copy(io.MultiWriter(t, sum), io.LimitReader(contextReader{ctx, f}, h.Size))
		if err != nil {
			return fmt.Errorf("%s: %w", e.Path, err)
		}
		if n < h.Size { // it became shorter: the stream must still hold what was announced
			if _, err := io.CopyN(io.MultiWriter(t, sum), zeros{}, h.Size-n); err != nil {
				return err
			}
		}
		after, err := os.Lstat(name)
		if err != nil || after.Size() != h.Size || !after.ModTime().Equal(info.ModTime()) {
			skipped(e.Path, "it changed while it was read; it is kept as far as it was seen")
		}
		e.SHA256 = [32]byte(sum.Sum(nil))
		return each(e)
	})
	return errors.Join(err, t.Close())
}

// Walk tells each entry of a folder with its hash, in the order Pack has.
func Walk(ctx context.Context, folder string, each func(Entry) error, skipped func(path, why string)) error {
	return walk(ctx, folder, skipped, func(name string, e Entry, info fs.FileInfo) error {
		if info.Mode().IsRegular() {
			f, err := os.Open(name)
			if err != nil {
				skipped(e.Path, err.Error())
				return nil
			}
			defer f.Close()
			sum := sha256.New()
			if e.Size, err = io.Copy(sum, contextReader{ctx, f}); err != nil {
				return fmt.Errorf("%s: %w", e.Path, err)
			}
			e.SHA256 = [32]byte(sum.Sum(nil))
		}
		return each(e)
	})
}

func walk(ctx context.Context, folder string, skipped func(path, why string), visit func(name string, e Entry, info fs.FileInfo) error) error {
	return filepath.WalkDir(folder, func(name string, d fs.DirEntry, err error) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		relative, rerr := filepath.Rel(folder, name)
		if rerr != nil {
			return rerr
		}
		relative = filepath.ToSlash(relative)
		if err != nil {
			if relative == "." {
				return err
			}
			skipped(relative, err.Error())
			return nil
		}
		if relative == "." {
			return nil
		}
		info, err := d.Info()
		if err != nil {
			skipped(relative, err.Error())
			return nil
		}
		e := Entry{Path: relative, Mode: info.Mode(), Time: info.ModTime()}
		switch {
		case info.Mode().IsRegular():
			e.Size = info.Size()
		case info.IsDir():
		case info.Mode()&fs.ModeSymlink != 0:
			if e.Link, err = os.Readlink(name); err != nil {
				skipped(relative, err.Error())
				return nil
			}
		default:
			skipped(relative, "it is neither file, folder nor link")
			return nil
		}
		return visit(name, e, info)
	})
}

// Unpack writes a tar stream into folder. Names that lead out of it are refused,
// links are made and never followed, and no more than most bytes are written.
// Owners are not restored.
func Unpack(ctx context.Context, r io.Reader, folder string, most int64) error {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return err
	}
	defer root.Close()
	type stamp struct {
		name string
		mode fs.FileMode
		time time.Time
	}
	var folders []stamp
	t := tar.NewReader(r)
	left := most
	for {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		h, err := t.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return fmt.Errorf("the archive is broken: %w", err)
		}
		name := path.Clean(h.Name)
		if name == "." {
			continue
		}
		if !filepath.IsLocal(filepath.FromSlash(name)) {
			return fmt.Errorf("the archive names %q, which lies outside of it", h.Name)
		}
		name = filepath.FromSlash(name)
		if parent := filepath.Dir(name); parent != "." {
			if err := root.MkdirAll(parent, 0o700); err != nil {
				return err
			}
		}
		switch h.Typeflag {
		case tar.TypeDir:
			if err := root.MkdirAll(name, 0o700); err != nil {
				return err
			}
			folders = append(folders, stamp{name, h.FileInfo().Mode().Perm(), h.ModTime})
		case tar.TypeSymlink:
			if err := root.Symlink(h.Linkname, name); err != nil {
				return err
			}
		case tar.TypeReg:
			if left -= h.Size; left < 0 {
				return fmt.Errorf("the archive holds more than the %d bytes there is room for", most)
			}
			if err := unpackFile(ctx, root, t, name, h); err != nil {
				return err
			}
		}
	}
	// Folders last and deepest first: a folder that may not be written to could
	// not be filled.
	for i := len(folders) - 1; i >= 0; i-- {
		f := folders[i]
		if err := errors.Join(root.Chmod(f.name, f.mode|0o700), root.Chtimes(f.name, f.time, f.time)); err != nil {
			return err
		}
	}
	return nil
}

func unpackFile(ctx context.Context, root *os.Root, t *tar.Reader, name string, h *tar.Header) error {
	f, err := root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, contextReader{ctx, t})
	if err = errors.Join(err, f.Chmod(h.FileInfo().Mode().Perm()), f.Close()); err != nil {
		return fmt.Errorf("%s: %w", h.Name, err)
	}
	return root.Chtimes(name, h.ModTime, h.ModTime)
}

// contextReader stops a long copy when the context ends.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// List reads a tar stream to its end and returns how many entries it holds.
func List(ctx context.Context, r io.Reader) (int, error) {
	t := tar.NewReader(contextReader{ctx, r})
	for n := 0; ; n++ {
		if _, err := t.Next(); err == io.EOF {
			return n, nil
		} else if err != nil {
			return n, fmt.Errorf("after %d entries: %w", n, err)
		}
		if _, err := io.Copy(io.Discard, t); err != nil {
			return n, fmt.Errorf("after %d entries: %w", n, err)
		}
	}
}

// Hash is the SHA-256 of a file.
func Hash(ctx context.Context, path string) ([32]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return [32]byte{}, err
	}
	defer f.Close()
	sum := sha256.New()
	_, err = io.Copy(sum, contextReader{ctx, f})
	return [32]byte(sum.Sum(nil)), err
}
