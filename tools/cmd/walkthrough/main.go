// Command walkthrough takes the pictures of docs/walkthrough.md: it starts
// Steward as README says, once on an empty folder and once with the sample
// organisation, does in a real browser what the text tells, and writes each page
// seen as a picture.
//
//	cd tools && go run ./cmd/walkthrough -program ../bin/steward -out ../docs/walkthrough
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/chromedp/chromedp"
)

func main() {
	program := flag.String("program", "../bin/steward", "the program, as `make build` makes it")
	out := flag.String("out", "../docs/walkthrough", "folder of the pictures")
	png := flag.Bool("png", false, "PNG instead of WebP")
	flag.Parse()
	if err := walk(*program, *out, *png); err != nil {
		log.Fatal(err)
	}
}

func walk(program, out string, png bool) error {
	folder, err := os.MkdirTemp("", "walkthrough")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	b, stop, err := openBrowser(out, png)
	if err != nil {
		return err
	}
	defer stop()
	fresh, err := start(program, filepath.Join(folder, "fresh"))
	if err != nil {
		return err
	}
	defer fresh.stop()
	if err := b.tell(fresh, empty); err != nil {
		return fmt.Errorf("on the empty installation: %w", err)
	}
	links, err := loadSample(program, filepath.Join(folder, "sample"))
	if err != nil {
		return err
	}
	if err := report(b, program, filepath.Join(folder, "sample")); err != nil {
		return err
	}
	sample, err := start(program, filepath.Join(folder, "sample"))
	if err != nil {
		return err
	}
	defer sample.stop()
	for _, who := range []struct {
		name  string
		story func(*browser, *server) error
	}{{"helena", manager}, {"claudia", head}, {"oskar", auditor}} {
		sample.welcome = links[who.name]
		if err := b.tell(sample, who.story); err != nil {
			return fmt.Errorf("as %s: %w", who.name, err)
		}
	}
	return nil
}

// report makes last month's report in German from the command line and takes its
// first page: point 6.
func report(b *browser, program, data string) error {
	file := filepath.Join(filepath.Dir(data), "report.html")
	month := time.Now().AddDate(0, 0, -time.Now().Day()).Format("2006-01")
	out, err := exec.Command(program, "report", "monthly", "--data", data, "--month", month, "--format", "html", "--lang", "de", "--out", file).CombinedOutput()
	if err != nil {
		return fmt.Errorf("report of %s: %w\n%s", month, err, out)
	}
	return b.do(b.size(1280, false), chromedp.Navigate("file://"+file), b.picture("06-report-german"))
}
