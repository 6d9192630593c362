package emvtest

import (
	"fmt"
	"io"
	"strings"

	"wattkiosk/payments/emv"
	"wattkiosk/payments/emv/tlv"
)

// Transcript writes a payment down step by step, each data object with its name.
// Numbers and tracks of the card are masked. Its See is for Run.See.
type Transcript struct {
	out   io.Writer
	n     int
	lists map[tlv.Tag][]byte // the data object lists that the card sent
}

// NewTranscript makes a transcript.
func NewTranscript(out io.Writer) *Transcript {
	return &Transcript{out: out, lists: map[tlv.Tag][]byte{}}
}

func (t *Transcript) line(depth int, format string, args ...any) {
	text := strings.Repeat("    ", depth) + fmt.Sprintf(format, args...)
	fmt.Fprintln(t.out, strings.TrimRight(text, " "))
}

// See writes one step, and the answer to it if it is a Send.
func (t *Transcript) See(step emv.Step, answer []byte) {
	switch s := step.(type) {
	case emv.Send:
		t.n++
		t.line(0, "%d. %v", t.n, s.Command)
		t.command(s)
		t.answer(s, answer)
	case emv.Choose:
		t.line(0, "The customer chooses one of %d applications", len(s.Applications))
	case emv.EnterPIN:
		t.line(0, "The customer enters the PIN")
	case emv.GoOnline:
		t.line(0, "The bank is asked; card %s, a PIN was entered: %v", s.Card.Masked(), s.PIN)
		t.line(1, "track 2 %s, sequence %s, field 55:", maskTrack(string(s.Card.Track2)), []byte(s.Card.Sequence))
		t.objects(2, s.Field55)
	case emv.End:
		t.line(0, "End: %v; to be reversed: %v", s.Outcome.Ending, s.Outcome.Reverse)
	}
	t.line(0, "")
}

// Bank writes what the bank answered.
func (t *Transcript) Bank(a emv.BankAnswer) {
	t.line(0, "The bank answers %s, field 55:", a.Code[:])
	t.objects(1, a.Field55)
	t.line(0, "")
}

// command writes the header, and the data by the list that they follow.
func (t *Transcript) command(s emv.Send) {
	a := s.APDU
	if len(a) <= 5 {
		t.line(1, "> % X", []byte(a))
		return
	}
	t.line(1, "> % X, %d bytes of data", []byte(a[:4]), a[4])
	data := a[5:]
	if len(data) > int(a[4]) {
		data = data[:a[4]]
	}
	switch s.Command {
	case emv.GetProcessingOptions:
		if inner, err := tlv.Only(data, 0x83); err == nil {
			t.listed(t.lists[0x9F38], inner)
		}
	case emv.FirstGenerateAC:
		t.listed(t.lists[0x8C], data)
	case emv.SecondGenerateAC:
		t.listed(t.lists[0x8D], data)
	case emv.ExternalAuthenticate:
		t.object(2, tlv.Object{Tag: 0x91, Value: data})
	default:
		t.line(2, "%X%s", []byte(data), readable(data))
	}
}

// listed writes data that follow a data object list.
func (t *Transcript) listed(list, data []byte) {
	for len(list) > 0 {
		tag, rest, err := tlv.ReadTag(list)
		if err != nil || len(rest) == 0 || int(rest[0]) > len(data) {
			t.line(2, "not as the list says")
			return
		}
		n := int(rest[0])
		t.object(2, tlv.Object{Tag: tag, Value: data[:n]})
		list, data = rest[1:], data[n:]
	}
}

// Positions in answers of format 1.
var (
	options    = []tlv.Tag{0x82, 0x94}
	cryptogram = []tlv.Tag{0x9F27, 0x9F36, 0x9F26, 0x9F10}
	sizes      = map[tlv.Tag]int{0x82: 2, 0x9F27: 1, 0x9F36: 2, 0x9F26: 8}
)

