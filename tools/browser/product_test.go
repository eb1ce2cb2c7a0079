package browser

import (
	"bufio"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
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

func start(t *testing.T) *product {
	t.Helper()
	browser := chromium(t)
	dir := t.TempDir()
	program := filepath.Join(dir, "steward")
	build := exec.Command("go", "build", "-o", program, "./cmd/steward")
	build.Dir = filepath.Join("..", "..")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	serve := exec.Command(program, "serve", "--data", filepath.Join(dir, "data"), "--listen", "127.0.0.1:0")
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
	var welcome string
	lines := bufio.NewScanner(out)
	for welcome == "" && lines.Scan() {
		if _, link, ok := strings.Cut(lines.Text(), "http://"); ok && strings.Contains(link, "/welcome/") {
			welcome = "http://" + link
		}
	}
	go func() {
		for lines.Scan() {
		}
	}()
	if welcome == "" {
		t.Fatal("the program printed no sign-in")
	}
	p := &product{base: welcome[:strings.Index(welcome, "/welcome/")]}
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(browser), chromedp.NoSandbox,
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true), chromedp.Flag("disable-quic", true))
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), opts...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 12*time.Minute)
	t.Cleanup(cancel)
	p.ctx = ctx
	if err := chromedp.Run(ctx); err != nil { // starts the browser
		t.Fatal(err)
	}
	chromedp.ListenTarget(ctx, func(ev any) {
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
	p.run(t, emulation.SetDeviceMetricsOverride(1440, 900, 1, false), chromedp.Navigate(welcome), chromedp.Click(`main button`), chromedp.WaitVisible(`#new`),
		chromedp.SendKeys(`#new`, "correct horse battery staple"), chromedp.Click(`form:has(#new) button`), chromedp.WaitVisible(`#f-name`),
		chromedp.SendKeys(`#f-name`, "Nordwind AG"), chromedp.Click(`form[action="/setup"] button`), chromedp.WaitVisible(`main .bridge`))
	return p
}

func (p *product) run(t *testing.T, actions ...chromedp.Action) {
	t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, 30*time.Second)
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

var link = regexp.MustCompile(`^/[a-z]`)

// places are the pages of the navigation, and the form and a record of each list.
func (p *product) places(t *testing.T) []string {
	t.Helper()
	var hrefs []string
	p.run(t, chromedp.Navigate(p.base+"/"), chromedp.Evaluate(`[...document.querySelectorAll('nav.side a')].map(a => a.getAttribute('href'))`, &hrefs))
	out := []string{"/"}
	for _, h := range hrefs {
		if !link.MatchString(h) {
			continue
		}
		out = append(out, h)
		var add string
		p.run(t, chromedp.Navigate(p.base+h), chromedp.Evaluate(`document.querySelector('a.btn.pri[href$="/new"]')?.getAttribute('href') ?? ''`, &add))
		if add != "" {
			out = append(out, add)
		}
		var row string
		p.run(t, chromedp.Evaluate(`document.querySelector('table.grid tbody th a')?.getAttribute('href') ?? ''`, &row))
		if row != "" {
			out = append(out, row)
		}
	}
	return out
}

type finding struct {
	ID    string   `json:"id"`
	Help  string   `json:"help"`
	Nodes []string `json:"nodes"`
}

func TestEveryPageIsAccessibleFitsAPhoneAndStaysSmall(t *testing.T) {
	if testing.Short() && os.Getenv("STEWARD_BROWSER") == "" && os.Getenv("CI") == "" {
		t.Skip("NOT TESTED IN A BROWSER: short run; set STEWARD_BROWSER=1")
	}
	p := start(t)
	time.Sleep(2 * time.Second) // let the machine's own inventory come in
	for _, path := range p.places(t) {
		for _, theme := range []string{"light", "dark"} {
			p.run(t, emulation.SetDeviceMetricsOverride(1440, 900, 1, false), chromedp.Evaluate(fmt.Sprintf(`document.cookie = "theme=%s;path=/"`, theme), nil), chromedp.Navigate(p.base+path))
			var raw string
			p.run(t, chromedp.Evaluate(axe, nil), chromedp.Evaluate(`axe.run({resultTypes:["violations"]}).then(r => JSON.stringify(r.violations.map(v => ({id: v.id, help: v.help, nodes: v.nodes.slice(0, 3).map(n => n.html.slice(0, 200))}))))`, &raw,
				func(e *runtime.EvaluateParams) *runtime.EvaluateParams { return e.WithAwaitPromise(true) }))
			var found []finding
			if err := json.Unmarshal([]byte(raw), &found); err != nil {
				t.Fatal(err)
			}
			for _, f := range found {
				t.Errorf("%s in %s: %s (%s): %s", path, theme, f.ID, f.Help, strings.Join(f.Nodes, " | "))
			}
		}
		var nodes int
		p.run(t, chromedp.Evaluate(`document.querySelectorAll('*').length`, &nodes))
		if nodes > 1500 {
			t.Errorf("%s has %d elements, more than 1,500", path, nodes)
		}
		var wide int
		p.run(t, emulation.SetDeviceMetricsOverride(320, 700, 1, true), chromedp.Navigate(p.base+path), chromedp.Evaluate(`document.documentElement.scrollWidth`, &wide))
		if wide > 320 {
			var which []string
			p.run(t, chromedp.Evaluate(`[...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > 321 && !e.closest('.tscroll,.tabs,svg,[popover]')).slice(0, 4).map(e => e.outerHTML.slice(0, 140))`, &which))
			t.Errorf("%s is %d px wide on a phone of 320: %s", path, wide, strings.Join(which, " | "))
		}
		p.silent(t, path)
	}
}

func TestAManagerWorksByKeyboardAndForm(t *testing.T) {
	if testing.Short() && os.Getenv("STEWARD_BROWSER") == "" && os.Getenv("CI") == "" {
		t.Skip("NOT TESTED IN A BROWSER: short run; set STEWARD_BROWSER=1")
	}
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
}
