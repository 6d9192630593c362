package web

import (
	"strings"
	"testing"
	"unicode"

	"wattkiosk/payments/leg/call"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/posting"
	"wattkiosk/uplink/office/people"
)

// TestAlarmWords has an alarm of head office's own told in words: Chinese ones and English
// ones. Those of kiosks are in .ci/tidy, which may look at their table.
func TestAlarmWords(t *testing.T) {
	saidInBoth(t, "alarm", "validator paper journal-chain journal-gap")
}

// TestEvidenceWords has every word by which a kiosk says how it knows of a note.
func TestEvidenceWords(t *testing.T) {
	saidInBoth(t, "evidence", "stacked stacked-late stacked-without-order stacked-value-not-told another-value-stacked value-differs-from-escrow power-up-in-stacker returned returned-late another-value-returned another-note-in-escrow no-report-in-time ready-without-report unaccounted-for left-in-path")
}

// TestDutiesAreSaid has every row of the table of who does what in words.
func TestDutiesAreSaid(t *testing.T) {
	for _, d := range people.Duties() {
		saidInBoth(t, "duty", string(d.Act))
	}
}

func saidInBoth(t *testing.T, group, codes string) {
	t.Helper()
	for code := range strings.FieldsSeq(codes) {
		if w := zh.of(group, code); !strings.ContainsFunc(w, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
			t.Errorf("%s in Chinese: %q", code, w)
		}
		if w := en.of(group, code); w == code && strings.Contains(code, "-") || strings.ContainsFunc(w, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
			t.Errorf("%s in English: %q", code, w)
		}
	}
}

// TestReasonWords has every sentence with which a posting ends, or contradicts its end,
// in Chinese.
func TestReasonWords(t *testing.T) {
	han := func(text string) bool {
		why, _, _ := strings.Cut(zh.basis(text), "（")
		return text != "" && !strings.ContainsFunc(why, func(r rune) bool { return 'a' <= r && r <= 'z' })
	}
	for _, why := range []call.Why{
		call.Refused, call.Exhausted, call.Reverted, call.Undone, call.NeverDone, call.Unsettled, call.UndoRefused, call.Vanished, call.Recalled,
	} {
		for _, card := range []metercard.Facts{{}, {Serial: "0A1B2C3D"}} {
			p := posting.Posting{Payment: mis.Payment{Card: card}, Call: call.Call{State: call.EndUnknown, Why: why}}
			if text := p.Told(); !han(text) {
				t.Errorf("%s: %q", why, zh.basis(text))
			}
		}
	}
	for _, kind := range []call.Testimony{
		call.UndoDenied, call.UndoUnclear, call.Forgotten, call.LateDone, call.LateMisfit, call.LateUndone, call.LateRefused,
	} {
		if text := (posting.Posting{Call: call.Call{Evidence: string(kind) + " 1005 invalid"}}).Testimony(); !han(text) {
			t.Errorf("%s: %q", kind, zh.basis(text))
		}
	}
}
