package pdf

import "strings"

// rgb is a colour as in 0x151922.
type rgb int

// The page's light theme, see web/src/css/tokens.css.
const (
	white  rgb = 0xffffff
	ink    rgb = 0x151922
	second rgb = 0x465062
	third  rgb = 0x5f6979
	line1  rgb = 0xe5e8ed
	line2  rgb = 0xd0d6df
	line3  rgb = 0x8a94a4
	press  rgb = 0xe8ebf0
	sunken rgb = 0xf4f5f8
	accent rgb = 0x3550d6
)

// fills are the colours of series and states in charts and dots; inks those of
// text in a state.
var (
	fills = map[string]rgb{"ok": 0x2aa56f, "warn": 0xe9a23b, "bad": 0xdc4a3d, "info": 0x3f8fd6, "mute": 0xb3bbc8,
		"c1": 0x3b57e0, "c2": 0x0f9d8a, "c3": 0xe07b1a, "c4": 0x9650c8, "c5": 0xcf3f6b, "c6": 0x8792a4}
	inks = map[string]rgb{"ok": 0x11724a, "warn": 0x8a5300, "bad": 0xb3261e, "info": 0x1b5e9e, "mute": 0x5b6474}
)

// fill is the colour a shape's class names; ink when it names none.
func fill(class string) rgb {
	for _, word := range strings.Fields(class) {
		if c, ok := fills[word]; ok {
			return c
		}
	}
	return ink
}

func has(class, word string) bool {
	for _, w := range strings.Fields(class) {
		if w == word {
			return true
		}
	}
	return false
}

func (c rgb) parts() (r, g, b int) { return int(c>>16) & 255, int(c>>8) & 255, int(c) & 255 }

// mix is share of c over white.
func (c rgb) mix(share float64) rgb {
	part := func(shift int) rgb {
		v := float64(int(c>>shift) & 255)
		return rgb(int(255-(255-v)*share+.5)) << shift
	}
	return part(16) | part(8) | part(0)
}
