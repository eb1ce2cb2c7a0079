// Package web holds what browsers load beside the pages: style, script, icons
// and fonts, bundled into dist by tools/cmd/bundle and embedded here.
//
// Every file is served under a name that carries the hash of its content, so a
// browser keeps it for ever and a new version has a new address. Pages name
// files through Asset and icons through Icon, never by hand.
package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"path"
	"sort"
	"strings"
	"sync"
)

// Prefix is the path under which Static answers.
const Prefix = "/s/"

//go:embed dist
var dist embed.FS

// file is one file of dist, ready to be sent.
type file struct {
	url, kind string
	body      []byte
	zip       func() []byte // gzip of body, made once at first use; nil where it does not pay
}

// files is dist by plain name. References between files (the style names its
// fonts) are rewritten to the hashed addresses, so leaves are named first.
var files = sync.OnceValue(func() map[string]*file {
	entries, err := fs.ReadDir(dist, "dist")
	if err != nil {
		panic("web: dist is not embedded: " + err.Error())
	}
	sort.SliceStable(entries, func(i, j int) bool {
		return !strings.HasSuffix(entries[i].Name(), ".css") && strings.HasSuffix(entries[j].Name(), ".css")
	})
	out := make(map[string]*file, len(entries))
	for _, e := range entries {
		body, err := fs.ReadFile(dist, "dist/"+e.Name())
		if err != nil {
			panic("web: " + err.Error())
		}
		ext := path.Ext(e.Name())
		if ext == ".css" {
			for name, f := range out {
				body = bytes.ReplaceAll(body, []byte(Prefix+name), []byte(f.url))
			}
		}
		sum := sha256.Sum256(body)
		f := &file{
			url:  Prefix + strings.TrimSuffix(e.Name(), ext) + "." + hex.EncodeToString(sum[:6]) + ext,
			kind: kinds[ext], body: body,
		}
		if ext != ".woff2" {
			f.zip = sync.OnceValue(func() []byte { return squeeze(body) })
		}
		out[e.Name()] = f
	}
	return out
})

var kinds = map[string]string{
	".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8",
	".svg": "image/svg+xml", ".woff2": "font/woff2",
}

func squeeze(body []byte) []byte {
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // the level is valid
	z.Write(body)                                         // a buffer takes everything
	z.Close()
	return b.Bytes()
}

// Asset returns the address of a file of dist, such as "app.css" →
// "/s/app.1f2e3d4c5b6a.css". A name that is not in dist is a mistake of the
// programmer and panics; pages name their files when templates are parsed.
func Asset(name string) string {
	f, ok := files()[name]
	if !ok {
		panic("web: no file " + name + " in dist")
	}
	return f.url
}
