package acquirer

import (
	"fmt"
	"slices"
	"strings"
)

// Lengths of the numbers that Scrub takes out: those of card numbers and payment codes.
const (
	shortestSecret = 12
	longestSecret  = 24
)

// Scrub takes out of an acquirer's text every number that may be a card's or a payment
// code, and says how long it was. What is among ours, our own numbers, stays, and so does
// what is longer, an acquirer's number of a payment. It is for all that is stored, logged
// or sent.
func Scrub(text string, ours ...string) string {
	var out strings.Builder
	for len(text) > 0 {
		n := strings.IndexFunc(text, isDigit)
		if n < 0 {
			break
		}
		out.WriteString(text[:n])
		text = text[n:]

		run := text
		if n = strings.IndexFunc(text, isNoDigit); n >= 0 {
			run = text[:n]
		}
		text = text[len(run):]
		if secret := len(run) >= shortestSecret && len(run) <= longestSecret; secret && !slices.Contains(ours, run) {
			run = fmt.Sprintf("[%d digits]", len(run))
		}
		out.WriteString(run)
	}
	out.WriteString(text)

	return out.String()
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

func isNoDigit(r rune) bool { return !isDigit(r) }
