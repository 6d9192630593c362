package escpos

import (
	"errors"
	"fmt"

	"wattkiosk/hal/printer"
)

// ErrPage is wrapped by every refusal of a page.
var ErrPage = errors.New("page cannot be printed")

// Commands as they stand on the wire.
const (
	cmdInit    = "\x1b@"           // ESC @
	cmdASBOff  = "\x1da\x00"       // GS a 0
	cmdASBOn   = "\x1da\x0e"       // GS a 14: online, errors, paper
	cmdKanji   = "\x1c&"           // FS &
	cmdReceipt = "\x1dr\x01"       // GS r 1
	cmdCut     = "\x1dV\x42"       // GS V 66, n follows
	cmdSixth   = "\x1b2"           // ESC 2: lines of a sixth of an inch
	cmdForm    = "\x1bC"           // ESC C, lines of a form follow
	cmdNext    = "\x0c"            // FF: to the top of the next form
	cmdQR      = "\x1d(k"          // GS ( k
	qrModel2   = "\x04\x001A2\x00" // fn 165
	qrLevelM   = "\x03\x001E1"     // fn 169
	qrPrint    = "\x03\x001Q0"     // fn 181
)

// Job is an encoded page.
type Job struct {
	// Segments are the bytes in order; each is a whole number of commands, so
	// a real-time request may be sent between two segments but not inside one.
	Segments [][]byte
	// MM is the estimate of the paper it takes, in millimetres.
	MM int64
}

// Bytes is the job in one piece.
func (j Job) Bytes() []byte {
	var out []byte
	for _, s := range j.Segments {
		out = append(out, s...)
	}
	return out
}

// Encode turns a page into commands: initialise, lines, feed and cut. The error
// wraps ErrPage. No text of the page can put a control byte into the result.
func (l Layout) Encode(page printer.Page) (Job, error) {
	if len(page.Lines) == 0 {
		return Job{}, fmt.Errorf("%w: it has no lines", ErrPage)
	}
	if len(page.Lines) > MaxLines {
		return Job{}, fmt.Errorf("%w: %d lines, limit %d", ErrPage, len(page.Lines), MaxLines)
	}

	e := &encoder{layout: l.normal(), setter: newTypesetter(l.Charset)}
	e.segment([]byte(cmdInit + cmdASBOff + cmdKanji))
	if e.layout.FormLines > 0 {
		e.segment(append([]byte(cmdSixth+cmdForm), byte(e.layout.FormLines)))
	}

	for i, line := range page.Lines {
		if err := e.line(line); err != nil {
			return Job{}, fmt.Errorf("line %d: %w", i+1, err)
		}
	}

	mm, err := e.end()
	if err != nil {
		return Job{}, err
	}
	if e.size > MaxJobBytes {
		return Job{}, fmt.Errorf("%w: %d bytes, limit %d", ErrPage, e.size, MaxJobBytes)
	}
	return Job{Segments: e.segments, MM: mm}, nil
}

// end lets go of the page, by a cut or by going to the next form, and returns the
// paper it took in millimetres.
func (e *encoder) end() (mm int64, err error) {
	form := e.layout.FormLines
	if form == 0 {
		e.segment([]byte{cmdCut[0], cmdCut[1], cmdCut[2], e.layout.CutFeed})
		e.dots += int(e.layout.CutFeed) + cutterOffsetDots
		return int64((e.dots + dotsPerMM - 1) / dotsPerMM), nil
	}
	if e.lines > form-formMargin {
		return 0, fmt.Errorf("%w: %d lines do not fit a form of %d, of which %d stay free", ErrPage, e.lines, form, formMargin)
	}
	e.segment([]byte(cmdNext))
	return e.layout.formMM(), nil
}

// encoder collects segments and remembers which style the printer has.
type encoder struct {
	layout   Layout
	setter   typesetter
	segments [][]byte
	size     int
	dots     int
	lines    int // of a sixth of an inch, for forms
	style    style
}

type style struct {
	align printer.Align
	bold  bool
	large bool
}

func (e *encoder) segment(b []byte) {
	e.segments = append(e.segments, b)
	e.size += len(b)
}

