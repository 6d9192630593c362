package flash

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"wattkiosk/boards/ground/httpgate"
)

// Enrolment is what a new board enrols itself with at its first start.
type Enrolment struct {
	Office string // head office's address, https://, without a / at its end
	Kiosk  string // terminal number, 8 digits
	token  string // one-time; a secret
}

// enrolFile is where a board looks for it, on the partition bootName.
const (
	enrolFile = "enrol.env"
	bootName  = "boot"
	maxEnrol  = 4 << 10 // bytes of the file
)

// What a board reads with a shell has no character that means something to it.
var (
	officeAddress = regexp.MustCompile(`^https?://[A-Za-z0-9.:/_\[\]-]{1,200}$`)
	kioskNumber   = regexp.MustCompile(`^[0-9]{8}$`)
	tokenText     = regexp.MustCompile(`^[A-Za-z0-9._~+/=-]{1,128}$`)
)

// NewEnrolment checks what a board is to enrol itself with. No error has the token
// in it.
func NewEnrolment(office, kiosk, token string) (Enrolment, error) {
	office = strings.TrimRight(office, "/")
	u, err := url.Parse(office)
	switch {
	case err != nil || u.Host == "" || !officeAddress.MatchString(office):
		return Enrolment{}, refuse(Enrolling, "head office's address is not https:// and a name")
	case u.Scheme != "https" && !httpgate.Local(u.Hostname()):
		return Enrolment{}, refuse(Enrolling, "a board enrols over https:// only; head office serves it by itself")
	case !kioskNumber.MatchString(kiosk):
		return Enrolment{}, refuse(Enrolling, "the terminal number has not 8 digits")
	case !tokenText.MatchString(token):
		return Enrolment{}, refuse(Enrolling, "the token is none of head office's")
	}
	return Enrolment{office, kiosk, token}, nil
}

// ParseEnrolment reads an enrol.env: the lines OFFICE=, KIOSK= and TOKEN=, in any
// order, each once. Comments and empty lines are passed over, and so is what editors
// of other systems put at the end of a line or before the first.
func ParseEnrolment(text []byte) (Enrolment, error) {
	if len(text) > maxEnrol {
		return Enrolment{}, refuse(Enrolling, "enrol.env has more than %d bytes", maxEnrol)
	}
	value := map[string]string{"OFFICE": "", "KIOSK": "", "TOKEN": ""}
	n := 0
	for line := range strings.Lines(strings.TrimPrefix(string(text), "\ufeff")) {
		n++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		key, v, ok := strings.Cut(line, "=")
		was, known := value[key]
		if !ok || !known || was != "" {
			return Enrolment{}, refuse(Enrolling, "line %d of enrol.env is not the one OFFICE=, KIOSK= or TOKEN=", n)
		}
		value[key] = unquote(v)
	}
	return NewEnrolment(value["OFFICE"], value["KIOSK"], value["TOKEN"])
}

// unquote takes a pair of quotes off.
func unquote(v string) string {
	for _, q := range []string{`"`, `'`} {
		if len(v) >= 2 && strings.HasPrefix(v, q) && strings.HasSuffix(v, q) {
			return v[1 : len(v)-1]
		}
	}
	return v
}

// String names the kiosk and head office; the token stays unsaid.
func (e Enrolment) String() string { return fmt.Sprintf("kiosk %s at %s", e.Kiosk, e.Office) }

// GoString is String.
func (e Enrolment) GoString() string { return e.String() }

// text is the file.
func (e Enrolment) text() []byte {
	return fmt.Appendf(nil, "OFFICE=%s\nKIOSK=%s\nTOKEN=%s\n", e.Office, e.Kiosk, e.token)
}
