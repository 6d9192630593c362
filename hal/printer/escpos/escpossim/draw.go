package escpossim

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"

	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/code128"
	"github.com/boombuler/barcode/code39"
	"github.com/boombuler/barcode/ean"
	"github.com/boombuler/barcode/qr"
)

// The frame of a picture, in dots.
const (
	marginX   = 28
	marginTop = 40
	marginEnd = 48
	maxHeight = 20000 // a longer slip is cut off in the picture
)

const (
	inkGrey   = 0x1c // thermal black
	paperGrey = 0xfd
)

// PNG draws the slip in grey, one pixel a dot, with the margins of the paper.
// It does not fail for want of a font: Chinese characters become boxes then.
func (s Slip) PNG() ([]byte, error) {
	h := 0
	for _, e := range s.elements {
		h += e.height
	}

	h = min(h, maxHeight)
	c := newCanvas(s.dots+2*marginX, h+marginTop+marginEnd)
	f := s.fonts.get()
	y := marginTop
	for _, e := range s.elements {
		if y+e.height > h+marginTop {
			break
		}
		c.element(f, e, s.dots, y)
		y += e.height
	}

	if s.Partial {
		c.torn()
	}

	var out bytes.Buffer
	if err := png.Encode(&out, c.img); err != nil {
		return nil, fmt.Errorf("cannot encode slip %d: %w", s.Number, err)
	}
	return out.Bytes(), nil
}

type canvas struct{ img *image.Gray }

func newCanvas(w, h int) canvas {
	img := image.NewGray(image.Rect(0, 0, w, h))
	for i := range img.Pix {
		img.Pix[i] = paperGrey
	}
	return canvas{img}
}

// block inks w×h dots.
func (c canvas) block(x, y, w, h int) {
	for dy := range h {
		for dx := range w {
			c.img.SetGray(x+dx, y+dy, color.Gray{Y: inkGrey})
		}
	}
}

// torn draws the ragged end of a partial slip.
func (c canvas) torn() {
	b := c.img.Bounds()
	for x := range b.Dx() {
		depth := x % 24
		if depth > 12 {
			depth = 24 - depth
		}
		for y := b.Dy() - 4 - depth; y < b.Dy(); y++ {
			c.img.SetGray(x, y, color.Gray{Y: 0xc0})
		}
	}
}

// left is where an element of width w begins.
func left(align byte, w, dots int) int {
	switch align {
	case 1:
		return marginX + max(0, dots-w)/2
	case 2:
		return marginX + max(0, dots-w)
	}
	return marginX
}

func (c canvas) element(f *glyphFont, e element, dots, y int) {
	switch e.kind {
	case kindText:
		c.text(f, e, left(e.align, e.textDots(), dots), y)
	case kindQR:
		c.qr(e, dots, y)
	case kindBarcode:
		c.barcode(e, dots, y)
	case kindRaster:
		c.raster(e, dots, y)
	}
}

// text draws spans on a common base: lower characters stand at the bottom.
func (c canvas) text(f *glyphFont, e element, x, y int) {
	tallest := 0
	for _, s := range e.spans {
		tallest = max(tallest, s.high*cellHeight)
	}

	for _, s := range e.spans {
		top := y + tallest - s.high*cellHeight
		begin := x
		for _, r := range s.text {
			cols := cellsOf(r)
			c.glyph(f.dots(r, cols), x, top, s)
			x += cols * cellWidth * s.wide
		}
		if s.underline {
			c.block(begin, top+s.high*cellHeight-1, x-begin, 2)
		}
	}
}

// cellsOf is the cells of a character that came out of GB18030: one for one
// byte, two for the rest.
func cellsOf(r rune) int {
	if r < 0x80 || r == '¿' {
		return 1
	}
	return 2
}

// glyph draws a cell of dots at the scale of the span; bold is drawn twice.
func (c canvas) glyph(m cell, x, y int, s span) {
	smear := 0
	if s.bold {
		smear = 1
	}
	for dy := range cellHeight {
		for dx := range m.width {
			if m.at(dx, dy) {
				c.block(x+dx*s.wide, y+dy*s.high, s.wide+smear*s.wide, s.high)
			}
		}
	}
}

// qrMatrix is the modules of the code, nil if it cannot be encoded.
func (e element) qrMatrix() [][]bool {
	level := map[byte]qr.ErrorCorrectionLevel{'0': qr.L, '1': qr.M, '2': qr.Q, '3': qr.H}[e.level]
	code, err := qr.Encode(e.code, level, qr.Auto)
	if err != nil {
		code, err = qr.Encode(e.code, level, qr.Unicode)
	}
	if err != nil {
		return nil
	}

	b := code.Bounds()
	m := make([][]bool, b.Dy())
	for y := range m {
		m[y] = make([]bool, b.Dx())
		for x := range m[y] {
			g, _, _, _ := code.At(b.Min.X+x, b.Min.Y+y).RGBA()
			m[y][x] = g < 0x8000
		}
	}
	return m
}

func (c canvas) qr(e element, dots, y int) {
	m := e.qrMatrix()
	x := left(e.align, len(m)*e.module, dots)
	for r, row := range m {
		for k, dark := range row {
			if dark {
				c.block(x+k*e.module, y+(r+1)*e.module, e.module, e.module)
			}
		}
	}
}

// bars is a bar code in its symbology.
func (e element) bars() (barcode.Barcode, error) {
	switch e.symbology {
	case code128Bars:
		return code128.Encode(visible(e.code))
	case eanBars:
		return ean.Encode(e.code)
	}
	return code39.Encode(e.code, false, true)
}

func (c canvas) barcode(e element, dots, y int) {
	code, err := e.bars()
	if err != nil {
		return
	}
	w := code.Bounds().Dx()
	x := left(e.align, w*e.module, dots)
	for k := range w {
		if g, _, _, _ := code.At(k, 0).RGBA(); g < 0x8000 {
			c.block(x+k*e.module, y, e.module, e.height)
		}
	}
}

func (c canvas) raster(e element, dots, y int) {
	row := e.width / 8
	x := left(e.align, e.width*e.scale[0], dots)
	for i, b := range e.raster {
		for k := range 8 {
			if b&(0x80>>k) != 0 {
				c.block(x+(i%row*8+k)*e.scale[0], y+i/row*e.scale[1], e.scale[0], e.scale[1])
			}
		}
	}
}