func (e *encoder) line(l printer.Line) error {
	if l.Align < printer.Left || l.Align > printer.Right {
		return fmt.Errorf("%w: unknown alignment %d", ErrPage, int(l.Align))
	}
	if n := max(len(l.Text), len(l.Label), len(l.Value)); n > MaxTextBytes {
		return fmt.Errorf("%w: text of %d bytes, limit %d", ErrPage, n, MaxTextBytes)
	}

	switch {
	case l.Rule:
		rule := make([]glyph, e.layout.Columns)
		for i := range rule {
			rule[i] = glyph{"-", 1}
		}
		e.text(style{}, rule)
	case l.QR != "":
		return e.qr(l)
	case l.FeedLines != 0:
		return e.feed(l.FeedLines)
	case l.Label != "" || l.Value != "":
		st := style{bold: l.Bold, large: l.Large}
		for _, g := range pair(e.setter.glyphs(l.Label), e.setter.glyphs(l.Value), e.columns(l.Large)) {
			e.text(st, g)
		}
	default:
		st := style{align: l.Align, bold: l.Bold, large: l.Large}
		for _, g := range wrap(e.setter.glyphs(l.Text), e.columns(l.Large)) {
			e.text(st, g)
		}
	}

	return nil
}

func (e *encoder) columns(large bool) int {
	if large {
		return e.layout.Columns / 2
	}
	return e.layout.Columns
}

// text sets one printed line.
func (e *encoder) text(st style, g []glyph) {
	b := e.setStyle(st)
	for _, c := range g {
		b = append(b, c.code...)
	}
	e.segment(append(b, '\n'))
	if st.large {
		e.dots += largeDots
		e.lines += 2
		return
	}
	e.dots += lineDots
	e.lines++
}

// setStyle is the commands that lead from the present style to st.
func (e *encoder) setStyle(st style) []byte {
	var b []byte
	if st.align != e.style.align {
		b = append(b, 0x1b, 'a', byte(st.align))
	}
	if st.bold != e.style.bold {
		b = append(b, 0x1b, 'E', bit(st.bold, 1))
	}
	if st.large != e.style.large {
		b = append(b, 0x1d, '!', bit(st.large, 0x11))
	}
	e.style = st
	return b
}

func bit(on bool, v byte) byte {
	if on {
		return v
	}
	return 0
}

func (e *encoder) feed(lines int) error {
	if lines < 0 || lines > MaxFeedLines {
		return fmt.Errorf("%w: feed of %d lines, limit %d", ErrPage, lines, MaxFeedLines)
	}
	e.segment([]byte{0x1b, 'd', byte(lines)})
	e.dots += lines * lineDots
	e.lines += lines
	return nil
}

// qr stores and prints a QR code, model 2, level M, in one segment.
func (e *encoder) qr(l printer.Line) error {
	data := qrBytes(l.QR)
	if len(data) == 0 || len(data) > MaxQRBytes {
		return fmt.Errorf("%w: QR content of %d bytes, limit %d", ErrPage, len(data), MaxQRBytes)
	}

	b := e.setStyle(style{align: l.Align})
	b = append(b, cmdQR+qrModel2...)
	b = append(b, cmdQR...)
	b = append(b, 3, 0, '1', 'C', byte(e.layout.QRDots))
	b = append(b, cmdQR+qrLevelM...)
	n := len(data) + 3
	b = append(b, cmdQR...)
	b = append(b, byte(n), byte(n>>8), '1', 'P', '0')
	b = append(b, data...)
	b = append(b, cmdQR+qrPrint...)
	e.segment(b)
	dots := qrModules(len(data))*e.layout.QRDots + lineDots
	e.dots += dots
	e.lines += (dots + lineDots - 1) / lineDots
	return nil
}

// qrModules estimates the side of a level-M code for n bytes.
func qrModules(n int) int {
	capacity := [...]int{14, 26, 42, 62, 84, 106, 122, 152, 180, 213, 251, 287, 331, 362, 412, 450, 504, 560}
	for i, c := range capacity {
		if n <= c {
			return 21 + 4*i
		}
	}
	return 21 + 4*len(capacity)
}
