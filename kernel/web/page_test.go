package web

import (
	"strings"
	"testing"
	"testing/fstest"
)

func TestCheckPagesNamesThePageThatDoesNotFitAndMustPageDoesNotReadIt(t *testing.T) {
	if err := CheckPages(); err != nil { // the kernel's own
		t.Fatal(err)
	}
	type view struct{ Title string }
	files := fstest.MapFS{"good.html": {Data: []byte(`{{.Title}}`)}, "bad.html": {Data: []byte(`{{.Titel}}`)}}
	MustPage[view](files, "good.html")
	if err := CheckPages(); err != nil {
		t.Fatalf("got %v for a page that fits", err)
	}
	MustPage[view](files, "bad.html")
	defer func() { declared.checks = nil }()
	if err := CheckPages(); err == nil || !strings.Contains(err.Error(), "bad.html") || !strings.Contains(err.Error(), "Titel") {
		t.Errorf("got %v, want the page and the field it lacks", err)
	}
}
