package main

import (
	"bytes"
	"testing"
)

const web = "../../../web"

func TestDistIsWhatTheSourcesGive(t *testing.T) {
	if err := run(web, true); err != nil {
		t.Error(err)
	}
}

func TestTheSameSourcesGiveTheSameBytes(t *testing.T) {
	a, err := build(web)
	if err != nil {
		t.Fatal(err)
	}
	b, err := build(web)
	if err != nil {
		t.Fatal(err)
	}
	for n := range a {
		if !bytes.Equal(a[n], b[n]) {
			t.Errorf("%s differs from one run to the next", n)
		}
	}
}
