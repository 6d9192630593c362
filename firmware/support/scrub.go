package support

import (
	"regexp"
	"strings"
)

// removed stands where something was that no support bundle may have.
const removed = "[removed]"

var (
	pemBlock = regexp.MustCompile(`(?s)-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----.*?(-----END [A-Z0-9 ]*PRIVATE KEY-----|\z)`)
	keyEnd   = regexp.MustCompile(`(?s)\A[^\n]*\n(?:[^\n]*[A-Za-z0-9+/=]{40,}\n)*[^\n]*-----END [A-Z0-9 ]*PRIVATE KEY-----`)
	named    = regexp.MustCompile(`(?i)\b((?:[a-z_]*(?:password|passwd|passphrase|secret|token))|pin|otp|authorization|cookie)("?\s*[:=]\s*)("(?:[^"\\]|\\.)*"|\S+(?: \S{16,})?)`)
	track    = regexp.MustCompile(`[;%]?B?\b[0-9]{12,19}[=^D][0-9A-Za-z/ ^]{4,}\??`)
	digits   = regexp.MustCompile(`\b(?:[0-9]{13,19}|[0-9]{4}(?:[ -][0-9]{4}){2,3}(?:[ -][0-9]{1,3})?|[0-9]{17}[Xx])\b`)
)

// scrub takes out of a text what would be a secret, or a person's number, if some program had
// let it through against the rules: private keys, values of what is named as a secret, tracks,
// numbers that check as those of cards, and of identity cards. It is the second fence; the
// first is that no program writes them.
func scrub(text string) string {
	text = pemBlock.ReplaceAllString(text, removed)
	text = keyEnd.ReplaceAllString(text, removed) // of a block whose beginning was cut off
	text = named.ReplaceAllStringFunc(text, func(pair string) string {
		part := named.FindStringSubmatch(pair)
		if strings.HasPrefix(part[3], `"`) {
			return part[1] + part[2] + `"` + removed + `"`
		}

		return part[1] + part[2] + removed
	})
	text = track.ReplaceAllString(text, removed)

	return digits.ReplaceAllStringFunc(text, func(number string) string {
		if plain := strings.NewReplacer(" ", "", "-", "").Replace(number); luhn(plain) || identityNumber(plain) {
			return removed
		}

		return number
	})
}

// luhn reports whether the last digit is that of a card's number (ISO/IEC 7812-1, annex B). No
// card's begins with 0 or 1, and times in ms do.
func luhn(number string) bool {
	if len(number) < 13 || number[0] < '2' {
		return false
	}
	sum := 0
	for i := range len(number) {
		d := int(number[len(number)-1-i] - '0')
		if d < 0 || d > 9 {
			return false
		}
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}

	return sum%10 == 0
}

// identityNumber reports whether the last character is that of a citizen's number (GB 11643).
func identityNumber(number string) bool {
	const places, check = 17, "10X98765432"
	if len(number) != places+1 {
		return false
	}
	sum, weight := 0, 1
	for i := places - 1; i >= 0; i-- {
		weight = weight * 2 % 11
		sum += int(number[i]-'0') * weight
	}

	return strings.ToUpper(number[places:]) == check[sum%11:sum%11+1]
}
