package escpos

// Columns of the usual papers at the normal font.
const (
	Columns80mm      = 48 // 576 dots, 12-dot font
	Columns80mmWide  = 42 // 512 dots, or a 13-dot font
	Columns58mm      = 32 // 384 dots
	minColumns       = 16
	maxColumns       = 96
	dotsPerMM        = 8  // 203 dpi
	lineDots         = 30 // default line spacing
	largeDots        = 48 // height of a double-size line
	cutterOffsetDots = 96 // from the print head to the knife
)

// Bounds of a page. A page beyond them is refused by Encode.
const (
	MaxLines     = 200   // lines of a page
	MaxJobBytes  = 16384 // encoded bytes of a page
	MaxTextBytes = 4096  // bytes of one text, label or value
	MaxQRBytes   = 512   // bytes of a QR code's content
	MaxFeedLines = 20    // lines of one feed
)

// Layout is how a page is set on the paper. The zero value is an 80 mm printer
// with 48 columns.
type Layout struct {
	Columns int  // columns at normal size, 16 to 96; 0 means 48
	QRDots  int  // dots of a QR module, 2 to 16; 0 means 6
	CutFeed byte // dots fed beyond the knife before the cut
}

func (l Layout) normal() Layout {
	if l.Columns < minColumns || l.Columns > maxColumns {
		l.Columns = Columns80mm
	}
	if l.QRDots < 2 || l.QRDots > 16 {
		l.QRDots = 6
	}
	return l
}
