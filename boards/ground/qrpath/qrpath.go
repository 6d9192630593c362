// Package qrpath draws a QR code as one SVG path, so that no style stands in a page: the
// kiosk's screen and head office's pages, of which neither imports the other, draw alike. It
// makes no codes: it is given the modules as an image, one pixel each, black where dark.
package qrpath

import (
	"fmt"
	"image"
	"strings"
)

// Quiet is the empty edge around a code, in modules, that readers need.
const Quiet = 4

// Of is the path of a square code with its quiet edge, and the length of an edge in modules,
// for a viewBox of "0 0 edge edge".
func Of(code image.Image) (path string, edge int) {
	var b strings.Builder
	size := code.Bounds().Dx()
	for y := range size {
		for x := range size {
			if r, _, _, _ := code.At(x, y).RGBA(); r == 0 {
				fmt.Fprintf(&b, "M%d %dh1v1h-1z", x+Quiet, y+Quiet)
			}
		}
	}

	return b.String(), size + 2*Quiet
}