func (t *Transcript) answer(s emv.Send, answer []byte) {
	if len(answer) < 2 {
		t.line(1, "< nothing")
		return
	}
	data := answer[:len(answer)-2]
	t.line(1, "< %X, %d bytes of data", answer[len(answer)-2:], len(data))
	inner, err := tlv.Only(data, 0x80)
	if err != nil {
		t.objects(2, data)
		return
	}

	tags := cryptogram
	if s.Command == emv.GetProcessingOptions {
		tags = options
	}
	t.line(2, "80 response message template format 1")
	for _, tag := range tags {
		n, fixed := sizes[tag]
		if !fixed || n > len(inner) {
			n = len(inner)
		}
		t.object(3, tlv.Object{Tag: tag, Value: inner[:n]})
		inner = inner[n:]
	}
}

// objects writes data objects, and those within them.
func (t *Transcript) objects(depth int, b []byte) {
	for o, err := range tlv.All(b) {
		if err != nil {
			t.line(depth, "malformed: %v", err)
			return
		}
		t.object(depth, o)
	}
}

func (t *Transcript) object(depth int, o tlv.Object) {
	name := names[o.Tag]
	if name == "" {
		name = "unknown"
	}
	if o.Tag.Constructed() {
		t.line(depth, "%v %s", o.Tag, name)
		t.objects(depth+1, o.Value)
		return
	}

	t.line(depth, "%v %s: %s", o.Tag, name, value(o))
	switch o.Tag {
	case 0x8C, 0x8D, 0x9F38:
		t.lists[o.Tag] = append([]byte(nil), o.Value...)
	}
}

// value is a value as it may be shown, with what it means where that is short.
func value(o tlv.Object) string {
	digits := fmt.Sprintf("%X", o.Value)
	switch o.Tag {
	case 0x5A:
		return maskTrack(digits)
	case 0x57:
		return maskTrack(strings.Replace(digits, "D", "=", 1))
	case 0x8C, 0x8D, 0x9F38:
		return digits + " = " + listNames(o.Value)
	case 0x95:
		return digits + means(o.Value, tvr)
	case 0x9F27:
		if len(o.Value) != 1 {
			return digits
		}
		return digits + map[byte]string{0x00: " = AAC", 0x40: " = TC", 0x80: " = ARQC"}[o.Value[0]&0xC0]
	case 0x9F10, 0x9F26, 0x9F37, 0x91:
		return digits
	}

	return digits + readable(o.Value)
}

// listNames are the tags and lengths of a data object list.
func listNames(list []byte) string {
	var all []string
	for len(list) > 0 {
		tag, rest, err := tlv.ReadTag(list)
		if err != nil || len(rest) == 0 {
			return "malformed"
		}
		all = append(all, fmt.Sprintf("%v(%d)", tag, rest[0]))
		list = rest[1:]
	}

	return strings.Join(all, " ")
}

// means names the bits of a value.
func means(v []byte, bits map[[2]byte]string) string {
	var all []string
	for i, b := range v {
		for bit := byte(0x80); bit > 0; bit >>= 1 {
			if b&bit != 0 {
				all = append(all, bits[[2]byte{byte(i + 1), bit}])
			}
		}
	}
	if len(all) == 0 {
		return ""
	}

	return " = " + strings.Join(all, "; ")
}

// readable is a value that is text, in quotes.
func readable(b []byte) string {
	const plain = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz ./-"
	if len(b) < 2 || strings.Trim(string(b), plain) != "" {
		return ""
	}

	return fmt.Sprintf(" = %q", b)
}

// maskTrack hides the middle of a number, and all digits after it.
func maskTrack(s string) string {
	pan, rest, found := strings.Cut(s, "=")
	if len(pan) < 10 {
		return strings.Repeat("*", len(s))
	}
	masked := pan[:6] + strings.Repeat("*", len(pan)-10) + pan[len(pan)-4:]
	if found {
		masked += "=" + strings.Repeat("*", len(rest))
	}

	return masked
}
