// Command words keeps the catalogues in step with the program: it finds every
// word in Go source and templates, takes the declared ones (labels of records,
// fields and choices) as JSON from standard input when told to, and writes
// {de,sv,pl,hu}.json: missing words are added empty, changed English is marked,
// unused entries go. With -check it writes nothing and fails when something is
// not as it should be. `make words` runs it at the root of the repository.
//
// A key that begins with the name of a module belongs to modules/NAME/words,
// any other to kernel/app/words.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"steward/lib/locale"
	"steward/lib/words"
)

func main() {
	root := flag.String("root", ".", "`folder` of the repository")
	stdin := flag.Bool("declared", false, `read declared words from standard input: a JSON list of {"key","en"}`)
	types := flag.String("records", "", `JSON object from "folder GoType" to the record's name, for keys of fail.Field`)
	check := flag.Bool("check", false, "write nothing; fail when a catalogue is not complete")
	flag.Parse()
	if err := run(*root, *stdin, *types, *check); err != nil {
		fmt.Fprintln(os.Stderr, "words:", err)
		os.Exit(1)
	}
}

func run(root string, stdin bool, types string, check bool) error {
	fsys := os.DirFS(root)
	var all []words.Word
	for _, dir := range []string{"lib", "kernel", "modules", "cmd"} {
		if _, err := fs.Stat(fsys, dir); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		found, err := words.Scan(fsys, dir)
		if err != nil {
			return err
		}
		all = append(all, found...)
	}
	names := map[string]string{}
	if types != "" {
		if err := json.Unmarshal([]byte(types), &names); err != nil {
			return fmt.Errorf("-records: %w", err)
		}
	}
	all, err := words.Complete(all, func(dir, goType string) string {
		if n := names[dir+" "+goType]; n != "" {
			return n
		}
		// modules/vendors, Contract → vendors.contract, as records name them
		return path.Base(dir) + "." + strings.ToLower(goType)
	})
	if err != nil {
		return err
	}
	if stdin {
		var declared []words.Word
		if err := json.NewDecoder(os.Stdin).Decode(&declared); err != nil {
			return fmt.Errorf("standard input: %w", err)
		}
		all = append(all, declared...)
	}
	byDir := map[string][]words.Word{"kernel/app/words": nil}
	for _, w := range all {
		module, _, _ := strings.Cut(w.Key, ".")
		dir := path.Join("modules", module, "words")
		if _, err := fs.Stat(fsys, path.Join("modules", module)); err != nil {
			dir = "kernel/app/words"
		}
		byDir[dir] = append(byDir[dir], w)
	}
	dirs := make([]string, 0, len(byDir))
	for d := range byDir {
		dirs = append(dirs, d)
	}
	slices.Sort(dirs)
	cat := words.New()
	for _, dir := range dirs {
		if !check {
			if err := update(root, dir, byDir[dir]); err != nil {
				return err
			}
		}
		if err := cat.Add(fsys, dir); err != nil {
			return err
		}
	}
	problems := cat.Check(all)
	for _, p := range problems {
		fmt.Println(p)
	}
	fmt.Printf("%d words, %d problems\n", len(all), len(problems))
	if check && len(problems) > 0 {
		return errors.New("the catalogues are not complete")
	}
	return nil
}

func update(root, dir string, declared []words.Word) error {
	folder := filepath.Join(root, filepath.FromSlash(dir))
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for _, l := range locale.Langs()[1:] {
		name := filepath.Join(folder, string(l)+".json")
		entries := map[string]words.Entry{}
		b, err := os.ReadFile(name)
		if err == nil {
			entries, err = words.Decode(b)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s: %w", name, err)
		}
		next := words.Encode(words.Update(entries, declared))
		if string(next) == string(b) {
			continue
		}
		if err := os.WriteFile(name, next, 0o644); err != nil {
			return err
		}
	}
	return nil
}
