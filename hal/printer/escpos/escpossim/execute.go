package escpossim

import "time"

// execute carries out one whole command. It answers false when paper ended in
// it; the command then stays in the buffer, as in a printer.
func (d *Device) execute(b []byte) bool {
	switch c := b[0]; {
	case c == '\n':
		return d.lineFeed()
	case c == '\f' && d.mode.form > 0:
		return d.nextForm()
	case c == '\t':
		return d.char(" ", 1)
	case c == escByte && len(b) > 1:
		return d.escape(b[1], b[2:])
	case c == fsByte && len(b) > 1:
		d.kanji(b[1], b[2:])
	case c == gsByte && len(b) > 1:
		return d.group(b[1], b[2:])
	case c >= 0x20 && c != 0x7F:
		return d.printable(b)
	}

	return true
}

func (d *Device) escape(c byte, a []byte) bool {
	n := first(a)
	switch c {
	case '@':
		d.reset()
		d.asb = false // the harder of two readings: some printers keep it
	case '!':
		d.mode.printMode(n)
	case 'E', 'G':
		d.mode.bold = n&1 != 0
	case '-':
		d.mode.underline = n&3 != 0 && n != '0'
	case 'a':
		if n &^= 0x30; n <= 2 {
			d.mode.align = n
		}
	case '2':
		d.mode.spacing = defaultLine
	case '3':
		d.mode.spacing = int(n)
	case 'C':
		d.mode.form, d.mode.spacing = int(n)*formLine, formLine
	case 'd':
		return d.feedLines(int(n))
	case 'J':
		return d.feedDots(int(n))
	case 'i', 'm':
		return d.cut(0)
	}

	return true
}

func (d *Device) kanji(c byte, a []byte) {
	switch c {
	case '&':
		d.mode.kanji = true
	case '.':
		d.mode.kanji = false
	case '!': // bit 2 double width, bit 3 double height
		d.mode.wide = 1 + int(first(a)>>2&1)
		d.mode.high = 1 + int(first(a)>>3&1)
	}
}

func (d *Device) group(c byte, a []byte) bool {
	n := first(a)
	switch c {
	case '!':
		d.mode.size(n)
	case 'h':
		d.mode.barHeight = int(n)
	case 'w':
		d.mode.barModule = int(n)
	case 'r':
		if n == 1 || n == '1' {
			d.answer(d.free, d.sensorByte())
		}
	case 'e':
		return d.eject(n)
	case 'a':
		d.asb = n != 0
		d.asbLast = [4]byte{}
	case 'V':
		if len(a) > 1 {
			return d.cut(int(a[1]) + cutterOffset)
		}
		return d.cut(0)
	case '(':
		return d.symbol(a)
	case 'k':
		return d.barcode(a)
	case 'v':
		return d.raster(a)
	}

	return true
}

func first(a []byte) byte {
	if len(a) == 0 {
		return 0
	}
	return a[0]
}

// put moves the paper by e, or answers false if the roll ends first.
func (d *Device) put(e element) bool {
	if !d.paper.fits(e.height) {
		d.endOfPaper()
		return false
	}
	d.paper.fonts = d.fonts
	d.paper.put(e)
	d.move(d.paperTime(e.height))
	return true
}

func (d *Device) paperTime(dots int) time.Duration {
	return time.Duration(dots) * time.Second / time.Duration(dotsPerMM*d.cfg.MMPerSecond)
}

// formLine is a line of a sixth of an inch in dots of an eighth of a millimetre.
const formLine = 34

// nextForm feeds to the top of the next form, where a slip ends: the customer
// tears it off. Where the forms begin is known since the power came.
func (d *Device) nextForm() bool {
	if len(d.line) > 0 && !d.lineFeed() {
		return false
	}
	rest := d.mode.form - int(d.paper.total%int64(d.mode.form))
	if !d.put(element{kind: kindFeed, height: rest}) {
		return false
	}
	d.paper.endSlip(false)
	return true
}

// endSlip lets a slip go that was cut off.
func (d *Device) endSlip() {
	n := d.paper.next
	d.paper.endSlip(false)
	if d.cfg.Presenter && d.paper.next > n {
		d.presenter.hold(n)
	}
}

// cut feeds and cuts. What stands on the line is printed first.
func (d *Device) cut(feed int) bool {
	if len(d.line) > 0 && !d.lineFeed() {
		return false
	}
	if !d.put(element{kind: kindFeed, height: feed}) {
		return false
	}
	d.endSlip()
	d.move(d.cfg.CutTime)
	return true
}
