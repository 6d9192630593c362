package escpossim

import (
	"fmt"
	"image"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// usualFonts are patterns of files with CJK glyphs that x/image can read.
func usualFonts() []string {
	return []string{
		"/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
		"/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc",
		"/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc",
		"/usr/share/fonts/*/NotoSans*CJK*-Regular.*",
		"/usr/share/fonts/*/*/NotoSans*CJK*-Regular.*",
		"/usr/share/fonts/*/*/SourceHanSans*-Regular.*",
	}
}

// inkShare is the coverage from which a dot of a glyph is burnt.
const inkShare = 0x68

// cell is the dots of one character, 24 high.
type cell struct {
	width int
	ink   []bool
}

func (c cell) at(x, y int) bool { return c.ink[y*c.width+x] }

// fontCache finds and parses the font once, when the first picture is drawn.
type fontCache struct {
	cfg  Config
	once sync.Once
	font *glyphFont
}

func (c *fontCache) get() *glyphFont {
	c.once.Do(func() {
		c.font = &glyphFont{cells: map[rune]cell{}}
		patterns := c.cfg.Fonts
		if !c.cfg.OnlyFonts {
			patterns = append(append([]string(nil), patterns...), usualFonts()...)
		}
		c.font.open(patterns)
	})
	return c.font
}

// glyphFont turns characters into dots.
type glyphFont struct {
	mu    sync.Mutex
	sfnt  *opentype.Font // nil: no font was found
	face  font.Face
	cells map[rune]cell
}

// open takes the first file among the patterns that holds a usable font.
func (f *glyphFont) open(patterns []string) {
	for _, p := range patterns {
		files, err := filepath.Glob(p)
		if err != nil {
			continue // a malformed pattern matches nothing
		}
		for _, name := range files {
			if parsed, err := parseFont(name); err == nil && f.use(parsed) == nil {
				return
			}
		}
	}
}

func (f *glyphFont) use(parsed *opentype.Font) error {
	var buf sfnt.Buffer
	if i, err := parsed.GlyphIndex(&buf, '中'); err != nil || i == 0 {
		return fmt.Errorf("font has no Chinese glyphs")
	}
	face, err := opentype.NewFace(parsed, &opentype.FaceOptions{Size: cellHeight, DPI: 72, Hinting: font.HintingFull})
	if err != nil {
		return fmt.Errorf("cannot use font: %w", err)
	}
	f.sfnt, f.face = parsed, face
	return nil
}

// parseFont reads a font file; of a collection it prefers the monospaced
// simplified Chinese member, whose Latin letters are half as wide as its Han.
func parseFont(name string) (*opentype.Font, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("cannot read font: %w", err)
	}

	coll, err := opentype.ParseCollection(data)
	if err != nil {
		return nil, fmt.Errorf("cannot parse font %s: %w", name, err)
	}

	var best *opentype.Font
	bestRank := -1
	for i := range coll.NumFonts() {
		member, err := coll.Font(i)
		if err != nil {
			continue // one bad member does not spoil the others
		}
		full, _ := member.Name(nil, sfnt.NameIDFull)
		if r := rank(full); r > bestRank {
			best, bestRank = member, r
		}
	}

	if best == nil {
		return nil, fmt.Errorf("font %s has no usable member", name)
	}
	return best, nil
}

func rank(name string) int {
	n := 0
	if strings.Contains(name, "SC") {
		n += 2
	}
	if strings.Contains(name, "Mono") {
		n++
	}
	return n
}

// dots is the cell of r, cols cells of 12 dots wide.
func (f *glyphFont) dots(r rune, cols int) cell {
	f.mu.Lock()
	defer f.mu.Unlock()
	if c, ok := f.cells[r]; ok {
		return c
	}
	c := f.render(r, cols*cellWidth)
	f.cells[r] = c
	return c
}

func (f *glyphFont) render(r rune, width int) cell {
	face, base := f.face, 21
	if f.has(r) {
		return rasterize(face, r, width, base)
	}
	if r < 0x80 {
		return double(rasterize(basicfont.Face7x13, r, cellWidth, 10))
	}
	return box(width)
}

func (f *glyphFont) has(r rune) bool {
	if f.sfnt == nil {
		return false
	}
	var buf sfnt.Buffer
	i, err := f.sfnt.GlyphIndex(&buf, r)
	return err == nil && i != 0
}

// rasterize draws r centred in a cell and burns the dots that are dark enough.
func rasterize(face font.Face, r rune, width, base int) cell {
	img := image.NewAlpha(image.Rect(0, 0, width, cellHeight))
	advance, _ := face.GlyphAdvance(r)
	d := font.Drawer{Dst: img, Src: image.Opaque, Face: face}
	d.Dot = fixed.P(0, base)
	d.Dot.X = (fixed.I(width) - advance) / 2
	d.DrawString(string(r))
	c := cell{width: width, ink: make([]bool, width*cellHeight)}
	for i, a := range img.Pix {
		c.ink[i] = a >= inkShare
	}
	return c
}

// double stretches the upper half of a cell to its full height.
func double(c cell) cell {
	out := cell{width: c.width, ink: make([]bool, len(c.ink))}
	for y := range cellHeight {
		for x := range c.width {
			out.ink[y*c.width+x] = c.at(x, y/2)
		}
	}
	return out
}

// box is drawn in place of a character that the font does not have.
func box(width int) cell {
	c := cell{width: width, ink: make([]bool, width*cellHeight)}
	for y := 2; y < cellHeight-2; y++ {
		for x := 2; x < width-2; x++ {
			c.ink[y*width+x] = y == 2 || y == cellHeight-3 || x == 2 || x == width-3
		}
	}
	return c
}
