package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

var (
	svgBody  = regexp.MustCompile(`(?s)<svg.*?>(.*)</svg>`)
	emptyBox = regexp.MustCompile(`\s*<path stroke="none"[^>]*/>`)
)

// sprite joins the icons of a folder into one SVG with a symbol for each,
// named as its file. Stroke and size come from the style class i.
func sprite(dir string) ([]byte, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.svg"))
	if err != nil {
		return nil, err
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("no icons in %s", dir)
	}
	var b bytes.Buffer
	b.WriteString(`<svg xmlns="http://www.w3.org/2000/svg">`)
	for _, p := range paths { // Glob sorts
		raw, err := os.ReadFile(p)
		if err != nil {
			return nil, err
		}
		m := svgBody.FindSubmatch(raw)
		if m == nil {
			return nil, fmt.Errorf("%s holds no <svg>", p)
		}
		in := strings.Join(strings.Fields(string(emptyBox.ReplaceAll(m[1], nil))), " ")
		in = strings.ReplaceAll(strings.ReplaceAll(in, "> <", "><"), " />", "/>")
		fmt.Fprintf(&b, `<symbol id="%s" viewBox="0 0 24 24">%s</symbol>`, strings.TrimSuffix(filepath.Base(p), ".svg"), in)
	}
	b.WriteString(`</svg>`)
	return b.Bytes(), nil
}
