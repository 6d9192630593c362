package escpossim

// mode is the settings that ESC @ brings back to their defaults.
type mode struct {
	kanji      bool
	bold       bool
	underline  bool
	align      byte
	wide, high int
	spacing    int  // line spacing in dots
	barHeight  int  // of a barcode
	barModule  int  // dots of its narrowest bar
	qrModule   int  // dots of a QR module
	qrLevel    byte // '0' to '3'
	form       int  // dots from one form to the next; 0 = no forms
}

// qrStore is the symbol storage of GS ( k.
type qrStore []byte

// reset is ESC @: settings and the line being set, but not the input buffer.
func (d *Device) reset() {
	d.mode = mode{
		wide: 1, high: 1, spacing: defaultLine,
		kanji:     d.cfg.ChineseMode,
		barHeight: 162, barModule: 3, qrModule: defaultQRDots, qrLevel: '0',
	}
	d.line, d.curX, d.qr = nil, 0, nil
}

// size is GS ! n: bits 4-6 width, bits 0-2 height, each less one.
func (m *mode) size(n byte) {
	m.wide, m.high = int(n>>4&7)+1, int(n&7)+1
}

// printMode is ESC ! n.
func (m *mode) printMode(n byte) {
	m.bold = n&0x08 != 0
	m.high = 1 + int(n>>4&1)
	m.wide = 1 + int(n>>5&1)
	m.underline = n&0x80 != 0
}
