package cardsystem_test

import (
	"testing"

	"wattkiosk/payments/cardsystem"
	"wattkiosk/payments/mis"
)

// cellNames are the verdicts of the table below that have no reason of their own.
var cellNames = map[string]mis.Verdict{
	"done":     {Outcome: mis.Done},
	"denied":   {Outcome: mis.NotDone},
	"none":     {Outcome: mis.NotDone, Retry: true},
	"reversed": {Outcome: mis.NotDone, Reversed: true},
	"not-now":  {Outcome: mis.NotDone, Retry: true, Reason: mis.NotNow},
	"open":     {},
	"wait":     {Wait: true},
}

// verdict reads a cell: a name, or "!" and the reason of a refusal.
func verdict(cell string) mis.Verdict {
	if cell[0] == '!' {
		return mis.Verdict{Outcome: mis.NotDone, Reason: mis.Reason(cell[1:])}
	}

	return cellNames[cell]
}

func TestJudge(t *testing.T) {
	ops := []cardsystem.Op{cardsystem.OpQuote, cardsystem.OpSell, cardsystem.OpAsk, cardsystem.OpReverse, cardsystem.OpSteps, cardsystem.OpReport, cardsystem.OpTotals}
	for m, row := range map[cardsystem.Meaning][7]string{
		"ok":               {"done", "done", "done", "done", "done", "done", "done"},
		"failed":           {"not-now", "open", "wait", "wait", "open", "open", "open"},
		"bad-packet":       {"open", "open", "open", "open", "open", "open", "open"},
		"none":             {"!not-payable", "!not-payable", "none", "denied", "!not-payable", "denied", "denied"},
		"no-user":          {"!no-account", "!no-account", "open", "open", "!no-account", "open", "open"},
		"busy":             {"not-now", "not-now", "wait", "wait", "!not-now", "open", "open"},
		"in-process":       {"not-now", "open", "wait", "wait", "!not-now", "open", "open"},
		"duplicate":        {"!not-payable", "open", "open", "open", "!not-payable", "open", "open"},
		"bought":           {"!not-payable", "open", "open", "open", "!not-payable", "open", "open"},
		"reversed":         {"!not-payable", "open", "reversed", "done", "!not-payable", "denied", "denied"},
		"invalid-reversal": {"!not-payable", "open", "open", "denied", "open", "open", "open"},
		"no-next-day":      {"!not-payable", "open", "open", "denied", "open", "open", "open"},
		"not-loaded":       {"!not-loaded", "!not-loaded", "open", "open", "!not-loaded", "open", "open"},
		"old-card":         {"!old-card", "!old-card", "open", "open", "!old-card", "open", "open"},
		"not-opened":       {"!not-opened", "!not-opened", "open", "open", "!not-opened", "open", "open"},
		"blank-card":       {"!blank-card", "!blank-card", "open", "open", "!blank-card", "open", "open"},
		"other-card":       {"!other-card", "!other-card", "open", "open", "!other-card", "denied", "denied"},
		"count-differs":    {"!count-differs", "!count-differs", "open", "open", "!count-differs", "denied", "denied"},
		"arrears-first":    {"!arrears-first", "!arrears-first", "open", "open", "!arrears-first", "open", "open"},
		"over-hoarding":    {"!over-hoarding", "!over-hoarding", "open", "open", "!over-hoarding", "open", "open"},
		"below-minimum":    {"!below-minimum", "!below-minimum", "open", "open", "!below-minimum", "open", "open"},
		"fixed-amount":     {"!fixed-amount", "!fixed-amount", "open", "open", "!fixed-amount", "open", "open"},
		"not-multiple":     {"!not-multiple", "!not-multiple", "open", "open", "!not-multiple", "open", "open"},
		"tariff-due":       {"!tariff-due", "!tariff-due", "open", "open", "!tariff-due", "open", "open"},
		"unwritten":        {"!unwritten", "!unwritten", "open", "open", "!unwritten", "open", "open"},
		"two-records":      {"!count-differs", "open", "open", "open", "!count-differs", "open", "open"},
		"written":          {"!not-payable", "open", "open", "denied", "!written", "done", "done"},
		"keys-away":        {"!keys-away", "open", "open", "open", "!keys-away", "open", "open"},
		"":                 {"!not-payable", "open", "open", "open", "open", "open", "open"},
	} {
		for i, op := range ops {
			got, want := cardsystem.Judge(op, m), verdict(row[i])
			if got != want || !got.Reason.Valid() {
				t.Errorf("%q to %s: %+v, want %+v", m, op, got, want)
			}
		}
	}
}

func TestCodes(t *testing.T) {
	whole := cardsystem.Codes{
		{Code: "0", Meaning: cardsystem.SaysOK},
		{Code: "1", Meaning: cardsystem.SaysFailed},
		{Code: "2", Meaning: cardsystem.SaysNone},
		{Code: "3", Meaning: cardsystem.SaysDuplicate},
		{Code: "4", Meaning: cardsystem.SaysReversed},
		{Code: "5", Meaning: cardsystem.SaysInvalidReversal},
		{Code: "6", Meaning: cardsystem.SaysWritten},
		{Code: "7", Meaning: cardsystem.SaysOtherCard},
		{Code: "8", Meaning: cardsystem.SaysNone},
	}
	if err := whole.Check(); err != nil {
		t.Error(err)
	}
	if whole.Code(cardsystem.SaysNone) != "2" || whole.Meaning("8") != cardsystem.SaysNone || whole.Meaning("9") != "" {
		t.Error("several codes of one meaning are not read and written as they should")
	}
	if v := whole.Classify(cardsystem.OpSell, ""); v != (mis.Verdict{}) {
		t.Errorf("no code: %+v", v)
	}

	for name, c := range map[string]cardsystem.Codes{
		"twice":           append(whole[:len(whole):len(whole)], cardsystem.Says{Code: "1", Meaning: cardsystem.SaysBusy}),
		"empty":           append(whole[:len(whole):len(whole)], cardsystem.Says{Meaning: cardsystem.SaysBusy}),
		"unknown meaning": append(whole[:len(whole):len(whole)], cardsystem.Says{Code: "9", Meaning: "sunny"}),
		"incomplete":      whole[1:],
	} {
		if c.Check() == nil {
			t.Errorf("%s: taken", name)
		}
	}
}
