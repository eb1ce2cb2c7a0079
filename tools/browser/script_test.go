// Package browser tests the product's pages and script in a real Chromium.
package browser

import (
	"context"
	"html"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// chromium finds a browser, or skips.
func chromium(t *testing.T) string {
	t.Helper()
	for _, n := range []string{os.Getenv("CHROMIUM"), "chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(n); n != "" && err == nil {
			return p
		}
	}
	t.Skip("NOT TESTED: no Chromium found; set CHROMIUM to its path")
	return ""
}

// TestTheScriptDoesWhatItPromises loads testdata/script.html, which acts as a
// person would (keys, clicks) against web/dist and writes a line for each
// promise: "ok" or "FAIL" and its name.
func TestTheScriptDoesWhatItPromises(t *testing.T) {
	bin := chromium(t)
	dir := t.TempDir()
	for _, f := range []string{"testdata/script.html", "../../web/dist/app.js", "../../web/dist/app.css"} {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(f)), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, bin, "--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir="+filepath.Join(dir, "profile"),
		"--virtual-time-budget=5000", "--dump-dom", "file://"+filepath.Join(dir, "script.html")).Output()
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(out), "RESULT\n")
	result, _, ended := strings.Cut(after, "\nEND")
	if !ended {
		t.Fatal("the page did not come to its end")
	}
	lines := strings.Split(html.UnescapeString(result), "\n")
	for _, l := range lines {
		if !strings.HasPrefix(l, "ok ") {
			t.Error(l)
		}
	}
	if len(lines) < 24 {
		t.Errorf("only %d promises were looked at", len(lines))
	}
}
