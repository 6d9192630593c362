package escpossim_test

import (
	"bytes"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"wattkiosk/hal/printer/escpos/escpossim"
)

func start() time.Time { return time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC) }

// play sends data and lets the printer work for a minute; it returns the
// printer and what it answered.
func play(cfg escpossim.Config, data string) (*escpossim.Device, []byte) {
	d := escpossim.New(cfg)
	d.Receive(start(), []byte(data))
	return d, settle(d, start(), time.Minute)
}

func settle(d *escpossim.Device, from time.Time, span time.Duration) []byte {
	var tx []byte
	for at := from; ; {
		tx = append(tx, d.Advance(at)...)
		w := d.Wake()
		if w.IsZero() || w.After(from.Add(span)) {
			return tx
		}
		at = w
	}
}

// TestChineseModeIsTheDefaultOfSomeFirmware: it stands after ESC @.
func TestChineseModeIsTheDefaultOfSomeFirmware(t *testing.T) {
	d, _ := play(escpossim.Config{ChineseMode: true}, "\x1c.\x1b@\xd6\xd0\xce\xc4\n\x1dV\x42\x00")
	if slips := d.Slips(); len(slips) != 1 || slips[0].Text() != "中文\n" {
		t.Errorf("slips %v", slips)
	}
}

func TestInterpreter(t *testing.T) {
	const cut = "\x1dV\x42\x00"
	cases := []struct {
		name, data, want string
	}{
		{"plain", "abc\n" + cut, "abc\n"},
		{"gb18030", "\x1c&\xd6\xd0\xce\xc4\n" + cut, "中文\n"},
		{"four bytes", "\x1c&\x81\x39\xee\x39\n" + cut, "㐀\n"},
		{"kanji mode off", "\xd6\xd0\n" + cut, "¿¿\n"},
		{"reset ends kanji", "\x1c&\x1b@\xd6\n" + cut, "¿\n"},
		{"centre", "\x1ba\x01ab\n" + cut, strings.Repeat(" ", 23) + "ab\n"},
		{"centre, double width", "\x1ba\x01\x1d!\x11ab\n" + cut, strings.Repeat(" ", 22) + "ab\n"},
		{"right by digit", "\x1ba2ab\n" + cut, strings.Repeat(" ", 46) + "ab\n"},
		{"wraps", strings.Repeat("x", 50) + "\n" + cut, strings.Repeat("x", 48) + "\nxx\n"},
		{"print mode", "\x1b!\x38" + strings.Repeat("x", 25) + "\n" + cut, strings.Repeat("x", 24) + "\nx\n"},
		{"feed lines", "a\x1bd\x03b\n" + cut, "a\n\n\nb\n"},
		{"feed dots leave no line", "a\n\x1bJ\x40b\n" + cut, "a\nb\n"},
		{"cut prints the line", "abc" + cut, "abc\n"},
		{"qr", "\x1d(k\x05\x001P0hi\x1d(k\x03\x001Q0" + cut, "[QR:hi]\n"},
		{"barcode, NUL", "\x1dk\x04A1\x00" + cut, "[BARCODE:A1]\n"},
		{"CODE 128", "\x1dkI\x04{BA1" + cut, "[BARCODE:A1]\n"},
		{"CODE 128, sets and a brace", "\x1dkI\x0c{BA{{1{C\x0c\x22{A" + cut, "[BARCODE:A{11234]\n"},
		{"CODE 128 without a code set", "\x1dkI\x02A1a\n" + cut, "a\n"},
		{"EAN-13", "\x1dk\x02690123456789\x00" + cut, "[BARCODE:690123456789]\n"},
		{"EAN-13 of eleven digits", "\x1dkC\x0b69012345678a\n" + cut, "a\n"},
		{"raster", "\x1dv0\x00\x02\x00\x01\x00\xff\x0aend\n" + cut, "[IMAGE:16×1]\nend\n"},
		{"bit image skipped", "\x1b*\x21\x01\x00\x0a\x0a\x0aend\n" + cut, "end\n"},
		{"unknown commands skipped", "\x1b=\x01\x1dB\x00\x1cS\x00\x00\x1bt\x05a\n" + cut, "a\n"},
		{"realtime inside", "a\x10\x04\x01b\n" + cut, "ab\n"},
		{"broken kanji", "\x1c&\xd6\x20a\n" + cut, "¿ a\n"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			d, _ := play(escpossim.Config{}, c.data)
			slips := d.Slips()
			if len(slips) != 1 {
				t.Fatalf("%d slips, want 1", len(slips))
			}
			if got := slips[0].Text(); got != c.want {
				t.Errorf("text %q, want %q", got, c.want)
			}
			if slips[0].Partial {
				t.Error("slip is partial")
			}
		})
	}
}

