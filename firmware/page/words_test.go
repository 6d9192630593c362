package page

import (
	"regexp"
	"testing"

	"wattkiosk/payments/receipt"
)

// TestEveryPhraseIsInBothLanguages, with the same places for a value in both.
func TestEveryPhraseIsInBothLanguages(t *testing.T) {
	han := regexp.MustCompile(`\p{Han}`)
	verb := regexp.MustCompile(`%.`)
	for key, text := range texts {
		if text[0] == "" || text[1] == "" || !han.MatchString(text[0]) || han.MatchString(text[1]) {
			t.Errorf("%s: %q, %q", key, text[0], text[1])
		}
		if a, b := verb.FindAllString(text[0], -1), verb.FindAllString(text[1], -1); len(a) != len(b) {
			t.Errorf("%s: %v values, %v", key, a, b)
		}
	}
	if got := Text(receipt.English, "no.such"); got != "no.such" {
		t.Errorf("an unknown phrase is %q", got)
	}
}

// TestWhatIsSaidOfAPurchaseIsInBothLanguages, as all else, and in one place.
func TestWhatIsSaidOfAPurchaseIsInBothLanguages(t *testing.T) {
	han := regexp.MustCompile(`\p{Han}`)
	verb := regexp.MustCompile(`%.`)
	for key, text := range powerTexts {
		if !han.MatchString(text[0]) || text[1] == "" || han.MatchString(text[1]) {
			t.Errorf("%s: %q, %q", key, text[0], text[1])
		}
		if a, b := verb.FindAllString(text[0], -1), verb.FindAllString(text[1], -1); len(a) != len(b) {
			t.Errorf("%s: %v values, %v", key, a, b)
		}
		if _, twice := texts[key]; twice {
			t.Errorf("%s has two entries", key)
		}
	}
}
