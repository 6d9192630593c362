package escpos_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"

	"wattkiosk/hal/printer"
	"wattkiosk/hal/printer/escpos"
	"wattkiosk/hal/printer/escpos/escpossim"
	"wattkiosk/hal/printer/printertest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// receiptPage is a payment slip as the terminal prints it.
func receiptPage() printer.Page {
	return printer.Page{Lines: []printer.Line{
		{Text: "国家电网 缴费凭证", Align: printer.Centre, Large: true, Bold: true},
		{Text: "Payment slip", Align: printer.Centre},
		{Rule: true},
		{Label: "户号", Value: "0401234567"},
		{Label: "户名", Value: "张*明"},
		{Label: "用电地址", Value: "河北省石家庄市长安区中山东路一百二十八号幸福里小区三号楼二单元一千二百零四室"},
		{Label: "供电单位", Value: "长安供电所"},
		{Label: "流水号", Value: "202603010800000042"},
		{Label: "交易类型", Value: "现金缴费"},
		{Rule: true},
		{Label: "欠费金额", Value: "123.45元"},
		{Label: "实收金额", Value: "¥200.00"},
		{Label: "转入预收", Value: "76.55元", Bold: true},
		{Label: "合计", Value: "200.00元", Large: true},
		{Rule: true},
		{Text: "本凭证不作报销凭证，可凭此到营业厅换取发票。This slip can be exchanged for an invoice at the counter."},
		{FeedLines: 1},
		{QR: "https://example.invalid/v/202603010800000042?h=9f86d081884c7d65", Align: printer.Centre},
		{Text: "扫码查验", Align: printer.Centre},
		{Text: "终端 K0017  2026-03-01 08:00:00", Align: printer.Right},
	}}
}

// golden compares got with a file, or rewrites the file.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; got\n%s\nwant\n%s", name, got, want)
	}
}

