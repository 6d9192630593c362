package iso8583_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"wattkiosk/payments/posp/iso8583"
)

// secrets are the values of message that nothing may print, and their bytes in ways
// that a verb may show them.
var secrets = []string{
	"6222021234567890128", "3012", "6222021234567890128D301", "996222021234567890128D156", "BTRACKONE", "PINBLOCK", "CHIPDATA", "WORKKEYS",
}

func message(t *testing.T) *iso8583.Message {
	t.Helper()
	m := &iso8583.Message{TPDU: iso8583.TPDU{0x60}}
	m.Reset(0x0200)
	m.SetText(iso8583.PAN, secrets[0])
	m.SetNumber(iso8583.Amount, 12850)
	m.SetText(iso8583.Expiry, secrets[1])
	m.SetText(iso8583.Track2, secrets[2])
	m.SetText(iso8583.Track3, secrets[3])
	m.SetText(iso8583.Terminal, "10000001")
	m.SetText(iso8583.Track1, secrets[4])
	m.SetText(iso8583.PINBlock, secrets[5])
	m.SetText(iso8583.Chip, secrets[6])
	m.SetText(iso8583.Keys, secrets[7])
	m.SetBytes(iso8583.Operator, []byte{'0', '0', '1', 0xcb, 0xcd})
	m.SetText(iso8583.MAC, "766ACEFE")
	if err := m.Err(); err != nil {
		t.Fatal(err)
	}
	return m
}

const (
	shown  = `0200 2=hidden(19) 4=000000012850 14=hidden(4) 35=hidden(23) 36=hidden(25) 41=10000001 45=hidden(9) 52=hidden(8) 55=hidden(8) 62=hidden(8) 63="001\xcb\xcd" 64=3736364143454645`
	asJSON = `{"14":"hidden(4)","2":"hidden(19)","35":"hidden(23)","36":"hidden(25)","4":"000000012850","41":"10000001","45":"hidden(9)","52":"hidden(8)","55":"hidden(8)","62":"hidden(8)","63":"\"001\\xcb\\xcd\"","64":"3736364143454645","mti":"0200"}`
)

func TestSecretsAreNeverPrinted(t *testing.T) {
	m := message(t)
	if m.String() != shown || m.GoString() != shown {
		t.Errorf("%s", m.String())
	}
	if b, err := json.Marshal(m); err != nil || string(b) != asJSON {
		t.Errorf("%s, %v", b, err)
	}

	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("frame", "pointer", m, "value", *m)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("frame", "pointer", m, "value", *m, "in", struct{ M any }{m})
	said := log.String()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x", "%X", "%o", "%b", "%t"} {
		said += fmt.Sprintf(verb+verb, m, *m) + fmt.Sprintf(verb, []any{m, struct{ M *iso8583.Message }{m}, struct{ M iso8583.Message }{*m}})
	}
	packed := "62 22 02 12 34" // as bytes of an array would be printed in decimal: 98 34 2 18 52
	for _, s := range append(secrets, strings.ReplaceAll(packed, " ", ""), "98 34 2 18 52") {
		if strings.Contains(strings.ReplaceAll(said, "0x", ""), s) {
			t.Errorf("%s is printed", s)
		}
	}
	if !strings.Contains(said, "000000012850") {
		t.Error("nothing is printed")
	}
}

func TestHiddenFields(t *testing.T) {
	var hidden []string
	for f := range iso8583.Field(70) {
		if f.Hidden() {
			hidden = append(hidden, fmt.Sprint(uint8(f)))
		}
	}
	if got := strings.Join(hidden, " "); got != "2 14 35 36 45 48 52 54 55 57 58 59 62" {
		t.Error(got)
	}
}
