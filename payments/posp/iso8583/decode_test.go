package iso8583_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"

	"wattkiosk/payments/posp/iso8583"
)

// frameOf wraps MTI, bitmap and fields, given in hexadecimal with spaces.
func frameOf(t testing.TB, body string) []byte {
	t.Helper()
	b := unhex(t, "6000030000603100311903"+strings.ReplaceAll(body, " ", ""))
	return append(binary.BigEndian.AppendUint16(nil, uint16(len(b))), b...)
}

func TestRefusesWhatIsWrong(t *testing.T) {
	for name, c := range map[string]struct {
		frame []byte
		want  string
	}{
		"nothing":             {nil, "byte 0: the frame is cut off"},
		"no bitmap":           {unhex(t, "000d60000300006031003119030800"), "byte 15: the frame is cut off"},
		"length too small":    {append(frameOf(t, "0800 0020000000000000 000001"), 0), "byte 0: the length is not that of the frame"},
		"TPDU":                {unhex(t, "0018610003000060310031190308000020000000000000000001"), "byte 2: the TPDU does not begin with 60"},
		"header":              {unhex(t, "0018600003000060310a31190308000020000000000000000001"), "byte 9: not a digit in header or message type"},
		"MTI":                 {frameOf(t, "0b00 0020000000000000 000001"), "byte 13: not a digit in header or message type"},
		"no field":            {frameOf(t, "0800 0000000000000000"), "byte 15: the message has no field"},
		"second bitmap":       {frameOf(t, "0800 8020000000000000 000001"), "field 1, byte 23: the field is not known"},
		"unknown field":       {frameOf(t, "0800 0420000000000000 000001"), "field 6, byte 23: the field is not known"},
		"cut off":             {frameOf(t, "0800 0020000000000000 0000"), "field 11 (trace), byte 23: the frame is cut off"},
		"no length":           {frameOf(t, "0800 0000000000000010 02"), "field 60 (kind), byte 23: the frame is cut off"},
		"length in letters":   {frameOf(t, "0800 4000000000000000 1a00"), "field 2 (card number), byte 23: the length is not in digits"},
		"long card number":    {frameOf(t, "0800 4000000000000000 20 62220212345678901280"), "field 2 (card number), byte 23: the field is too long"},
		"length beyond end":   {frameOf(t, "0800 4000000000000000 19 622202123456789012"), "field 2 (card number), byte 24: the frame is cut off"},
		"letter in amount":    {frameOf(t, "0800 1000000000000000 0000000001a0"), "field 4 (amount), byte 28: not a digit"},
		"pad":                 {frameOf(t, "0800 4000000000000000 19 6222021234567890128f"), "field 2 (card number), byte 33: not a digit"},
		"pad of a digit":      {frameOf(t, "0800 4000000000000000 19 62220212345678901281"), "field 2 (card number), byte 33: the pad is not 0"},
		"pad at the left":     {frameOf(t, "0800 0000020000000000 1001"), "field 23 (card sequence), byte 23: the pad is not 0"},
		"letter on a track":   {frameOf(t, "0800 0000000020000000 04 62e3"), "field 35 (track 2), byte 25: neither a digit nor a separator"},
		"control character":   {frameOf(t, "0800 0000000002000000 300a"), "field 39 (response), byte 24: not a character that can be printed"},
		"more than the field": {frameOf(t, "0800 0020000000000000 00000100"), "byte 26: something follows the last field"},
	} {
		var m iso8583.Message
		err := m.Decode(c.frame)
		var where *iso8583.DecodeError
		if err == nil || err.Error() != c.want || !errors.As(err, &where) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
		for f := range m.Fields {
			t.Errorf("%s: field %v is there", name, f)
		}
	}
}

func TestReadFrame(t *testing.T) {
	first, second := goldens(t)[0].bytes(t), goldens(t)[2].bytes(t)
	stream := bytes.NewReader(append(bytes.Clone(first), second...))
	for _, want := range [][]byte{first, second} {
		if got, err := iso8583.ReadFrame(stream, nil); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%x, %v", got, err)
		}
	}
	if _, err := iso8583.ReadFrame(stream, nil); err != io.EOF {
		t.Errorf("at the end: %v", err)
	}

	for name, c := range map[string]struct {
		stream, want string
	}{
		"cut off in the length": {"\x00", "unexpected EOF"},
		"cut off":               {string(first[:20]), "unexpected EOF"},
		"nothing after it":      {string(first[:2]), "unexpected EOF"},
		"too short":             {"\x00\x14", "frame of 20 bytes: want 21 to 2048"},
		"too long":              {"\x08\x01", "frame of 2049 bytes: want 21 to 2048"},
	} {
		if _, err := iso8583.ReadFrame(strings.NewReader(c.stream), nil); err == nil || err.Error() != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}

	room := make([]byte, 0, 4096)
	got, err := iso8583.ReadFrame(bytes.NewReader(first), room)
	if err != nil || &got[0] != &room[:1][0] {
		t.Errorf("the room was not used: %v", err)
	}
}

func TestMACInput(t *testing.T) {
	frame := goldens(t)[2].bytes(t)
	in, ok := iso8583.MACInput(frame)
	if !ok || !bytes.Equal(in, frame[13:len(frame)-8]) {
		t.Errorf("%x, %v", in, ok)
	}
	if !iso8583.PutMAC(frame, [8]byte{1, 2, 3, 4, 5, 6, 7, 8}) || !bytes.HasSuffix(frame, []byte{1, 2, 3, 4, 5, 6, 7, 8}) {
		t.Errorf("%x", frame)
	}

	plain := goldens(t)[0].bytes(t)
	if _, ok := iso8583.MACInput(plain); ok || iso8583.PutMAC(plain, [8]byte{}) {
		t.Error("a sign-in has no MAC")
	}
	if _, ok := iso8583.MACInput(nil); ok {
		t.Error("nothing has no MAC")
	}
}

func TestTPDUAndTypeOfAnAnswer(t *testing.T) {
	if got := (iso8583.TPDU{0x60, 1, 2, 3, 4}).Swap(); got != (iso8583.TPDU{0x60, 3, 4, 1, 2}) {
		t.Errorf("%x", got)
	}
	if got := iso8583.MTI(0x0200).Answer(); got != 0x0210 {
		t.Errorf("%v", got)
	}
}
