package condition

import (
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wattkiosk/hal"
	"wattkiosk/hal/bill"
	"wattkiosk/hal/printer"
	"wattkiosk/payments/receipt"
)

// TestTable is what each condition stops, and whether head office is told.
func TestTable(t *testing.T) {
	type row struct {
		stops Stops
		alarm bool
	}
	want := map[Code]row{
		"starting": {Cash, false}, "starting-printer": {Slip, false},
		"cassette": {Cash, true}, "validator": {Cash, true},
		"printer": {Slip, true}, "paper": {Slip, true},
		"journal": {All, true}, "keys": {All, false}, "door": {All, true}, "tamper": {All, true}, "mains": {All, true},
		"offline": {PayBill, false}, "update": {All, false}, "unsigned": {Cash, false},
		"vibration": {0, true}, "temperature": {0, true}, "page": {0, true}, "clock": {0, true}, "clock-apart": {0, true}, "certificate": {0, true},
		"line-settings": {0, true}, "control": {0, true},
		"office-behind": {0, true}, "journal-apart": {0, true}, "not-admitted": {All, true}, "line-flaps": {0, true},
		"update-trial": {0, false}, "update-fallback": {0, false},
		"starting-card": {Card, false}, "card-settling": {Card, false}, "card-sign-in": {Card, true}, "card-reversal": {Card, true},
		"card-batch": {0, true}, "card-reader": {Card, true}, "card-bin": {0, true}, "card-left": {Card, true}, "pin-pad": {Card, true}, "pin-pad-keys": {Card, true},
		"starting-meter-reader": {BuyPower, false}, "meter-reader": {BuyPower, true}, "meter-bin": {0, true}, "meter-key": {BuyPower, true},
		"meter-card-left": {BuyPower, true},
		"card-system":     {Selling, false},
		"collection":      {All, false}, "collection-open": {0, true}, "cassette-moved": {0, true},
	}
	got := map[Code]row{}
	for _, r := range Rows() {
		got[r.Code] = row{r.Stops, r.Alarm}
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(row{})); diff != "" {
		t.Error(diff)
	}
}

// TestEveryConditionHasWords in both languages, each code once.
func TestEveryConditionHasWords(t *testing.T) {
	han := regexp.MustCompile(`\p{Han}`)
	seen := map[Code]bool{}
	for _, r := range Rows() {
		zh, en := Text(receipt.Chinese, r.Code), Text(receipt.English, r.Code)
		if !han.MatchString(zh) || en == "" || han.MatchString(en) || en == string(r.Code) && r.Code != Starting {
			t.Errorf("%s: %q, %q", r.Code, zh, en)
		}
		if seen[r.Code] {
			t.Errorf("%s has two rows", r.Code)
		}
		seen[r.Code] = true
	}
}

// TestEveryDeviceReportHasOneMeaning walks the validator's reports.
func TestEveryDeviceReportHasOneMeaning(t *testing.T) {
	want := map[bill.Kind]Code{
		0: Starting, bill.Starting: Starting, bill.PoweredUp: Starting, bill.PoweredUpInStacker: Starting, bill.PoweredUpInValidator: Starting,
		bill.CassetteFull: Cassette, bill.CassetteRemoved: Cassette,
		bill.Silent: Validator, bill.Failed: Validator, bill.Lost: Validator, bill.Jammed: Validator, bill.Unusable: Validator,
	}
	var b Board
	for k := bill.Kind(0); k <= bill.Unusable; k++ {
		b.Validator(bill.Event{Kind: k})
		var codes []Code
		if want[k] != "" {
			codes = []Code{want[k]}
		}
		if got := b.Blocks(); !slices.Equal(got, codes) {
			t.Errorf("%v: %v, want %v", k, got, codes)
		}
	}
}

// TestAFullCassetteStopsCashAndNothingElse, and no paper what ends with a slip.
func TestAFullCassetteStopsCashAndNothingElse(t *testing.T) {
	var b Board
	b.Validator(bill.Event{Kind: bill.CassetteFull})
	if b.Stops() != Cash {
		t.Errorf("full cassette: %b", b.Stops())
	}
	b.Validator(bill.Event{Kind: bill.Disabled})
	b.Printer(printer.Status{State: hal.DeviceOnline, Paper: printer.PaperOut})
	if b.Stops() != Slip {
		t.Errorf("no paper: %b", b.Stops())
	}
	b.Input("door", true)
	if b.Stops() != All {
		t.Errorf("open door: %b", b.Stops())
	}
}

// TestANoteThatComesOutBringsNoCassetteBack: it does so too where none is in its place.
func TestANoteThatComesOutBringsNoCassetteBack(t *testing.T) {
	for _, out := range []bill.Kind{bill.Returning, bill.Returned, bill.Rejected} {
		var b Board
		b.Validator(bill.Event{Kind: bill.CassetteRemoved})
		b.Validator(bill.Event{Kind: out})
		if !b.Is(Cassette) {
			t.Errorf("%s ends what the cassette stops", out)
		}
		b.Validator(bill.Event{Kind: bill.Disabled})
		if b.Is(Cassette) {
			t.Errorf("after %s a cassette in its place is not seen", out)
		}
	}
}

// TestAConditionEndsWithItsLastSource.
func TestAConditionEndsWithItsLastSource(t *testing.T) {
	var b Board
	b.Input("door", true)
	b.Input("safe-door", true)
	b.Input("door", false)
	if !b.Is(Door) {
		t.Error("one of two doors is open still")
	}
	b.Input("safe-door", false)
	if b.Is(Door) {
		t.Error("both doors are shut")
	}
	if b.Set("smell", "", true, "") || len(b.Warnings()) != 0 {
		t.Error("a code without a row is a condition")
	}
}

// TestAlarmsAreDueUntilTheyAreDurable, with the detail of what ended them.
func TestAlarmsAreDueUntilTheyAreDurable(t *testing.T) {
	var b Board
	b.Set(Temperature, "", true, "61.5 °C")
	b.Set(Temperature, "", true, "62.0 °C")
	b.Set(Offline, "", true, "")
	want := []Alarm{{Temperature, true, "62.0 °C"}}
	for range 2 {
		if diff := cmp.Diff(want, b.Due()); diff != "" {
			t.Fatal(diff)
		}
	}
	b.Journaled(b.Due())
	if len(b.Due()) != 0 {
		t.Errorf("due again: %v", b.Due())
	}
	b.Set(Temperature, "", false, "56.0 °C")
	if diff := cmp.Diff([]Alarm{{Temperature, false, "56.0 °C"}}, b.Due()); diff != "" {
		t.Error(diff)
	}
}
