package screen

import (
	"fmt"
	"html/template"

	"github.com/boombuler/barcode/qr"

	"wattkiosk/boards/ground/qrpath"
)

// QR draws the code of a payment as the slip has it, to be photographed: black modules
// as one path, so that no style stands in the page.
func (l Look) QR(serial string) (template.HTML, error) { return l.Code(l.F.Fleet.CodeOf(serial)) }

// Code draws a code that says text.
func (l Look) Code(text string) (template.HTML, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return "", fmt.Errorf("cannot draw a code: %w", err)
	}

	path, edge := qrpath.Of(code)

	return template.HTML(fmt.Sprintf(`<svg class="qr" viewBox="0 0 %d %d" shape-rendering="crispEdges" aria-hidden="true"><path d="%s"/></svg>`, edge, edge, path)), nil
}
