package iso8583_test

import (
	"errors"
	"strings"
	"testing"

	"wattkiosk/payments/posp/iso8583"
)

func TestSettersRefuse(t *testing.T) {
	for name, c := range map[string]struct {
		set  func(*iso8583.Message)
		want string
	}{
		"number too large":   {func(m *iso8583.Message) { m.SetNumber(iso8583.Trace, 1000000) }, "field 11 (trace) the number has too many digits"},
		"number of a text":   {func(m *iso8583.Message) { m.SetNumber(iso8583.Terminal, 1) }, "field 41 (terminal) is no number of fixed length"},
		"number of a length": {func(m *iso8583.Message) { m.SetNumber(iso8583.Acquirer, 1) }, "field 32 (acquirer) is no number of fixed length"},
		"no such field":      {func(m *iso8583.Message) { m.SetText(5, "1") }, "field 5 is not known"},
		"beyond the last":    {func(m *iso8583.Message) { m.SetText(65, "1") }, "field 65 is not known"},
		"twice":              {func(m *iso8583.Message) { m.SetNumber(iso8583.Trace, 1); m.SetNumber(iso8583.Trace, 1) }, "field 11 (trace) is set already"},
		"too short":          {func(m *iso8583.Message) { m.SetText(iso8583.Terminal, "1") }, "field 41 (terminal) has the wrong length"},
		"too long":           {func(m *iso8583.Message) { m.SetText(iso8583.PAN, strings.Repeat("6", 20)) }, "field 2 (card number) has the wrong length"},
		"letter":             {func(m *iso8583.Message) { m.SetText(iso8583.PAN, "62220a") }, "field 2 (card number) has a character that is no digit"},
		"separator":          {func(m *iso8583.Message) { m.SetText(iso8583.PAN, "6222=1") }, "field 2 (card number) has a character that is no digit"},
		"control character":  {func(m *iso8583.Message) { m.SetText(iso8583.Response, "0\n") }, "field 39 (response) has a character that cannot be printed"},
		"nothing":            {func(*iso8583.Message) {}, "the message has no field"},
		"MTI":                {func(m *iso8583.Message) { m.MTI = 0x0a00; m.SetNumber(iso8583.Trace, 1) }, "byte 13: not a digit in header or message type"},
	} {
		m := iso8583.Message{TPDU: iso8583.TPDU{0x60}}
		m.Reset(0x0200)
		c.set(&m)
		if got, err := m.AppendFrame(nil); err == nil || err.Error() != c.want || got != nil {
			t.Errorf("%s: %x, %v, want %s", name, got, err, c.want)
		}
	}
}

func TestTheFirstRefusalStands(t *testing.T) {
	var m iso8583.Message
	m.SetText(5, "")
	m.SetText(iso8583.Terminal, "1")
	m.SetNumber(iso8583.Terminal, 1)
	if m.Err() == nil || m.Err().Error() != "field 5 is not known" {
		t.Error(m.Err())
	}
	m.Reset(0x0800)
	if m.Err() != nil {
		t.Error("Reset keeps the refusal")
	}
}

// TestTooLongIsRefused: some fields to their limits fill a frame, and what is more is
// refused, by the setter or because of the length prefixes.
func TestTooLongIsRefused(t *testing.T) {
	for extra, want := range map[int]error{0: nil, 1: iso8583.ErrTooLong, 17: iso8583.ErrTooLong} {
		m := iso8583.Message{TPDU: iso8583.TPDU{0x60}}
		m.Reset(0x0200)
		for f, n := range map[iso8583.Field]int{
			iso8583.Keys: 512, iso8583.Private59: 600, iso8583.Chip: 255, iso8583.Totals: 322, iso8583.Operator: 163,
			iso8583.Private57: 100, iso8583.Private58: 100, iso8583.Track1: 76,
		} {
			m.SetText(f, strings.Repeat("6", n))
		}
		m.SetText(iso8583.Original, strings.Repeat("6", 29))
		m.SetText(iso8583.Track3, strings.Repeat("6", 10))
		m.SetText(iso8583.Kind, strings.Repeat("6", 19))
		const room = 2048 - 21 - (514 + 602 + 257 + 163 + 165 + 102 + 102 + 77 + 17 + 7 + 12)
		m.SetText(iso8583.ExtraResponse, strings.Repeat("6", room-1+extra))
		got, err := m.AppendFrame(nil)
		if !errors.Is(err, want) || want == nil && len(got) != iso8583.MaxFrame+2 {
			t.Errorf("%d bytes more: %d bytes, %v", extra, len(got), err)
		}
	}
}

func TestWipeLeavesNothing(t *testing.T) {
	m := message(t)
	m.Wipe()
	if *m != (iso8583.Message{}) {
		t.Error("something is left")
	}

	m = message(t)
	body := m.Bytes(iso8583.PAN)
	m.Reset(0x0200)
	for _, b := range body {
		if b != 0 {
			t.Fatal("the card number is left")
		}
	}
	if m.Text(iso8583.PAN) != "" || m.Bytes(iso8583.PAN) != nil || m.Len(iso8583.PAN) != 0 || m.Is(iso8583.PAN, "") {
		t.Error("the card number is there")
	}
}

func TestSeparatorOfATrack(t *testing.T) {
	var m iso8583.Message
	m.SetText(iso8583.Track2, "6222021234567890=3012")
	if !m.Is(iso8583.Track2, "6222021234567890D3012") {
		t.Error("= is not D")
	}
}
