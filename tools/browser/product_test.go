package browser

import (
	"bufio"
	"context"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// axe finds what people with assistive technology would stumble over.
//
//go:embed axe/axe.min.js
var axe string

// product is the program, started as README says, with a person signed in
// through the browser.
type product struct {
	base    string
	ctx     context.Context
	mu      sync.Mutex
	console []string
}

// built is the program, built once for all tests of the run.
var built struct {
	once sync.Once
	path string
	err  error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if built.path != "" {
		os.RemoveAll(filepath.Dir(built.path))
	}
	os.Exit(code)
}

func program(t *testing.T) string {
	t.Helper()
	built.once.Do(func() {
		dir, err := os.MkdirTemp("", "steward-browser")
		if err != nil {
			built.err = err
			return
		}
		built.path = filepath.Join(dir, "steward")
		build := exec.Command("go", "build", "-o", built.path, "./cmd/steward")
		build.Dir = filepath.Join("..", "..")
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			built.err = fmt.Errorf("build: %w\n%s", err, out)
		}
	})
	if built.err != nil {
		t.Fatal(built.err)
	}
	return built.path
}

// serve runs the program on a data folder until the test ends; it returns the
// address, and the line on which it printed the first one that until accepts.
func serve(t *testing.T, data string, until func(line string) bool) (line string) {
	t.Helper()
	serve := exec.Command(program(t), "serve", "--data", data, "--listen", "127.0.0.1:0")
	serve.Stderr = os.Stderr
	out, err := serve.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := serve.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		serve.Process.Signal(syscall.SIGTERM)
		if err := serve.Wait(); err != nil {
			t.Errorf("the program did not end cleanly: %v", err)
		}
	})
	lines := bufio.NewScanner(out)
	for line == "" && lines.Scan() {
		if _, link, ok := strings.Cut(lines.Text(), "http://"); ok && until(link) {
			line = "http://" + link
		}
	}
	go func() {
		for lines.Scan() {
		}
	}()
	if line == "" {
		t.Fatal("the program did not print its address")
	}
	return line
}

// chrome opens a browser that ends with the test.
func chrome(t *testing.T) context.Context {
	t.Helper()
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium(t)), chromedp.NoSandbox,
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true), chromedp.Flag("disable-quic", true))
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), opts...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 20*time.Minute)
	t.Cleanup(cancel)
	if err := chromedp.Run(ctx); err != nil { // starts the browser
		t.Fatal(err)
	}
	return ctx
}

// listen keeps what the page's console says.
func (p *product) listen() {
	chromedp.ListenTarget(p.ctx, func(ev any) {
		p.mu.Lock()
		defer p.mu.Unlock()
		switch e := ev.(type) {
		case *runtime.EventConsoleAPICalled:
			if e.Type == runtime.APITypeError || e.Type == runtime.APITypeWarning {
				for _, a := range e.Args {
					p.console = append(p.console, string(a.Value)+a.Description)
				}
			}
		case *runtime.EventExceptionThrown:
			p.console = append(p.console, e.ExceptionDetails.Error())
		}
	})
}

// start is an empty installation, set up by its first administrator.
func start(t *testing.T) *product {
	t.Helper()
	chromium(t)
	welcome := serve(t, filepath.Join(t.TempDir(), "data"), func(line string) bool { return strings.Contains(line, "/welcome/") })
	p := &product{base: welcome[:strings.Index(welcome, "/welcome/")], ctx: chrome(t)}
	p.listen()
	p.run(t, emulation.SetDeviceMetricsOverride(1440, 900, 1, false), chromedp.Navigate(welcome), chromedp.Click(`main button`), chromedp.WaitVisible(`#new`),
		chromedp.SendKeys(`#new`, "correct horse battery staple"), chromedp.Click(`form:has(#new) button`), chromedp.WaitVisible(`#f-name`),
		chromedp.SendKeys(`#f-name`, "Nordwind AG"), chromedp.Click(`form[action="/setup"] button`), chromedp.WaitVisible(`main .bridge`))
	return p
}

func (p *product) run(t *testing.T, actions ...chromedp.Action) {
	t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, time.Minute)
	defer cancel()
	if err := chromedp.Run(ctx, actions...); err != nil {
		var url, body string
		chromedp.Run(p.ctx, chromedp.Location(&url), chromedp.Text("body", &body))
		t.Fatalf("%v at %s:\n%.600s", err, url, body)
	}
}

