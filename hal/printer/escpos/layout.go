package escpos

// Columns of the usual papers at the normal font.
const (
	Columns80mm      = 48 // 576 dots, 12-dot font
	Columns80mmWide  = 42 // 512 dots, or a 13-dot font
	Columns58mm      = 32 // 384 dots
	Columns76mm      = 40 // 76 mm impact printers, 7x9 font
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

// Bounds of a form.
const (
	MinFormLines = 12  // 51 mm
	MaxFormLines = 127 // what ESC C takes
	// formMargin is how many lines of a form stay free at its end: the print head
	// must not meet the perforation.
	formMargin = 2
	// sixthMM10 is a line of a sixth of an inch, in tenths of a millimetre, times 6.
	sixthMM10 = 254
)

// Layout is how a page is set on the paper. The zero value is an 80 mm printer
// with 48 columns.
type Layout struct {
	Columns int     // columns at normal size, 16 to 96; 0 means 48
	QRDots  int     // dots of a QR module, 2 to 16; 0 means 6
	CutFeed byte    // dots fed beyond the knife before the cut
	Charset Charset // what the printer's font holds; "" means GBK

	// FormLines makes the paper a chain of forms on sprockets, as the 76 mm roll of
	// invoices: so many lines of a sixth of an inch from one form to the next, 12 to
	// 127. A page begins at the top of a form and must fit it; instead of a cut the
	// paper goes to the top of the next. 0: plain paper.
	//
	// The printer takes the place where the paper stands when its power comes as the
	// top of a form: who loads paper sets it there.
	FormLines int
}

// formMM is the length of a form in millimetres, rounded up.
func (l Layout) formMM() int64 { return int64((l.FormLines*sixthMM10 + 59) / 60) }

func (l Layout) normal() Layout {
	if l.Columns < minColumns || l.Columns > maxColumns {
		l.Columns = Columns80mm
	}
	if l.QRDots < 2 || l.QRDots > 16 {
		l.QRDots = 6
	}
	if l.FormLines != 0 {
		l.FormLines = min(max(l.FormLines, MinFormLines), MaxFormLines)
	}
	return l
}