func TestGoldenReceipt(t *testing.T) {
	job, err := escpos.Layout{}.Encode(receiptPage())
	if err != nil {
		t.Fatal(err)
	}
	var dump strings.Builder
	for _, s := range job.Segments {
		dump.WriteString(hex.EncodeToString(s) + "\n")
	}
	golden(t, "receipt.hex", dump.String())
	slip := printed(t, job, escpossim.Config{})
	golden(t, "receipt.txt", slip.Text())
	if diff := job.MM - slip.MM; diff < -3 || diff > 3 {
		t.Errorf("estimate %d mm, the printer used %d mm", job.MM, slip.MM)
	}
	png, err := slip.PNG()
	if err != nil || !bytes.HasPrefix(png, []byte("\x89PNG")) {
		t.Errorf("picture: %v", err)
	}
	if path := os.Getenv("SLIP_PNG"); path != "" {
		if err := os.WriteFile(path, png, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// printed lets a simulator print a job.
func printed(t *testing.T, job escpos.Job, cfg escpossim.Config) escpossim.Slip {
	t.Helper()
	dev := escpossim.New(cfg)
	at := printertest.Start()
	dev.Receive(at, job.Bytes())
	for w := dev.Wake(); !w.IsZero(); w = dev.Wake() {
		dev.Advance(w)
	}
	slips := dev.Slips()
	if len(slips) != 1 {
		t.Fatalf("%d slips, want 1", len(slips))
	}
	return slips[0]
}

// TestAPrinterOfGBKGetsNoFourBytes: of all characters only those of the two-byte plane
// go out, as the code page's own decoder reads them.
func TestAPrinterOfGBKGetsNoFourBytes(t *testing.T) {
	decoder := simplifiedchinese.GBK.NewDecoder()
	same, replaced := 0, 0
	for r := rune(0xA0); r < 0x20100; r++ {
		if r == 0xD800 {
			r = 0xF900 // no characters, and private ones
		}
		if r == 0x10000 {
			r = 0x20000
		}
		job, err := escpos.Layout{}.Encode(printer.Page{Lines: []printer.Line{{Text: string(r)}}})
		if err != nil {
			t.Fatal(err)
		}
		line := bytes.TrimRight(job.Segments[1], "\n")
		got, err := decoder.String(string(line))
		switch {
		case err != nil || len(line) > 2:
			t.Fatalf("%U goes out as % X: %q, %v", r, line, got, err)
		case got == string(r) && len(line) == 2:
			same++
		case got == "〓":
			replaced++
		case got != "?" && got != " " && got != "" && r != '¥':
			t.Fatalf("%U is printed as %q", r, got)
		}
	}
	if same < 21_700 || replaced < 6_000 {
		t.Errorf("%d characters printed, %d replaced", same, replaced)
	}
}

func TestAPrinterOfAllGB18030(t *testing.T) {
	l := escpos.Layout{Columns: 32, Charset: escpos.GB18030}
	job, err := l.Encode(printer.Page{Lines: []printer.Line{{Text: "㐀𠀀ÿ"}}})
	if err != nil {
		t.Fatal(err)
	}
	if got := printed(t, job, escpossim.Config{Dots: 384}).Text(); got != "㐀𠀀ÿ\n" {
		t.Errorf("slip %q", got)
	}
}

func TestLines(t *testing.T) {
	cases := []struct {
		name string
		line printer.Line
		want string // on 32 columns
	}{
		{"pair", printer.Line{Label: "户号", Value: "123"}, "户号" + strings.Repeat(" ", 25) + "123\n"},
		{"pair exactly full", printer.Line{Label: "0123456789", Value: "012345678901234567890"}, "0123456789 012345678901234567890\n"},
		{"long value hangs", printer.Line{Label: "地址", Value: "一二三四五六七八九十一二三四五"}, "地址 一二三四五六七八九十一二三\n     四五\n"},
		{"long label", printer.Line{Label: "一二三四五六七八九十", Value: "0123456789abcdef"}, "一二三四五六七八九十\n" + strings.Repeat(" ", 16) + "0123456789abcdef\n"},
		{"value alone", printer.Line{Value: "x"}, strings.Repeat(" ", 31) + "x\n"},
		{"large pair", printer.Line{Label: "合计", Value: "9元", Large: true}, "合计" + strings.Repeat(" ", 9) + "9元\n"},
		{"words stay whole", printer.Line{Text: "one two three four five six seven eight"}, "one two three four five six\nseven eight\n"},
		{"rule", printer.Line{Rule: true}, strings.Repeat("-", 32) + "\n"},
		{"empty", printer.Line{}, "\n"},
		{"feed", printer.Line{FeedLines: 2}, "\n\n"},
		{"yen", printer.Line{Text: "¥5"}, "￥5\n"},
		{"undefined", printer.Line{Text: "a\ue000😀\xff\ufffdb"}, "a????b\n"},
		{"controls", printer.Line{Text: "a\x1b@\x10\x04\x01\x00b\tc\nd\u200be\x7f"}, "a@b c de\n"},
		{"not in GBK", printer.Line{Text: "㐀𠀀ÿ€ñ(䶯)"}, "〓〓???(〓)\n"},
		{"accents of pinyin", printer.Line{Text: "é à ü 囍"}, "é à ü 囍\n"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			page := printer.Page{Lines: []printer.Line{c.line, {Text: "."}}}
			job, err := escpos.Layout{Columns: 32}.Encode(page)
			if err != nil {
				t.Fatal(err)
			}
			got := printed(t, job, escpossim.Config{Dots: 384}).Text()
			if got != c.want+".\n" {
				t.Errorf("slip\n%q\nwant\n%q", got, c.want+".\n")
			}
		})
	}
}

func TestRefusedPages(t *testing.T) {
	many := make([]printer.Line, 201)
	big := make([]printer.Line, 200)
	for i := range big {
		big[i].Text = strings.Repeat("用", 60)
	}
	cases := map[string][]printer.Line{
		"no lines":   nil,
		"many lines": many,
		"many bytes": big,
		"long text":  {{Value: strings.Repeat("x", 4097)}},
		"QR content": {{QR: strings.Repeat("x", 513)}},
		"empty QR":   {{QR: "\x00\x1b"}},
		"feed":       {{FeedLines: 21}},
		"back feed":  {{FeedLines: -1}},
		"alignment":  {{Text: "a", Align: 3}},
	}
	for name, lines := range cases {
		if _, err := (escpos.Layout{}).Encode(printer.Page{Lines: lines}); !errors.Is(err, escpos.ErrPage) {
			t.Errorf("%s: error %v, want ErrPage", name, err)
		}
	}
}

func TestQRBytes(t *testing.T) {
	job, err := escpos.Layout{QRDots: 5}.Encode(printer.Page{Lines: []printer.Line{{QR: "ab", Align: printer.Centre}}})
	if err != nil {
		t.Fatal(err)
	}
	want := "\x1ba\x01" + "\x1d(k\x04\x001A2\x00" + "\x1d(k\x03\x001C\x05" + "\x1d(k\x03\x001E1" +
		"\x1d(k\x05\x001P0ab" + "\x1d(k\x03\x001Q0"
	if got := string(job.Segments[1]); got != want {
		t.Errorf("QR bytes % x, want % x", got, want)
	}
}

func FuzzEncoder(f *testing.F) {
	f.Add("缴费 \x10\x04\x01", "label\x1b", "value\x1d", "qr\x10\x04\x02", 1)
	f.Add("\x10", "\x04", "\x05", "x\x10", 2)
	f.Fuzz(func(t *testing.T, text, label, value, qr string, align int) {
		page := printer.Page{Lines: []printer.Line{
			{Text: text, Align: printer.Align(align)},
			{Text: text, Large: true},
			{Label: label, Value: value},
			{Label: value, Value: label, Large: true, Bold: true},
		}}
		if qr != "" {
			page.Lines = append(page.Lines, printer.Line{QR: qr})
		}
		job, err := escpos.Layout{}.Encode(page)
		if err != nil {
			if !errors.Is(err, escpos.ErrPage) {
				t.Errorf("error %v is not ErrPage", err)
			}
			return
		}
		all := job.Bytes()
		for _, realtime := range []string{"\x10\x04", "\x10\x05", "\x10\x14"} {
			if bytes.Contains(all, []byte(realtime)) {
				t.Errorf("job contains % x", realtime)
			}
		}
		if rest := strip(all); bytes.IndexFunc(rest, func(r rune) bool { return r < 0x20 && r != '\n' || r == 0x7f }) >= 0 {
			t.Errorf("control bytes in the text: % x", rest)
		}
	})
}

// strip takes the commands the encoder may use out of a job. What is left is
// text.
func strip(b []byte) []byte {
	known := []struct {
		prefix string
		args   int
	}{
		{"\x1b@", 0},
		{"\x1da\x00", 0},
		{"\x1c&", 0},
		{"\x1ba", 1},
		{"\x1bE", 1},
		{"\x1d!", 1},
		{"\x1bd", 1},
		{"\x1dV\x42", 1},
	}
	var out []byte
next:
	for len(b) > 0 {
		if bytes.HasPrefix(b, []byte("\x1d(k")) {
			b = b[5+int(b[3])+int(b[4])<<8:]
			continue
		}
		for _, k := range known {
			if bytes.HasPrefix(b, []byte(k.prefix)) {
				b = b[len(k.prefix)+k.args:]
				continue next
			}
		}
		out = append(out, b[0])
		b = b[1:]
	}
	return out
}
