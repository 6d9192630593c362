package receipt

import (
	"crypto/sha256"
	"encoding/base32"
	"strings"
)

// Fleet tells the slips of one head office's kiosks from those of others: a digest of the
// key by which its kiosks know head office. The zero value is a kiosk that knows none.
type Fleet [sha256.Size]byte

// FleetOf is the fleet of a head office's public key, as its kiosks have it. No key is the
// zero Fleet.
func FleetOf(key []byte) Fleet {
	if len(key) == 0 {
		return Fleet{}
	}

	return sha256.Sum256(append([]byte("wattkiosk fleet 1\n"), key...))
}

// The code of a payment, on its slip and on the screen. Versions:
//
//	WK1:<serial>               until 2026-11, and of a kiosk that knows no head office
//	WK1:<serial>:<tag><check>  4 characters of the fleet, 6 of fleet and serial
//
// The characters are those of a QR code's short alphabet, so that the code has no more
// modules than before. The check finds a code that was misread or altered, by whoever
// does not have the fleet's key. It proves no payment: that the books do.
const (
	codeMark   = "WK1:"
	checkForm  = "wattkiosk slip 1\n"
	tagLength  = 4
	sealLength = tagLength + 6
	maxCode    = 200 // bytes that are looked at
)

// letters are digits and capitals that nobody takes for one another.
var letters = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// CodeOf is what the QR code of a payment says, on the slip and on the screen.
func (f Fleet) CodeOf(serial string) string {
	if f == (Fleet{}) {
		return codeMark + serial
	}

	return codeMark + serial + ":" + f.seal(serial)
}

func (f Fleet) seal(serial string) string {
	sum := sha256.Sum256(append(append([]byte(checkForm), f[:]...), serial...))

	return letters.EncodeToString(f[:5])[:tagLength] + letters.EncodeToString(sum[:5])[:sealLength-tagLength]
}

// Check is what a code that was read turned out to be.
type Check string

// The checks.
const (
	NoCode    Check = ""          // not the code of a slip
	Genuine   Check = "genuine"   // as a kiosk of this fleet prints it
	Unchecked Check = "unchecked" // of the form before the check: it may be of any fleet
	Altered   Check = "altered"   // of this fleet, and not what was printed
	Foreign   Check = "foreign"   // of another fleet
)

// Read takes a code apart that was scanned, pasted or typed. Keyboards that scanners stand
// for may make small letters of it, or wide characters. The serial is what the code says,
// whatever the check.
func (f Fleet) Read(text string) (serial string, c Check) {
	text = Narrow(text[:min(len(text), maxCode)])
	rest, is := strings.CutPrefix(strings.ReplaceAll(text, ";", ":"), codeMark)
	if !is {
		return "", NoCode
	}
	serial, seal, sealed := strings.Cut(rest, ":")
	switch {
	case !sealed && numbered(serial):
		return serial, Unchecked
	case !sealed || f == (Fleet{}):
		return serial, Altered
	case seal == f.seal(serial):
		return serial, Genuine
	case len(seal) == sealLength && seal[:tagLength] != f.seal(serial)[:tagLength]:
		return serial, Foreign
	}

	return serial, Altered
}

// numbered reports whether a serial may stand in a code without a check: 20 digits.
func numbered(serial string) bool {
	return len(serial) == 20 && strings.Trim(serial, "0123456789") == ""
}

// Narrow is what was typed as the machine has it: wide characters narrow, letters capital,
// without spaces and control characters.
func Narrow(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '　' || r <= ' ' || r == 0x7f:
			return -1
		case r >= '！' && r <= '～':
			r -= '！' - '!'
		}
		if r >= 'a' && r <= 'z' {
			r -= 'a' - 'A'
		}

		return r
	}, strings.ToValidUTF8(text, ""))
}
