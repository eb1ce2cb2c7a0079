package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// browser is a Chromium that writes what it sees as pictures.
type browser struct {
	ctx context.Context
	out string
	png bool // for eyes and tools that do not know WebP
	at  *server
}

func openBrowser(out string, png bool) (*browser, func(), error) {
	var path string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			path = p
			break
		}
	}
	if path == "" {
		return nil, nil, fmt.Errorf("no Chromium is installed (Debian: chromium)")
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.Flag("disable-background-networking", true))
	alloc, stopAlloc := chromedp.NewExecAllocator(context.Background(), opts...)
	ctx, stop := chromedp.NewContext(alloc)
	ctx, cancel := context.WithTimeout(ctx, 10*time.Minute)
	end := func() { cancel(); stop(); stopAlloc() }
	if err := chromedp.Run(ctx); err != nil {
		end()
		return nil, nil, err
	}
	return &browser{ctx: ctx, out: out, png: png}, end, nil
}

// tell runs one person's story on a server.
func (b *browser) tell(s *server, story func(*browser, *server) error) error {
	b.at = s
	if err := b.do(network.ClearBrowserCookies(), b.size(1280, false)); err != nil {
		return err
	}
	return story(b, s)
}

func (b *browser) do(actions ...chromedp.Action) error {
	ctx, cancel := context.WithTimeout(b.ctx, 30*time.Second)
	defer cancel()
	if err := chromedp.Run(ctx, actions...); err != nil {
		var at, text string
		chromedp.Run(b.ctx, chromedp.Location(&at), chromedp.Text("body", &text))
		return fmt.Errorf("%w at %s:\n%.500s", err, at, text)
	}
	return nil
}

func (b *browser) size(width int64, phone bool) chromedp.Action {
	height := int64(800)
	if phone {
		height = 844
	}
	return emulation.SetDeviceMetricsOverride(width, height, 1, phone)
}

// open goes to a page of the server.
func (b *browser) open(path string) chromedp.Action { return chromedp.Navigate(b.at.base + path) }

// theme is light or dark.
func (b *browser) theme(name string) chromedp.Action {
	return chromedp.ActionFunc(func(ctx context.Context) error {
		return network.SetCookie("theme", name).WithURL(b.at.base).Do(ctx)
	})
}

// picture writes what is in sight as NAME.webp, or NAME.png.
func (b *browser) picture(name string) chromedp.Action {
	return chromedp.ActionFunc(func(ctx context.Context) error {
		time.Sleep(400 * time.Millisecond) // what is loaded later, and what moves
		shot, ending := page.CaptureScreenshot().WithFormat(page.CaptureScreenshotFormatWebp).WithQuality(82), ".webp"
		if b.png {
			shot, ending = page.CaptureScreenshot().WithFormat(page.CaptureScreenshotFormatPng), ".png"
		}
		raw, err := shot.Do(ctx)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(b.out, name+ending), raw, 0o644)
	})
}

// fill sets fields: pairs of a selector and a value.
func fill(pairs ...string) chromedp.Action {
	var all chromedp.Tasks
	for i := 0; i+1 < len(pairs); i += 2 {
		all = append(all, chromedp.SetValue(pairs[i], pairs[i+1], chromedp.ByQuery))
	}
	return all
}

// follow clicks the first link or button that holds a text.
func follow(within, text string) chromedp.Action {
	script := fmt.Sprintf(`(() => { const e = [...document.querySelectorAll(%q)].find(e => e.textContent.includes(%q)); if (!e) throw new Error("nothing says " + %[2]q); e.click(); return true })()`, within, text)
	return chromedp.Tasks{chromedp.Evaluate(script, nil), chromedp.Sleep(600 * time.Millisecond)}
}
