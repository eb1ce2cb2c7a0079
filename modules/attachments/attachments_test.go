package attachments_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"steward/kernel/access"
	"steward/kernel/app"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/testkit/apptest"
	"steward/kernel/web"
	"steward/modules/attachments"
)

var kept = regexp.MustCompile(`^[0-9a-f]{2}/[0-9a-f]{64}$`)

func TestAnAttachmentsNameNeverChoosesWhereItIsKept(t *testing.T) {
	apptest.Each(t, []app.Module{attachments.Module()}, func(t *testing.T, p *apptest.Program) {
		p.Organisation(t)
		site := &org.Site{Name: "Hamburg", Country: "DE", Timezone: "Europe/Berlin"}
		p.Do(t, func(u *records.Tx) error { return org.Sites.Create(u, site) })
		b := p.Browser(t, p.Person(t, "Helena", access.MISManager))
		at := org.Sites.Path(site.ID)
		upload := func(name string) apptest.Answer {
			// written by hand: the library would mend the name
			body := "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + name + "\"\r\nContent-Type: text/plain\r\n\r\ncontent of " + fmt.Sprintf("%q", name) + "\r\n--b--\r\n"
			req, err := http.NewRequest("POST", b.Base+at+"/files", strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "multipart/form-data; boundary=b")
			req.Header.Set("Origin", b.Base)
			return b.Send(req)
		}
		outside := apptest.Below(t, p.Data)
		for name, shown := range map[string]string{
			"invoice.txt":                   "invoice.txt",
			"../../../etc/cron.d/evil":      "evil",
			`..\\..\\windows\\system32.dll`: "system32.dll",
			"/etc/passwd":                   "passwd",
			"%2e%2e%2fescaped":              "%2e%2e%2fescaped",
			"..%2fhalf":                     "..%2fhalf",
			"....//....//twice":             "twice",
			"C:/autoexec.bat":               "autoexec.bat",
			"steward.db":                    "steward.db",
			"<script>alert(1)<x>":           "&lt;script&gt;alert(1)&lt;x&gt;",
		} {
			if a := upload(name); a.Status != 303 {
				t.Errorf("%q: %d", name, a.Status)
				continue
			}
			if a := b.Get(at); !strings.Contains(a.Body, shown) || strings.Contains(a.Body, "<script>alert(1)<x>") {
				t.Errorf("%q is not shown as %q", name, shown)
			}
		}
		for _, name := range []string{"..", ".", "/", "../", "a\x00b", "a\tb", "\x1b[2J", strings.Repeat("x", 300)} {
			if a := upload(name); a.Status != 422 && a.Status != 400 {
				t.Errorf("%q: %d, want a refusal", name, a.Status)
			}
		}
		for _, name := range apptest.Below(t, p.Files.Path) {
			if !kept.MatchString(name) {
				t.Errorf("the folder of attachments holds %q", name)
			}
		}
		var more []string
		for _, name := range apptest.Below(t, p.Data) {
			if !strings.HasPrefix(name, "files/") && !strings.HasPrefix(name, "steward.db") && !strings.Contains(strings.Join(outside, "\n"), name) {
				more = append(more, name)
			}
		}
		if len(more) > 0 {
			t.Errorf("beside the attachments there are new files: %v", more)
		}
		link := regexp.MustCompile(regexp.QuoteMeta(at) + `/files/[\w-]+`).FindString(b.Get(at).Body)
		a := b.Get(link)
		if a.Status != 200 || a.Header.Get("Content-Type") != "application/octet-stream" || !strings.HasPrefix(a.Header.Get("Content-Disposition"), "attachment;") || strings.ContainsAny(a.Header.Get("Content-Disposition"), "/\\<\"\r\n") {
			t.Errorf("a download: %d %v", a.Status, a.Header)
		}
		for _, id := range []string{"..%2f..%2fsecret.key", "%2e%2e%2fsecret.key", "..%5c..%5csecret.key", "%00", strings.Repeat("a", 64), "..;", "%2fetc%2fpasswd", "....//secret.key", "../../secret.key"} {
			a := b.Get(at + "/files/" + id)
			if a.Status == 200 && a.Header.Get("Content-Type") == "application/octet-stream" || a.Status >= 500 {
				t.Errorf("download of %s: %d", id, a.Status)
			}
		}
	})
}

func TestAnUploadThatIsCutOffOrTooLargeIsToldAndLeavesNothing(t *testing.T) {
	apptest.Each(t, []app.Module{attachments.Module()}, func(t *testing.T, p *apptest.Program) {
		p.Organisation(t)
		site := &org.Site{Name: "Hamburg", Country: "DE", Timezone: "Europe/Berlin"}
		p.Do(t, func(u *records.Tx) error { return org.Sites.Create(u, site) })
		b := p.Browser(t, p.Person(t, "Helena", access.MISManager))
		outside := apptest.Below(t, p.Data)
		send := func(body string) apptest.Answer {
			req, err := http.NewRequest("POST", b.Base+org.Sites.Path(site.ID)+"/files", strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "multipart/form-data; boundary=b")
			req.Header.Set("Origin", b.Base)
			return b.Send(req)
		}
		head := "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\n"
		if a := send(head + "half of i"); a.Status != 422 || !strings.Contains(a.Body, "did not arrive whole") {
			t.Errorf("cut off: %d", a.Status)
		}
		// sent to its end although it is refused before: a browser shows no answer else
		for _, more := range []int{1, 8 << 20} {
			if a := send(head + strings.Repeat("x", web.MaxUpload+more) + "\r\n--b--\r\n"); a.Status != 413 {
				t.Errorf("%d bytes too large: %d", more, a.Status)
			}
		}
		if after := apptest.Below(t, p.Data); len(after) != len(outside) {
			t.Errorf("left behind: %v", after)
		}
	})
}
