package main

import (
	"cmp"
	"context"
	"runtime"
	"runtime/debug"
)

func versionCommand() command {
	return command{
		name: "version", summary: "print the program's version",
		help: "Usage: steward version [--json]\n\nExample: steward version",
		run: func(_ context.Context, s streams, args []string) error {
			fs := newFlags("version")
			asJSON := fs.Bool("json", false, "answer as JSON")
			if rest, err := parse(fs, args); err != nil || len(rest) > 0 {
				return cmp.Or(err, wrongUse("version takes no argument"))
			}
			v := struct {
				Version string `json:"version"`
				Go      string `json:"go"`
				OS      string `json:"os"`
				Arch    string `json:"arch"`
			}{version(), runtime.Version(), runtime.GOOS, runtime.GOARCH}
			return told(s.out, *asJSON, v, "steward %s %s %s/%s\n", v.Version, v.Go, v.OS, v.Arch)
		},
	}
}

// version is the commit the program was built from, or "dev".
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "dev"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return s.Value[:12]
		}
	}
	return "dev"
}