// silent fails the test for what the console said since the last call.
func (p *product) silent(t *testing.T, where string) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, line := range p.console {
		t.Errorf("%s: the console says %s", where, line)
	}
	p.console = nil
}

// inBrowser skips in a short run.
func inBrowser(t *testing.T) {
	t.Helper()
	if testing.Short() && os.Getenv("STEWARD_BROWSER") == "" && os.Getenv("CI") == "" {
		t.Skip("NOT TESTED IN A BROWSER: short run; set STEWARD_BROWSER=1")
	}
}

func TestAManagerWorksByKeyboardAndForm(t *testing.T) {
	inBrowser(t)
	p := start(t)
	p.run(t, emulation.SetDeviceMetricsOverride(1280, 900, 1, false))
	var title, url string
	// A vendor, then a contract that picks it by typing.
	p.run(t, chromedp.Navigate(p.base+"/vendors/vendors/new"), chromedp.SendKeys(`#f-name`, "SAP SE"), chromedp.SetValue(`#f-state`, "approved"), chromedp.SendKeys(`#f-country`, "DE"),
		chromedp.Click(`.fa .btn.pri`), chromedp.WaitVisible(`.ph.sys`), chromedp.Text(`.ph h1`, &title))
	if !strings.Contains(title, "SAP SE") {
		t.Errorf("the vendor's page is headed %q", title)
	}
	p.run(t, chromedp.Navigate(p.base+"/vendors/contracts/new"), chromedp.SendKeys(`#f-title`, "ERP support"), chromedp.SendKeys(`#f-vendor`, "sap"),
		chromedp.WaitVisible(`#p-vendor [role=option]`), chromedp.Click(`#p-vendor [role=option]`), chromedp.WaitVisible(`.pick .chip`))
	p.silent(t, "relation picker")
	// An empty form comes back with every problem, and what was typed is kept.
	p.run(t, chromedp.Evaluate(`document.querySelector('form.form').noValidate = true; document.querySelector('#f-title').value = 'ERP support'; document.querySelector('.fa .btn.pri').click()`, nil),
		chromedp.WaitVisible(`.errsum`), chromedp.Value(`#f-title`, &title))
	if title != "ERP support" {
		t.Errorf("after a refused form the title is %q", title)
	}
	// The palette by keyboard alone.
	p.run(t, chromedp.Navigate(p.base+"/vendors/contracts"), chromedp.KeyEvent("k", chromedp.KeyModifiers(input.ModifierCtrl)), chromedp.WaitVisible(`#cmdk input`))
	p.run(t, chromedp.KeyEvent("SAP"), chromedp.WaitVisible(`#cmdlist a[href*="/vendors/vendors/"]`))
	p.run(t, chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible(`.ph.sys h1`), chromedp.Location(&url))
	if !strings.Contains(url, "/vendors/vendors/") {
		t.Errorf("the palette led to %s, want the vendor", url)
	}
	p.silent(t, "palette")
	// Rows are chosen by keyboard, and what can be done with them appears.
	p.run(t, chromedp.Navigate(p.base+"/vendors/vendors"), chromedp.KeyEvent("j"), chromedp.KeyEvent("x"), chromedp.WaitVisible(`#bulk`))
	p.run(t, chromedp.Click(`#bulk button[value=change]`), chromedp.WaitVisible(`#c-field`), chromedp.SetValue(`#c-field`, "+tag"), // a choice is asked for at once
		chromedp.WaitVisible(`#c-tag`), chromedp.SendKeys(`#c-tag`, "audit"), chromedp.Click(`button[value=set]`), chromedp.WaitVisible(`button[value=run]`), chromedp.Click(`button[value=run]`), chromedp.WaitVisible(`button[value=undo]`))
	// A list is kept under a name.
	p.run(t, chromedp.Navigate(p.base+"/vendors/vendors?state=approved"), chromedp.Click(`[popovertarget=viewp]`), chromedp.WaitVisible(`#view-name`), chromedp.SendKeys(`#view-name`, "Approved ones"),
		saved(`#viewp button[value=new]`), chromedp.WaitVisible(`.tabs a[aria-current]`), chromedp.Text(`.tabs a[aria-current]`, &title))
	if title != "Approved ones" {
		t.Errorf("after saving, the view %q is open", title)
	}
	p.silent(t, "views")
	// The lists of an empty installation say what to do.
	for _, path := range []string{"/", "/inbox", "/infrastructure/software", "/money/actuals", "/notifications", "/setup"} {
		p.look(t, path, desk, true)
	}
}
