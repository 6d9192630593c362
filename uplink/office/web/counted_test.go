package web

import "testing"

// TestWhyACountDiffersIsInTheReadersWords: the record has the words of the kiosk's screen,
// in Chinese. What a person wrote in other words stays as it is.
func TestWhyACountDiffersIsInTheReadersWords(t *testing.T) {
	for recorded, want := range map[string]string{
		"卡币": "Jammed notes", "残损币": "Damaged notes", "疑似假币": "Counterfeit?", "原因不明": "Not known", "两张粘连": "两张粘连",
	} {
		if got := en.counted(recorded); got != want {
			t.Errorf("%s: %q, want %q", recorded, got, want)
		}
		if got := zh.counted(recorded); got != recorded {
			t.Errorf("%s in Chinese: %q", recorded, got)
		}
	}
}