func TestStatusAnswers(t *testing.T) {
	cases := []struct {
		fault escpossim.Fault
		want  []byte // to DLE EOT 1, 2, 3, 4 and GS r 1
	}{
		{"", []byte{0x12, 0x12, 0x12, 0x12, 0x00}},
		{escpossim.FaultNearEnd, []byte{0x12, 0x12, 0x12, 0x1e, 0x03}},
		{escpossim.FaultPaperOut, []byte{0x1a, 0x32, 0x12, 0x7e}},
		{escpossim.FaultCover, []byte{0x1a, 0x16, 0x12, 0x12}},
		{escpossim.FaultCutter, []byte{0x1a, 0x52, 0x1a, 0x12}},
		{escpossim.FaultOffline, []byte{0x1a, 0x12, 0x12, 0x12}},
		{escpossim.FaultSilent, nil},
	}
	for _, c := range cases {
		d := escpossim.New(escpossim.Config{})
		if c.fault != "" {
			d.Inject(start(), c.fault)
		}
		d.Receive(start(), []byte("\x10\x04\x01\x10\x04\x02\x10\x04\x03\x10\x04\x04\x1dr\x01"))
		if got := settle(d, start(), time.Minute); !bytes.Equal(got, c.want) {
			t.Errorf("%q: answers % x, want % x", c.fault, got, c.want)
		}
	}
}

func TestReceiptWaitsForThePaper(t *testing.T) {
	d := escpossim.New(escpossim.Config{})
	d.Receive(start(), []byte(strings.Repeat("line\n", 40)+"\x1dr\x01"))
	// 40 lines of 30 dots are 150 mm: one second at 150 mm/s.
	if got := d.Advance(start().Add(990 * time.Millisecond)); len(got) > 0 {
		t.Errorf("receipt % x while the paper moves", got)
	}
	if got := settle(d, start().Add(990*time.Millisecond), time.Second); !bytes.Equal(got, []byte{0}) {
		t.Errorf("receipt % x, want 00", got)
	}
	if mm := d.PaperUsedMM(); mm != 150 {
		t.Errorf("%d mm used, want 150", mm)
	}
}

func TestPaperEndKeepsAPartialSlip(t *testing.T) {
	d := escpossim.New(escpossim.Config{})
	d.EndPaperAfter(start(), 15) // four lines
	d.Receive(start(), []byte("1\n2\n3\n4\n5\n6\n\x1dV\x42\x00"))
	settle(d, start(), time.Minute)
	slips := d.Slips()
	if len(slips) != 1 || !slips[0].Partial || slips[0].Text() != "1\n2\n3\n4\n" {
		t.Fatalf("slips %+v, want one partial slip of four lines", slips)
	}
	// A printer that is given paper goes on with what it still has.
	later := start().Add(time.Minute)
	d.Clear(later, escpossim.FaultPaperOut)
	settle(d, later, time.Minute)
	if slips = d.Slips(); len(slips) != 2 || slips[1].Text() != "5\n6\n" {
		t.Errorf("slips %+v, want the rest on a second one", slips)
	}
}

