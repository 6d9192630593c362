package screen

import (
	"fmt"
	"html/template"
	"strings"

	"github.com/boombuler/barcode/qr"
)

// quiet is the empty edge around a QR code, in modules, that readers need.
const quiet = 4

// QR draws the code of a payment as the slip has it, to be photographed: black modules
// as one path, so that no style stands in the page.
func (l Look) QR(serial string) (template.HTML, error) { return l.Code(l.F.Fleet.CodeOf(serial)) }

// Code draws a code that says text.
func (l Look) Code(text string) (template.HTML, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return "", fmt.Errorf("cannot draw a code: %w", err)
	}

	var path strings.Builder
	size := code.Bounds().Dx()
	for y := range size {
		for x := range size {
			if r, _, _, _ := code.At(x, y).RGBA(); r == 0 {
				fmt.Fprintf(&path, "M%d %dh1v1h-1z", x+quiet, y+quiet)
			}
		}
	}
	edge := size + 2*quiet

	return template.HTML(fmt.Sprintf(`<svg class="qr" viewBox="0 0 %d %d" shape-rendering="crispEdges" aria-hidden="true"><path d="%s"/></svg>`, edge, edge, path.String())), nil
}
