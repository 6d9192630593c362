package document_test

import (
	"testing"

	"wattkiosk/payments/cardsystem"
	"wattkiosk/payments/cardsystem/document"
	"wattkiosk/payments/mis"
)

// TestEveryCodeMeansWhatThePapersSay compares with the reference's list, which has the
// province's digit 1 in front.
func TestEveryCodeMeansWhatThePapersSay(t *testing.T) {
	for code, want := range map[mis.Code]struct {
		op      cardsystem.Op
		outcome mis.Outcome
		reason  mis.Reason
	}{
		"0000": {cardsystem.OpSell, mis.Done, ""},
		"1201": {cardsystem.OpSell, mis.Unknown, ""},
		"1202": {cardsystem.OpSell, mis.Unknown, ""},
		"1203": {cardsystem.OpSell, mis.Unknown, ""},
		"1204": {cardsystem.OpSell, mis.NotDone, mis.Unwritten},
		"1206": {cardsystem.OpSell, mis.NotDone, mis.TariffDue},
		"1208": {cardsystem.OpQuote, mis.NotDone, mis.BlankCard},
		"1209": {cardsystem.OpQuote, mis.NotDone, mis.NotLoaded},
		"1210": {cardsystem.OpSell, mis.Unknown, ""},
		"1211": {cardsystem.OpSell, mis.NotDone, mis.CountDiffers},
		"1212": {cardsystem.OpSell, mis.NotDone, mis.NotLoaded},
		"1213": {cardsystem.OpSell, mis.NotDone, mis.FixedAmount},
		"1214": {cardsystem.OpSell, mis.NotDone, mis.ArrearsFirst},
		"1215": {cardsystem.OpSteps, mis.NotDone, mis.Written},
		"1217": {cardsystem.OpQuote, mis.NotDone, mis.TariffDue},
		"1219": {cardsystem.OpQuote, mis.NotDone, mis.OldCard},
		"1220": {cardsystem.OpSteps, mis.NotDone, mis.NotNow},
		"1222": {cardsystem.OpSteps, mis.NotDone, mis.NotPayable},
		"1223": {cardsystem.OpSteps, mis.NotDone, mis.CountDiffers},
		"1224": {cardsystem.OpSteps, mis.NotDone, mis.CountDiffers},
		"7777": {cardsystem.OpSell, mis.Unknown, ""},
	} {
		if v := document.Codes.Classify(want.op, code); v.Outcome != want.outcome || v.Reason != want.reason {
			t.Errorf("%s to %s: %s for %q, want %s for %q", code, want.op, v.Outcome, v.Reason, want.outcome, want.reason)
		}
	}
}
