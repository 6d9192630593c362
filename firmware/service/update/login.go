package update

import (
	"fmt"
	"log/slog"
	"regexp"

	"wattkiosk/firmware/page"
)

// Person is a member of staff who has logged in. The zero value is nobody.
type Person struct {
	Number string
	Name   string
	Role   string
}

// Login is what a technician typed. It prints as the number only.
type Login struct {
	Number string
	PIN    string
	Code   string // one-time, for the challenge on the screen; none of who takes the cash out
}

var (
	_ fmt.Formatter  = Login{}
	_ slog.LogValuer = Login{}
)

// LoginOf takes a login out of its intent, whose arguments nobody else may keep.
func LoginOf(i page.Intent) Login {
	return Login{Number: i.Args["number"], PIN: i.Args["pin"], Code: i.Args["code"]}
}

// Format prints the number whatever the verb.
func (l Login) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "login of %s", l.Number) }

// LogValue is what a log shows: the number.
func (l Login) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(l)) }

// MarshalText is what JSON shows: the number.
func (l Login) MarshalText() ([]byte, error) { return []byte(fmt.Sprint(l)), nil }

var (
	numberForm = regexp.MustCompile(`^[0-9]{1,8}$`)
	pinForm    = regexp.MustCompile(`^[0-9]{6,12}$`)
	codeForm   = regexp.MustCompile(`^[0-9]{8}$`)
)

// check says which part of a login cannot be one. It never repeats what was typed.
func (l Login) check() error {
	switch {
	case !numberForm.MatchString(l.Number):
		return &page.Refused{Code: "bad-number", Message: "a staff number has 1 to 8 digits"}
	case !pinForm.MatchString(l.PIN):
		return &page.Refused{Code: "bad-pin", Message: "a PIN has 6 to 12 digits"}
	case !codeForm.MatchString(l.Code):
		return &page.Refused{Code: "bad-code", Message: "a one-time code has 8 digits"}
	}

	return nil
}

// CheckPIN is check for a login without a one-time code.
func (l Login) CheckPIN() error {
	l.Code = "00000000"

	return l.check()
}

// LoginNotice is what the screen says of a refused login. Which of number, PIN and
// code was wrong is not said: who asks may be guessing.
func LoginNotice(code string) string {
	switch code {
	case "unknown", "pin", "code":
		return "staff-wrong"
	case "locked", "no-roster":
		return "staff-" + code
	}

	return "staff-refused"
}
