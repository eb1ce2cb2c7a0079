// Package machinetest makes machines of recordings, so that a collector can be
// tested on systems that are not at hand.
package machinetest

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"strings"
	"testing/fstest"

	"steward/collect/host/machine"
)

// Recorded makes a machine of a recording: a text of parts, each begun by a
// line "-- PATH --" for a file, "-- PATH -> TARGET --" for a link, or
// "-- $ COMMAND ARGUMENTS --" for what a command wrote; "-- $ COMMAND ? CODE --"
// gives the code it ended with. It is how machines of other kinds are tested
// and how a user's machine can be looked at afterwards.
func Recorded(platform string, text []byte) *machine.Machine {
	files := fstest.MapFS{}
	type output struct {
		text []byte
		code int
	}
	commands := map[string]output{}
	var name string
	var body []byte
	put := func() {
		switch {
		case name == "":
		case strings.HasPrefix(name, "$ "):
			command, code, found := strings.Cut(name[2:], " ? ")
			o := output{text: body}
			if found {
				fmt.Sscan(code, &o.code)
			}
			commands[command] = o
		case strings.Contains(name, " -> "):
			path, to, _ := strings.Cut(name, " -> ")
			files[strings.TrimPrefix(path, "/")] = &fstest.MapFile{Data: []byte(to), Mode: fs.ModeSymlink | 0o777}
		default:
			files[strings.TrimPrefix(name, "/")] = &fstest.MapFile{Data: body, Mode: 0o644}
		}
	}
	for line := range bytes.Lines(text) {
		t := strings.TrimSpace(string(line))
		if strings.HasPrefix(t, "-- ") && strings.HasSuffix(t, " --") && len(t) > 6 {
			put()
			name, body = t[3:len(t)-3], nil
			continue
		}
		body = append(body, line...)
	}
	put()
	run := func(_ context.Context, name string, args ...string) ([]byte, error) {
		full := strings.Join(append([]string{name}, args...), " ")
		o, ok := commands[full]
		if !ok {
			// A recording may name a command by its first words.
			for c, known := range commands {
				if rest, prefix := strings.CutSuffix(c, " *"); prefix && strings.HasPrefix(full, rest) {
					o, ok = known, true
				}
			}
		}
		switch {
		case !ok:
			return nil, fmt.Errorf("%s: %w", name, fs.ErrNotExist)
		case o.code != 0:
			return o.text, &machine.ExitError{Command: name, Code: o.code}
		}
		return o.text, nil
	}
	return &machine.Machine{Files: files, Run: run, Root: true, Platform: platform}
}
