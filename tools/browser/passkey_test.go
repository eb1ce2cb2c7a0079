package browser

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
)

// A passkey belongs to a name and not to a number: the program is opened as
// localhost, which browsers allow without TLS.
func TestAPasskeyIsAddedSignsInAnswersAsSecondFactorAndIsRemoved(t *testing.T) {
	if testing.Short() && os.Getenv("STEWARD_BROWSER") == "" && os.Getenv("CI") == "" {
		t.Skip("NOT TESTED IN A BROWSER: short run; set STEWARD_BROWSER=1")
	}
	p := start(t)
	p.base = strings.Replace(p.base, "127.0.0.1", "localhost", 1)
	const password = "correct horse battery staple"
	signIn := []chromedp.Action{chromedp.Navigate(p.base + "/sign-in"), chromedp.WaitVisible(`#login`)}
	byPassword := append(signIn, chromedp.SendKeys(`#login`, "admin"), chromedp.SendKeys(`#password`, password), chromedp.Click(`form[action="/sign-in"] button`))
	signOut := []chromedp.Action{chromedp.Navigate(p.base + "/account"), saved(`form[action="/sign-out"] button`), chromedp.Poll(`document.readyState == "complete"`, nil), chromedp.WaitVisible(`#login`)}
	var offered bool
	p.run(t, append(signIn, chromedp.Evaluate(`!!document.querySelector('[data-passkey]')`, &offered))...)
	if offered {
		t.Error("the page of signing in offers passkeys before there is one")
	}
	p.run(t, append(byPassword, chromedp.WaitVisible(`main .bridge`))...)
	p.run(t, webauthn.Enable(), chromedp.ActionFunc(func(ctx context.Context) error {
		_, err := webauthn.AddVirtualAuthenticator(&webauthn.VirtualAuthenticatorOptions{Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal,
			HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true}).Do(ctx)
		return err
	}))
	p.run(t, chromedp.Navigate(p.base+"/account"), chromedp.WaitVisible(`#pk`), chromedp.SendKeys(`#pk`, "Test device"), chromedp.Click(`form[data-passkey-add] button`), chromedp.WaitVisible(`form[action="/account/passkeys/remove"]`))
	var name string
	p.run(t, chromedp.Text(`li:has(form[action="/account/passkeys/remove"]) b`, &name))
	if name != "Test device" {
		t.Errorf("the account lists %q", name)
	}
	// Alone: without a name or a password.
	p.run(t, signOut...)
	p.run(t, chromedp.WaitVisible(`button[data-passkey]`), chromedp.Click(`button[data-passkey]`), chromedp.WaitVisible(`main .bridge`))
	// As second factor (signing out has led to the form already): the role needs one, the password alone opens nothing.
	p.run(t, chromedp.Navigate(p.base+"/settings/sign-in"), chromedp.Click(`label:has(input[name="role"][value="administrator"])`), saved(`button[value="second"]`), chromedp.WaitVisible(`input[name="role"][value="administrator"]:checked`))
	p.run(t, signOut...)
	p.run(t, append(byPassword[1:], chromedp.WaitNotPresent(`#login`), chromedp.WaitVisible(`button[data-passkey]`))...)
	var at string
	p.run(t, chromedp.Location(&at))
	if !strings.Contains(at, "/sign-in/code") {
		t.Errorf("after the password the browser is at %s", at)
	}
	p.run(t, chromedp.Click(`button[data-passkey]`), chromedp.WaitVisible(`main .bridge`))
	// The last one stays while the role needs it; then it goes.
	p.run(t, chromedp.Navigate(p.base+"/account"), saved(`form[action="/account/passkeys/remove"] button`), chromedp.WaitVisible(`.errsum`))
	p.silentBut(t, "409")
	p.run(t, chromedp.Navigate(p.base+"/settings/sign-in"), chromedp.Click(`label:has(input[name="role"][value="administrator"])`), saved(`button[value="second"]`), chromedp.WaitNotPresent(`input[name="role"]:checked`),
		chromedp.Navigate(p.base+"/account"), saved(`form[action="/account/passkeys/remove"] button`), chromedp.WaitNotPresent(`form[action="/account/passkeys/remove"]`))
	p.silentBut(t, "")
}

// saved presses a button and waits for the page that comes after it.
func saved(button string) chromedp.Action {
	return chromedp.Tasks{chromedp.Evaluate(`document.body.dataset.before = "1"`, nil), chromedp.Click(button), chromedp.WaitReady(`body:not([data-before])`)}
}

// silentBut is silent, but for lines that hold the text.
func (p *product) silentBut(t *testing.T, text string) {
	t.Helper()
	p.mu.Lock()
	var left []string
	for _, line := range p.console {
		if text == "" || !strings.Contains(line, text) {
			left = append(left, line)
		}
	}
	p.console = left
	p.mu.Unlock()
	p.silent(t, "passkeys")
}
