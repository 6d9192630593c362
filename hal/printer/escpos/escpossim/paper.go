package escpossim

// paper is the roll and what came out of it.
type paper struct {
	dots     int   // across
	rollDots int64 // length of the roll, 0 for endless
	usedDots int64 // of this roll
	total    int64 // of all rolls

	current []element
	marked  bool // something visible is on the current piece
	damaged bool // the host threw away the rest of it
	fed     int  // dots of the current piece

	slips  []Slip
	next   int // number of the next slip
	blanks int
	lines  int // lines of text ever printed
	fonts  *fontCache
}

// kind says what an element is.
type kind int

const (
	kindText kind = iota
	kindFeed
	kindQR
	kindBarcode
	kindRaster
)

// element is one thing on the paper, over its full width.
type element struct {
	kind      kind
	align     byte // 0 left, 1 centre, 2 right
	height    int  // dots of paper
	spans     []span
	code      string    // content of a code
	symbology symbology // of a bar code
	module    int       // dots of a QR module
	level     byte      // QR error correction, '0' to '3'
	raster    []byte    // rows of width/8 bytes
	width     int       // dots of a raster
	scale     [2]int    // of a raster, across and down
}

// span is a run of text in one style.
type span struct {
	text       string
	bold       bool
	underline  bool
	wide, high int
	cols       int // cells of 12 dots at single width
}

// fits reports whether dots more come off the roll.
func (p *paper) fits(dots int) bool {
	return p.rollDots <= 0 || p.usedDots+int64(dots) <= p.rollDots
}

// put moves the paper by e.
func (p *paper) put(e element) {
	p.advance(e.height)
	if len(p.current) < MaxElements {
		p.current = append(p.current, e)
	}
	if e.kind == kindText {
		p.lines++
	}
	p.marked = p.marked || e.kind != kindFeed
}

func (p *paper) advance(dots int) {
	p.usedDots += int64(dots)
	p.total += int64(dots)
	p.fed += dots
}

// damage marks the slip in the printer as one that cannot become whole.
func (p *paper) damage() { p.damaged = true }

// endSlip files what is in the printer. A piece without a mark is a blank.
func (p *paper) endSlip(partial bool) {
	switch {
	case p.marked:
		p.slips = append(p.slips, Slip{
			Number: p.next, Partial: partial || p.damaged, MM: int64(p.fed / dotsPerMM),
			dots: p.dots, elements: p.current, fonts: p.fonts,
		})
		p.next++
		if len(p.slips) > MaxSlips {
			p.slips = append([]Slip(nil), p.slips[1:]...)
		}
	case p.fed > 0 && !partial:
		p.blanks++
	}

	p.current, p.marked, p.damaged, p.fed = nil, false, false, 0
}

func (p *paper) newRoll(mm int64) {
	p.rollDots = mm * dotsPerMM
	p.usedDots = 0
}

// Slips are the finished pieces with something on them, oldest first. The
// piece still in the printer is not among them.
func (d *Device) Slips() []Slip {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]Slip(nil), d.paper.slips...)
}

// Pending reports whether something is printed and not cut yet.
func (d *Device) Pending() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.paper.marked
}

// Blanks is how many pieces were cut with nothing on them.
func (d *Device) Blanks() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.paper.blanks
}

// PaperUsedMM is all the paper ever used, in millimetres.
func (d *Device) PaperUsedMM() int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.paper.total / dotsPerMM
}

// Lines is how many lines of text were ever printed.
func (d *Device) Lines() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.paper.lines
}
