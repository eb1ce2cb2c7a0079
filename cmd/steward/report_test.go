package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"steward/kernel/figures"
)

// reported runs `steward report monthly` and returns its exit code and what it
// said on standard error.
func reported(args ...string) (int, string) {
	var said bytes.Buffer
	code := run(context.Background(), streams{in: strings.NewReader(""), out: &bytes.Buffer{}, err: &said}, append([]string{"report", "monthly"}, args...))
	return code, said.String()
}

// installed makes an empty installation and returns its folder.
func installed(t *testing.T) string {
	t.Helper()
	at := &place{data: t.TempDir()}
	p, err := at.open(t.Context(), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	return at.data
}

func TestTheReportIsWrittenWholeAndTheSameTwice(t *testing.T) {
	data, dir := installed(t), t.TempDir()
	month := time.Now().UTC().Format("2006-01")
	for _, format := range []string{"pdf", "xlsx", "html"} {
		var files [2][]byte
		for i := range files {
			out := filepath.Join(dir, "report."+format)
			if code, said := reported("--data", data, "--month", month, "--format", format, "--lang", "hu", "--out", out); code != exitDone {
				t.Fatalf("%s: exit %d: %s", format, code, said)
			}
			var err error
			if files[i], err = os.ReadFile(out); err != nil {
				t.Fatal(err)
			}
		}
		if len(files[0]) < 1000 || !bytes.Equal(files[0], files[1]) {
			t.Errorf("%s: %d bytes the first time, %d the second, or not the same", format, len(files[0]), len(files[1]))
		}
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 3 {
		t.Errorf("the folder holds %d files, want the three reports alone (%v)", len(left), err)
	}
}

func TestWrongUseOfTheReportIsRefusedAndTheOldFileStays(t *testing.T) {
	data := installed(t)
	out := filepath.Join(t.TempDir(), "report.pdf")
	if err := os.WriteFile(out, []byte("before"), 0o600); err != nil {
		t.Fatal(err)
	}
	now := figures.Month(time.Now().UTC().Format("2006-01"))
	for name, c := range map[string]struct{ args, want string }{
		"no month":         {"--out " + out, "--month"},
		"no such month":    {"--month 2026-13 --out " + out, "2026-13"},
		"a month to come":  {"--month " + string(now.Next().Next()) + " --out " + out, "not begun"},
		"unknown format":   {"--month 2026-01 --format doc --out " + out, "pdf, xlsx or html"},
		"unknown language": {"--month 2026-01 --lang fr --out " + out, "en, de, sv, pl"},
		"no file":          {"--month 2026-01", "--out"},
		"unknown user":     {"--month 2026-01 --user nobody --out " + out, "nobody"},
		"an argument":      {"--month 2026-01 --out " + out + " more", "more"},
	} {
		code, said := reported(append([]string{"--data", data}, strings.Fields(c.args)...)...)
		if code != exitUsage || !strings.Contains(said, c.want) || strings.Count(strings.TrimSpace(said), "\n") != 0 {
			t.Errorf("%s: exit %d: %q, want exit 2 and one line with %q", name, code, said, c.want)
		}
	}
	if code, said := reported("--data", filepath.Join(data, "none"), "--month", "2026-01", "--out", out); code != exitUsage {
		t.Errorf("no data folder: exit %d: %s", code, said)
	}
	if code, said := reported("--data", t.TempDir(), "--month", "2026-01", "--out", out); code != exitUsage || !strings.Contains(said, "no installation") {
		t.Errorf("a folder without an installation: exit %d: %s", code, said)
	}
	if code, said := reported("--data", data, "--month", string(now), "--out", filepath.Join(data, "no", "such", "folder.pdf")); code != exitFailed {
		t.Errorf("a folder that is not there: exit %d, want 1: %s", code, said)
	}
	if b, _ := os.ReadFile(out); string(b) != "before" {
		t.Error("a refused report changed the file that was there")
	}
}
