package fixedfield

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// encodeText turns UTF-8 into GB18030. No GB18030 character ends in a space
// byte, so padding with spaces loses nothing but trailing spaces.
func encodeText(s string) (enc, reason string) {
	if reason := checkRunes(s); reason != "" || isASCII(s) {
		return strings.TrimRight(s, " "), reason
	}
	enc, err := simplifiedchinese.GB18030.NewEncoder().String(strings.TrimRight(s, " "))
	if err != nil {
		return "", "not writable in GB18030"
	}
	return enc, ""
}

func decodeText(s string) (dec, reason string) {
	dec = s
	if !isASCII(s) {
		var err error
		if dec, err = simplifiedchinese.GB18030.NewDecoder().String(s); err != nil {
			return "", "not GB18030"
		}
	}
	return dec, checkRunes(dec)
}

// checkRunes refuses what has no place in a name or an address. The decoder
// turns bytes that are not GB18030 into U+FFFD.
func checkRunes(s string) string {
	if !utf8.ValidString(s) {
		return "not UTF-8"
	}
	for _, r := range s {
		if r == utf8.RuneError {
			return "not GB18030"
		}
		if unicode.IsControl(r) {
			return "control character"
		}
	}
	return ""
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