func TestClearingBuffers(t *testing.T) {
	const dc4, enq = "\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08", "\x10\x05\x02"
	cases := []struct {
		name  string
		clone bool
		fault escpossim.Fault
		send  string
		rest  bool // the buffered line still comes out
	}{
		{"DLE DC4", false, escpossim.FaultCover, dc4, false},
		{"DLE ENQ needs a cutter error", false, escpossim.FaultCover, enq, true},
		{"DLE ENQ after a cutter error", false, escpossim.FaultCutter, enq, false},
		{"clone: DLE DC4 unknown", true, escpossim.FaultCover, dc4, true},
		{"clone: DLE ENQ", true, escpossim.FaultCover, enq, false},
		{"ESC @ clears no input", false, escpossim.FaultCover, "\x1b@", true},
	}
	for _, c := range cases {
		d := escpossim.New(escpossim.Config{Clone: c.clone})
		d.Inject(start(), c.fault)
		d.Receive(start(), []byte("ghost\n\x1dV\x42\x00"+c.send))
		d.ClearAll(start())
		settle(d, start(), time.Minute)
		if got := d.Lines() == 1; got != c.rest {
			t.Errorf("%s: line came out %t, want %t", c.name, got, c.rest)
		}
	}
}

func TestPowerCutLosesTheBuffer(t *testing.T) {
	d := escpossim.New(escpossim.Config{Boot: time.Second})
	d.Receive(start(), []byte(strings.Repeat("line\n", 40)))
	d.Advance(start().Add(500 * time.Millisecond))
	off := start().Add(500 * time.Millisecond)
	d.PowerCut(off)
	d.PowerOn(off)
	d.Receive(off.Add(900*time.Millisecond), []byte("\x10\x04\x01"))
	if got := settle(d, off, 950*time.Millisecond); len(got) > 0 {
		t.Errorf("answers % x while it boots", got)
	}
	d.Receive(off.Add(1100*time.Millisecond), []byte("\x10\x04\x01"))
	if got := settle(d, off.Add(1100*time.Millisecond), time.Minute); !bytes.Equal(got, []byte{0x12}) {
		t.Errorf("answers % x after boot, want 12", got)
	}
	if slips := d.Slips(); len(slips) != 1 || !slips[0].Partial || d.Lines() > 21 {
		t.Errorf("%d lines, slips %+v: want one partial slip of half the lines", d.Lines(), slips)
	}
}

func TestAutomaticStatus(t *testing.T) {
	d, got := play(escpossim.Config{}, "\x1da\xff")
	if want := []byte{0x10, 0, 0, 0}; !bytes.Equal(got, want) {
		t.Errorf("status % x, want % x", got, want)
	}
	later := start().Add(time.Minute)
	d.Inject(later, escpossim.FaultCover)
	if got, want := settle(d, later, time.Second), []byte{0x38, 0, 0, 0}; !bytes.Equal(got, want) {
		t.Errorf("status % x after the cover opened, want % x", got, want)
	}
}

func TestBufferOverflowIsCounted(t *testing.T) {
	d, _ := play(escpossim.Config{BufferBytes: 16}, "\x1b@"+strings.Repeat("x", 100))
	if d.Lost() != 86 {
		t.Errorf("%d bytes lost, want 86", d.Lost())
	}
}

func TestNearEndByLength(t *testing.T) {
	d := escpossim.New(escpossim.Config{RollMM: 100, NearEndMM: 90})
	d.Receive(start(), []byte("a\nb\nc\n\x10\x04\x04"))
	settle(d, start(), time.Second)
	d.Receive(start().Add(time.Second), []byte("\x10\x04\x04"))
	if got := settle(d, start().Add(time.Second), time.Second); !bytes.Equal(got, []byte{0x1e}) {
		t.Errorf("answer % x after 11 of 100 mm, want 1e", got)
	}
}

func TestParseFault(t *testing.T) {
	for _, f := range escpossim.Faults() {
		if got, err := escpossim.ParseFault(string(f)); err != nil || got != f {
			t.Errorf("ParseFault(%q) = %q, %v", f, got, err)
		}
	}
	if _, err := escpossim.ParseFault("fire"); err == nil {
		t.Error("ParseFault accepted an unknown fault")
	}
}

