package web

import (
	"strings"
	"testing"
	"unicode"
)

// TestAlarmWords has every code that a kiosk sends as a block or a warning, and an
// alarm of head office's own, told in words: Chinese ones and English ones.
func TestAlarmWords(t *testing.T) {
	for code := range strings.FieldsSeq("starting cassette validator printer paper journal door tamper mains offline update vibration temperature update-trial update-fallback journal-chain clock certificate office-behind") {
		if w := zh.of("alarm", code); !strings.ContainsFunc(w, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
			t.Errorf("%s in Chinese: %q", code, w)
		}
		if w := en.of("alarm", code); w == code || strings.ContainsFunc(w, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
			t.Errorf("%s in English: %q", code, w)
		}
	}
}
