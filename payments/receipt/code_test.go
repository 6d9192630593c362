package receipt

import (
	"strings"
	"testing"
)

// TestCodes are codes as they are printed, and as they come back from a scanner.
func TestCodes(t *testing.T) {
	ours, theirs := FleetOf([]byte("a fleet")), FleetOf([]byte("another"))
	const printed = "WK1:10000001010000000005:6VGAM1JFNK" // as another program computes it
	if got := ours.CodeOf(serial); got != printed {
		t.Errorf("%s, want %s", got, printed)
	}
	if got := (Fleet{}).CodeOf(serial); got != "WK1:"+serial {
		t.Errorf("of a kiosk that knows no head office: %s", got)
	}

	other := "10000001010000000006"
	wide := strings.Map(func(r rune) rune { return r - '!' + '！' }, printed)
	for _, c := range []struct {
		text, serial string
		check        Check
	}{
		{printed, serial, Genuine},
		{"  " + strings.ToLower(printed) + "\r\n", serial, Genuine},
		{wide, serial, Genuine},
		{"wk1;10000001010000000005;6vgam1jfnk", serial, Genuine}, // a scanner on the keyboard of another country
		{"WK1:" + serial, serial, Unchecked},
		{strings.Replace(printed, serial, other, 1), other, Altered},
		{printed[:len(printed)-1] + "Z", serial, Altered},
		{printed[:len(printed)-1], serial, Altered},
		{printed + "0", serial, Altered},
		{theirs.CodeOf(serial), serial, Foreign},
		{"WK1:1234", "1234", Altered},
		{"WK1:", "", Altered},
		{serial, "", NoCode},
		{"1000000001", "", NoCode},
		{"", "", NoCode},
	} {
		if serial, check := ours.Read(c.text); serial != c.serial || check != c.check {
			t.Errorf("%q: %s, %q; want %s, %q", c.text, serial, check, c.serial, c.check)
		}
	}
	if _, check := (Fleet{}).Read(printed); check != Altered {
		t.Errorf("a head office without a key takes it as %q", check)
	}
}

// TestAnyOneCharacter: whichever character of a code is another one, it is found.
func TestAnyOneCharacter(t *testing.T) {
	f := FleetOf([]byte("a fleet"))
	printed := f.CodeOf(serial)
	for i := len("WK1:"); i < len(printed); i++ {
		for _, c := range "0123456789ABCDEFGHJKMNPQRSTVWXYZ:" {
			altered := printed[:i] + string(c) + printed[i+1:]
			if _, check := f.Read(altered); altered != printed && (check == Genuine || check == Unchecked) {
				t.Errorf("%s is %s", altered, check)
			}
		}
	}
}

func FuzzRead(f *testing.F) {
	fleet := FleetOf([]byte("a fleet"))
	f.Add(fleet.CodeOf(serial))
	f.Add("WK1:" + serial)
	f.Fuzz(func(t *testing.T, text string) {
		serial, check := fleet.Read(text)
		if check == Genuine && Narrow(fleet.CodeOf(serial)) != strings.ReplaceAll(Narrow(text), ";", ":") {
			t.Errorf("%q is genuine, and %s was printed", text, fleet.CodeOf(serial))
		}
	})
}