func TestPNGWithoutAFont(t *testing.T) {
	d, _ := play(escpossim.Config{OnlyFonts: true, Fonts: []string{"[", "/nonexistent.ttc"}},
		"\x1c&\x1bE\x01A\xd6\xd0\n\x1d(k\x05\x001P0hi\x1d(k\x03\x001Q0\x1dV\x42\x00")
	img := picture(t, d.Slips()[0])
	if w := img.Bounds().Dx(); w != 576+56 {
		t.Errorf("picture is %d wide, want 632", w)
	}
	if n := ink(img, image.Rect(28, 40, 28+12, 40+24)); n < 20 {
		t.Errorf("letter A has %d dark dots", n)
	}
	if n := ink(img, image.Rect(28+12, 40, 28+36, 40+24)); n < 40 {
		t.Errorf("the box for a Chinese character has %d dark dots", n)
	}
}

func TestPNGIsCrisp(t *testing.T) {
	d, _ := play(escpossim.Config{}, "\x1ba\x01\x1d(k\x03\x001C\x06\x1d(k\x05\x001P0hi\x1d(k\x03\x001Q0\x1dV\x42\x00")
	img := picture(t, d.Slips()[0])
	// A version 1 code: 21 modules of 6 dots, centred; its finder is a ring.
	x, y := 28+(576-21*6)/2, 40+6
	for _, p := range []struct {
		dx, dy int
		dark   bool
	}{{0, 0, true}, {6*6 + 5, 0, true}, {6, 6, false}, {11, 11, false}, {12, 12, true}, {7*6 + 1, 3, false}, {-1, 0, false}} {
		if got := dark(img, x+p.dx, y+p.dy); got != p.dark {
			t.Errorf("dot %d,%d of the code is dark %t, want %t", p.dx, p.dy, got, p.dark)
		}
	}
}

func picture(t *testing.T, s escpossim.Slip) image.Image {
	t.Helper()
	b, err := s.PNG()
	if err != nil {
		t.Fatal(err)
	}
	if dir := os.Getenv("SLIP_DIR"); dir != "" {
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(t.Name())+".png"), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	img, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

func dark(img image.Image, x, y int) bool {
	g, _, _, _ := img.At(x, y).RGBA()
	return g < 0x8000
}

func ink(img image.Image, r image.Rectangle) int {
	n := 0
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			if dark(img, x, y) {
				n++
			}
		}
	}
	return n
}

func FuzzInterpreter(f *testing.F) {
	f.Add([]byte("\x1b@\x1c&\xd6\xd0\n\x1dV\x42\x00"), false)
	f.Add([]byte("\x1d(k\x05\x001P0hi\x1d(k\x03\x001Q0\x1dk\x04A1\x00\x0c\x1dv0\x00\x01\x00\x01\x00\xff"), true)
	f.Add([]byte("\x10\x04\x01\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08\x10\x05\x02\x1da\xff\x1dr\x01"), true)
	f.Fuzz(func(t *testing.T, data []byte, clone bool) {
		if len(data) > 4096 {
			return
		}
		d := escpossim.New(escpossim.Config{BufferBytes: 512, Clone: clone, OnlyFonts: true})
		at := start()
		for len(data) > 0 {
			n := min(len(data), 100)
			d.Receive(at, data[:n])
			data = data[n:]
			at = at.Add(time.Second)
			d.Advance(at)
		}
		d.Receive(at, []byte("\x1b@\n\x1dV\x42\x00"))
		for _, s := range d.Slips() {
			if s.Number < 1 || s.MM < 0 {
				t.Errorf("slip %d of %d mm", s.Number, s.MM)
			}
			if strings.ContainsAny(s.Text(), "\x00\x10\x1b\x1c\x1d") {
				t.Errorf("control bytes in text %q", s.Text())
			}
			if s.MM < 300 {
				if _, err := s.PNG(); err != nil {
					t.Errorf("PNG: %v", err)
				}
			}
		}
		if w := d.Wake(); !w.IsZero() && w.Before(start()) {
			t.Errorf("wake at %v lies before all time", w)
		}
	})
}
