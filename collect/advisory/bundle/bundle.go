package bundle

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"time"

	"github.com/klauspost/compress/zstd"

	"steward/collect/advisory/feed"
	"steward/collect/advisory/index"
)

// Names of the first members of a bundle, in this order: a reader that only
// matches stops after the index.
const (
	manifestName = "manifest.note"
	indexName    = "index.bin"
)

// Options say how a bundle is made.
type Options struct {
	Key   string    // secret key of note's form; empty: the bundle is not signed
	NoRaw bool      // leave out the feeds' own files
	Now   time.Time // when it is made
}

// Make reads the sources and writes a bundle of them to the file out, which
// appears only when it is whole.
func Make(ctx context.Context, s *Sources, out string, o Options) (Manifest, error) {
	b, feeds, err := s.Build(ctx)
	if err != nil {
		return Manifest{}, err
	}
	data, err := b.Bytes()
	if err != nil {
		return Manifest{}, err
	}
	m := Manifest{Version: manifestVersion, Made: o.Now.UTC().Truncate(time.Second), Index: member(indexName, data)}
	m.Index.Version = index.Version
	for _, f := range feeds {
		m.Feeds = append(m.Feeds, *f)
	}
	var files []rawFile
	if !o.NoRaw {
		if files, err = s.rawFiles(); err != nil {
			return Manifest{}, err
		}
		for _, f := range files {
			m.Members = append(m.Members, f.Member)
		}
	}
	text, err := m.encode()
	if err != nil {
		return Manifest{}, err
	}
	if o.Key != "" {
		if text, err = sign(text, o.Key); err != nil {
			return Manifest{}, err
		}
	}
	f, err := os.CreateTemp(filepath.Dir(out), ".bundle-*")
	if err != nil {
		return Manifest{}, err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	if err := write(ctx, f, text, data, files, m.Made); err != nil {
		return Manifest{}, err
	}
	if err := errors.Join(f.Chmod(0o644), f.Sync(), f.Close()); err != nil {
		return Manifest{}, err
	}
	return m, os.Rename(f.Name(), out)
}

func member(name string, data []byte) Member {
	sum := sha256.Sum256(data)
	return Member{Name: name, Bytes: int64(len(data)), SHA256: hex.EncodeToString(sum[:])}
}

// rawFile is a feed's own file and where it is now.
type rawFile struct {
	Member
	from string
}

func (s *Sources) rawFiles() ([]rawFile, error) {
	var all []rawFile
	for i, one := range s.all() {
		info, err := os.Stat(one.path)
		if err != nil {
			return nil, err
		}
		dir := fmt.Sprintf("feeds/%d-%s", i+1, one.kind)
		names := []string{""}
		if info.IsDir() {
			if names, err = filesOf(one.path); err != nil {
				return nil, err
			}
		}
		for _, name := range names {
			from := filepath.Join(one.path, name)
			sum, _, err := digest(from)
			if err != nil {
				return nil, err
			}
			info, err := os.Stat(from)
			if err != nil {
				return nil, err
			}
			if name == "" {
				name = filepath.Base(one.path)
			}
			all = append(all, rawFile{Member{Name: path.Join(dir, filepath.ToSlash(name)), Bytes: info.Size(), SHA256: sum}, from})
		}
	}
	return all, nil
}

func write(ctx context.Context, w io.Writer, manifest, data []byte, files []rawFile, at time.Time) error {
	z, err := zstd.NewWriter(w, zstd.WithEncoderLevel(zstd.SpeedDefault), zstd.WithEncoderConcurrency(2))
	if err != nil {
		return err
	}
	t := tar.NewWriter(z)
	put := func(name string, size int64, r io.Reader) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := t.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: size, ModTime: at, Format: tar.FormatPAX}); err != nil {
			return err
		}
		_, err := io.Copy(t, r)
		return err
	}
	if err := put(manifestName, int64(len(manifest)), bytes.NewReader(manifest)); err != nil {
		return err
	}
	if err := put(indexName, int64(len(data)), bytes.NewReader(data)); err != nil {
		return err
	}
	for _, f := range files {
		in, err := os.Open(f.from)
		if err != nil {
			return err
		}
		err = put(f.Name, f.Bytes, in)
		in.Close()
		if err != nil {
			return fmt.Errorf("%s: %w", f.from, err)
		}
	}
	return errors.Join(t.Close(), z.Close())
}

// Bundle is an opened bundle.
type Bundle struct {
	Manifest Manifest
	Signer   string // who signed it; "" if it is not signed
	Trusted  bool   // the signature was held against a key
	Index    *index.Index
}

// Limits of what is read.
const (
	maxManifest = 256 << 20 // a manifest names every file of the feeds
	maxIndex    = 4 << 30
)

// Open reads the manifest and, unless only the manifest is wanted, the index of
// a bundle. Key is the public key the bundle must be signed by; empty: any, or
// none.
func Open(file, key string, withIndex bool) (*Bundle, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := Read(f, key, withIndex)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return b, nil
}

// Read is Open from a stream.
func Read(r io.Reader, key string, withIndex bool) (*Bundle, error) {
	z, err := zstd.NewReader(r, zstd.WithDecoderMaxMemory(256<<20), zstd.WithDecoderConcurrency(2))
	if err != nil {
		return nil, err
	}
	defer z.Close()
	t := tar.NewReader(z)
	signed, err := next(t, manifestName, maxManifest)
	if err != nil {
		return nil, fmt.Errorf("is no bundle of advisories: %w", err)
	}
	text, signer, err := verify(signed, key)
	if err != nil {
		return nil, err
	}
	b := &Bundle{Signer: signer, Trusted: key != ""}
	if b.Manifest, err = decode(text); err != nil {
		return nil, err
	}
	if !withIndex {
		return b, nil
	}
	if b.Manifest.Index.Version != index.Version {
		return nil, fmt.Errorf("its index is of version %d and this program reads %d; make the bundle anew", b.Manifest.Index.Version, index.Version)
	}
	data, err := next(t, indexName, maxIndex)
	if err != nil {
		return nil, err
	}
	if got := member(indexName, data); got.SHA256 != b.Manifest.Index.SHA256 {
		return nil, errors.New("its index is not the one of the manifest: the file is damaged or was changed")
	}
	if b.Index, err = index.Open(data); err != nil {
		return nil, err
	}
	return b, nil
}

// next reads the next member, which must have the name.
func next(t *tar.Reader, name string, limit int64) ([]byte, error) {
	h, err := t.Next()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if h.Name != name || h.Typeflag != tar.TypeReg {
		return nil, fmt.Errorf("%.60q stands where %s belongs", h.Name, name)
	}
	if h.Size > limit {
		return nil, fmt.Errorf("%s %w: %d bytes", name, feed.ErrTooLarge, h.Size)
	}
	// The size is believed only as far as bytes come.
	var out bytes.Buffer
	out.Grow(int(min(h.Size, 256<<20)) + bytes.MinRead)
	if _, err := out.ReadFrom(t); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return out.Bytes(), nil
}
