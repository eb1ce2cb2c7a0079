// Command bundle turns web/src and web/vendor into web/dist, which is committed
// and embedded. It needs no Node and no network. The same input gives the same
// bytes; -check fails when web/dist is not what the sources give.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"

	"github.com/evanw/esbuild/pkg/api"
)

func main() {
	dir := flag.String("web", "../web", "the `folder` web of the product")
	check := flag.Bool("check", false, "write nothing; fail when dist is not up to date")
	flag.Parse()
	if err := run(*dir, *check); err != nil {
		fmt.Fprintln(os.Stderr, "bundle:", err)
		os.Exit(1)
	}
}

func run(dir string, check bool) error {
	files, err := build(dir)
	if err != nil {
		return err
	}
	dist := filepath.Join(dir, "dist")
	if check {
		return compare(dist, files)
	}
	if err := os.RemoveAll(dist); err != nil {
		return err
	}
	if err := os.MkdirAll(dist, 0o755); err != nil {
		return err
	}
	for _, name := range names(files) {
		if err := os.WriteFile(filepath.Join(dist, name), files[name], 0o644); err != nil {
			return err
		}
		fmt.Printf("%8d %s\n", len(files[name]), name)
	}
	return nil
}

// build returns the files of dist by name.
func build(dir string) (map[string][]byte, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	if files["icons.svg"], err = sprite(filepath.Join(abs, "vendor", "icons")); err != nil {
		return nil, err
	}
	res := api.Build(api.BuildOptions{
		AbsWorkingDir: abs,
		EntryPoints:   []string{"src/app.css", "src/app.js", "src/board.js", "src/passkey.js"},
		Outdir:        "dist", Bundle: true, Write: false,
		MinifyWhitespace: true, MinifyIdentifiers: true, MinifySyntax: true,
		Format: api.FormatIIFE, LogLevel: api.LogLevelSilent, LegalComments: api.LegalCommentsNone,
		Charset: api.CharsetUTF8,
		Engines: []api.Engine{
			{Name: api.EngineChrome, Version: "125"},
			{Name: api.EngineFirefox, Version: "128"},
			{Name: api.EngineSafari, Version: "17.5"},
		},
		Loader:     map[string]api.Loader{".woff2": api.LoaderFile},
		AssetNames: "[name]", PublicPath: "/s/",
	})
	for _, m := range slices.Concat(res.Errors, res.Warnings) {
		where := ""
		if m.Location != nil {
			where = fmt.Sprintf("%s:%d: ", m.Location.File, m.Location.Line)
		}
		err = errors.Join(err, errors.New(where+m.Text))
	}
	if err != nil {
		return nil, err
	}
	for _, f := range res.OutputFiles {
		files[filepath.Base(f.Path)] = f.Contents
	}
	return files, nil
}

func compare(dist string, files map[string][]byte) error {
	var err error
	for _, name := range names(files) {
		have, e := os.ReadFile(filepath.Join(dist, name))
		if e != nil || !bytes.Equal(have, files[name]) {
			err = errors.Join(err, fmt.Errorf("dist/%s is not what the sources give; run make web", name))
		}
	}
	entries, e := os.ReadDir(dist)
	if e != nil {
		return e
	}
	for _, d := range entries {
		if _, ok := files[d.Name()]; !ok {
			err = errors.Join(err, fmt.Errorf("dist/%s has no source; run make web", d.Name()))
		}
	}
	return err
}

func names(files map[string][]byte) []string {
	out := make([]string, 0, len(files))
	for n := range files {
		out = append(out, n)
	}
	sort.Strings(out)
	return out
}
