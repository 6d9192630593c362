package flash_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"wattkiosk/ota/flash"
)

const secret = "one-time-token"

func TestParseEnrolment(t *testing.T) {
	for _, text := range []string{
		"OFFICE=https://office.example\nKIOSK=10000001\nTOKEN=one-time-token\n",
		"\ufeffTOKEN=one-time-token\r\nKIOSK=10000001\r\n\r\n# from head office\r\nOFFICE=https://office.example/",
		`OFFICE="https://office.example"` + "\n" + `KIOSK='10000001'` + "\n" + ` TOKEN=one-time-token `,
	} {
		e, err := flash.ParseEnrolment([]byte(text))
		if err != nil || e.Office != "https://office.example" || e.Kiosk != "10000001" {
			t.Errorf("%q: %v, %v", text, e, err)
		}
	}
	const good = "OFFICE=https://office.example\nKIOSK=10000001\nTOKEN=one-time-token\n"
	for _, tt := range []struct{ name, old, altered string }{
		{"no office", "OFFICE=https://office.example\n", ""},
		{"no kiosk", "KIOSK=10000001\n", ""},
		{"no token", "TOKEN=one-time-token\n", ""},
		{"another address", "https://", "ftp://"},
		{"in clear", "https://", "http://"},
		{"no host", "https://office.example", "https://"},
		{"a short number", "10000001", "1000001"},
		{"a command", "TOKEN=one-time-token", "TOKEN=$(reboot)one-time-token"},
		{"a command behind it", "one-time-token", "one-time-token;reboot"},
		{"a command in the address", "office.example", "office.example`reboot`"},
		{"a second word", "10000001", "10000001 x"},
		{"another variable", "KIOSK", "PATH"},
		{"twice", "KIOSK=10000001\n", "KIOSK=10000001\nKIOSK=10000001\n"},
		{"a line of text", "KIOSK", "export KIOSK"},
		{"too long", "one-time-token", strings.Repeat("one-time-token", 400)},
		{"a long token", "one-time-token", strings.Repeat("one-time-token", 10)},
	} {
		bad := strings.Replace(good, tt.old, tt.altered, 1)
		if bad == good {
			t.Errorf("%s: nothing was altered", tt.name)
		}
		if e, err := flash.ParseEnrolment([]byte(bad)); code(err) != flash.Enrolling || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: %v, %v", tt.name, e, err)
		}
	}
}

// TestTokenIsNotSaid prints an enrolment in every way there is.
func TestTokenIsNotSaid(t *testing.T) {
	e := *enrolment(t)
	text, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	for _, said := range []string{fmt.Sprint(e), fmt.Sprintf("%+v", &e), fmt.Sprintf("%#v", e), fmt.Sprintf("%q", e), string(text)} {
		if strings.Contains(said, secret) || !strings.Contains(said, "10000001") {
			t.Errorf("%s", said)
		}
	}
}
