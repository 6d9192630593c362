package payments

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"wattkiosk/payments/cash"
	"wattkiosk/payments/compensation"
	"wattkiosk/payments/leg"
	"wattkiosk/payments/post"
)

var update = flag.Bool("update", false, "rewrite the table of cells")

// cellsFile holds the table of cells, made by this test.
const cellsFile = "../.docs/cells.md"

// byNotes are payments with notes for the cells that no card or code comes to.
func byNotes() map[string]told {
	accepted, stacked := cash.NoteAccepted{Note: 0, Value: 10000}, cash.NoteStacked{Note: 0, Value: 10000}
	second, lost := cash.NoteAccepted{Note: 1, Value: 10000}, cash.NoteUnresolved{Note: 1, Value: 10000, Evidence: "x"}
	closed := cash.Closed{Total: 10000, Account: "1000000001"}
	ends := func(to post.State) post.OutcomeLearned {
		o := post.OutcomeLearned{Status: to}
		if to == post.Posted {
			o.ToArrears = 10000
		}

		return o
	}

	return map[string]told{
		"notes, posted":             {[]Event{opened, accepted, stacked, closed, ends(post.Posted)}, "posted"},
		"notes, owed":               {[]Event{opened, accepted, stacked, closed, ends(post.Owed)}, "owed"},
		"notes, nobody knows":       {[]Event{opened, accepted, stacked, closed, ends(post.Disputed)}, "disputed"},
		"notes, none":               {[]Event{opened, cash.Closed{Account: "1000000001"}}, "cancelled"},
		"notes, one lost":           {[]Event{opened, accepted, cash.NoteUnresolved{Note: 0, Value: 10000, Evidence: "x"}, cash.Closed{Account: "1000000001"}}, "disputed"},
		"notes, one lost, posted":   {[]Event{opened, accepted, stacked, second, lost, closed, ends(post.Posted)}, "posted"},
		"notes, one lost, owed":     {[]Event{opened, accepted, stacked, second, lost, closed, ends(post.Owed)}, "owed"},
		"notes, one lost, disputed": {[]Event{opened, accepted, stacked, second, lost, closed, ends(post.Disputed)}, "disputed"},
	}
}

// notComeTo are cells that no payment comes to.
var notComeTo = map[compensation.Facts]string{
	{Money: leg.Done}:                               "the posting is ordered by the closing of the money",
	{Money: leg.Done, Doubt: true}:                  "the posting is ordered by the closing of the money",
	{Money: leg.Done, Back: true}:                   "the posting is ordered by the closing of the money",
	{Route: compensation.OfPublic, Money: leg.Done}: "what a bank took can go back by a call",

	{Route: compensation.OfPurchase, Money: leg.Done}:                              "the sale is ordered by the closing of the money",
	{Route: compensation.OfPurchase, Money: leg.Done, Doubt: true}:                 "the sale is ordered by the closing of the money",
	{Route: compensation.OfPurchase, Money: leg.Done, Back: true}:                  "the sale is ordered by the closing of the money",
	{Route: compensation.OfPurchase, Money: leg.Done, Post: leg.Done}:              "the writing is ordered by the sale",
	{Route: compensation.OfPurchase, Money: leg.Done, Doubt: true, Post: leg.Done}: "the writing is ordered by the sale",
	{Route: compensation.OfPurchase, Money: leg.Done, Back: true, Post: leg.Done}:  "the writing is ordered by the sale",
}

// unknowns is the second table of the documents, kept by hand.
const unknowns = `
## What is not known, and how it ends

| not known | who finds out, and how | ends | held by |
|---|---|---|---|
| a note between accept and stacked | the validator, which says it again until its report is confirmed, also after a start | credited, returned; or after 90 s, or once the validator is ready without a word of it, a case | payments/cash TestDecide; firmware/tender/cash TestANoteThatWasGivenUpComesOutOnlyUntilTheValidatorIsReady |
| a posting without an answer | head office asks the MIS by the serial; after five answers that say nothing and half an hour it reverses | posted or owed; open for a day: a case | payments/leg/call TestTable |
| the reversal of a posting without an answer | head office asks, and reverses again | owed or posted; else disputed, a case | payments/leg/call TestLateDoneWhileUndoing |
| a sale by card without an answer, or with one that cannot be believed | the kiosk takes it back (0400), over starts, days and new keys; no sale goes out before the answer | undone; where the bank refuses, a case | firmware/tender/bankcard TestBadInput; payments/posp/terminal TestReversalThroughEverything |
| a reversal without an answer | the kiosk sends it again; after ten minutes head office has a case | undone or kept | payments/posp/terminal TestReversalForEver |
| a batch whose settlement has no answer | the kiosk settles it again, and sells nothing meanwhile; after ten minutes head office has a case | settled with equal totals; else every detail is uploaded, and a case | payments/posp/terminal TestBatchThatCannotBeSettledStays |
| a void that two people ordered, without an answer, or with one that cannot be believed | the kiosk takes the void back (0400), over starts, days and new keys; no sale goes out before the answer | the sale stands: owed as before; it may be ordered again, or the bank is asked by people | firmware/tender/bankcard TestVoidsThatDoNotStand |
| a void that two people ordered, and that the kiosk does not send | the settlement of the batch ends the order | the sale stands: owed as before | uplink/office/store/storetest cardNotVoided |
| a sale that people asked the bank to give back | people, who write down the bank's answer by two; no time that passes is a refusal | given back; refused: owed as before | uplink/office/store/storetest cardGivenBack |
| a public payment that the bank gave back (refund, void, reversal): is its own booking at the MIS gone? | the reconciliation of its date, in a book of the MIS that is newer than the bank's word; a date that is signed, or a payment close to midnight: people | gone: the case closes itself; there still: the case names it, and the bank or the utility reverses it | uplink/office/store/storetest bookingsBack |
| a void that was taken back, of a public payment | the bank's answer to the reversal of the void | the sale stands, and with it the booking: nothing is asked | uplink/office/store/storetest bookingStands |
| an order at an acquirer without an answer | head office asks, closes it when its time is over, and asks once more | paid, not paid; open for an hour: a case | payments/qr/order TestTable; uplink/office/store/storetest qrWatched |
| a payment by code after its time | head office knows it by a notice or by asking | posted, or given back and said | uplink/office/gateway TestAPaymentAfterTheLastWordGoesBack |
| a refund without an answer | head office asks about it, and orders the same refund again | given back; refused: a case | payments/qr/order TestRefundSerials |
| a sale of power without an answer | head office asks the card-meter system by the serial; else reverses | sold, or not: owed or given back; open for a day: a case | firmware/metercard TestWaitsForHeadOffice |
| a card that could not be read back | the card, put in again here or at any terminal; it takes a purchase once | written, or written now; until then a case | firmware/metercard TestPowerCutAtEveryRecord |
| a slip without a report of the printer | the customer, to whom it is offered again as another copy | printed, or not | firmware/kiosk TestAPrinterThatSaysNothing |
`

// TestEveryCellIsTold: each cell of the compensation table that can be is passed by a
// payment that is told from its opening, and the table of them in the documents is right.
func TestEveryCellIsTold(t *testing.T) {
	all := stories()
	maps.Copy(all, purchases())
	for name, s := range byNotes() {
		all[name] = s
		if got := story(t, s.events...); strings.Fields(got[len(got)-1])[0] != s.want {
			t.Errorf("%s: %s, want %s", name, got[len(got)-1], s.want)
		}
	}
	tellers := map[compensation.Facts][]string{}
	for name, s := range all {
		passed := map[compensation.Facts]bool{}
		var txn Transaction
		for _, e := range s.events {
			if next, _, err := Step(txn, serial, e); err == nil {
				txn = next
				passed[txn.Facts()] = true
			}
		}
		for f := range passed {
			tellers[f] = append(tellers[f], name)
		}
	}

	var b strings.Builder
	b.WriteString("# Cells\n\nEach cell of the compensation table (`payments/compensation`) that can be, and the payments of the tests in `payments` that pass it.\n" +
		"Made by `go test ./payments -run TestEveryCellIsTold -update`.\n\n| of | money | posting or sale | meter card | status | due | slip | case | told by |\n|---|---|---|---|---|---|---|---|---|\n")
	for _, f := range cells() {
		names, why := slices.Sorted(slices.Values(tellers[f])), notComeTo[f]
		switch {
		case len(names) == 0 && why == "":
			t.Errorf("no payment is told that comes to %+v", f)
		case len(names) > 0 && why != "":
			t.Errorf("%+v is come to by %s", f, names)
		}
		if why == "" {
			why = strings.Join(names, "; ")
		} else {
			why = "no payment: " + why
		}
		b.WriteString(row(f, why))
	}

	b.WriteString(unknowns)

	if *update {
		if err := os.WriteFile(cellsFile, []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	is, err := os.ReadFile(cellsFile)
	if err != nil || string(is) != b.String() {
		t.Errorf("%s is not the table of today (%v): run this test with -update", cellsFile, err)
	}
}

// designFile says what the design of card, PIN and code must meet.
const designFile = "../.docs/card-design.md"

// TestWhatIsNotKnownIsHeld: the tests that the second table names are there.
func TestWhatIsNotKnownIsHeld(t *testing.T) {
	rows := held(t, strings.Split(strings.TrimSpace(unknowns), "\n")[4:], 3)
	if rows < 13 {
		t.Errorf("%d rows", rows)
	}
}

// TestDesignIsHeld: the tests that the table of the design names are there.
func TestDesignIsHeld(t *testing.T) {
	b, err := os.ReadFile(designFile)
	if err != nil {
		t.Fatal(err)
	}
	var rules []string
	for line := range strings.Lines(string(b)) {
		if strings.HasPrefix(line, "| ") && line[2] >= '0' && line[2] <= '9' {
			rules = append(rules, line)
		}
	}
	if rows := held(t, rules, 2); rows != 13 {
		t.Errorf("%d rules", rows)
	}
}

// held looks for the tests that a cell of each row names, "package Test; package Test", and
// counts the rows.
func held(t *testing.T, rows []string, cell int) int {
	t.Helper()
	for _, row := range rows {
		cells := strings.Split(row, "|")
		if len(cells) < cell+3 {
			t.Errorf("%s: no such cell", row)
			continue
		}
		for named := range strings.SplitSeq(cells[cell+1], ";") {
			pkg, name, ok := strings.Cut(strings.TrimSpace(named), " ")
			if !ok || !isThere(pkg, name) {
				t.Errorf("%s: %s has no %s", cells[1], pkg, name)
			}
		}
	}

	return len(rows)
}

// isThere reports whether a package's files have a function.
func isThere(pkg, name string) bool {
	files, err := filepath.Glob(filepath.Join("..", pkg, "*.go"))
	if err != nil {
		return false
	}

	return slices.ContainsFunc(files, func(file string) bool {
		b, err := os.ReadFile(file)
		return err == nil && strings.Contains(string(b), "func "+name+"(")
	})
}

// cells are those of the table that can be, after the opening.
func cells() []compensation.Facts {
	var out []compensation.Facts
	for _, f := range combinations() {
		if compensation.For(f).Never == "" {
			out = append(out, f)
		}
	}

	return out
}

// combinations are the facts that an opened transaction can report.
func combinations() []compensation.Facts {
	var out []compensation.Facts
	for _, route := range []compensation.Route{compensation.OfBill, compensation.OfPublic, compensation.OfPurchase} {
		for m := leg.Moving; m <= leg.Undone; m++ {
			for _, more := range []compensation.Facts{{}, {Doubt: true}, {Back: true}} {
				if more.Back && m != leg.Done || more.Doubt && route == compensation.OfPublic {
					continue
				}
				for p := leg.None; p <= leg.Unknown; p++ {
					for c := leg.None; c <= leg.Unknown; c++ {
						out = append(out, compensation.Facts{Route: route, Money: m, Doubt: more.Doubt, Back: more.Back, Post: p, Card: c})
					}
				}
			}
		}
	}
	for c := leg.Moving; c <= leg.Unknown; c++ {
		out = append(out, compensation.Facts{Route: compensation.OfRewrite, Card: c})
	}

	return out
}

func row(f compensation.Facts, told string) string {
	a := compensation.For(f)
	money := f.Money.String()
	for _, more := range []struct {
		is   bool
		what string
	}{{f.Doubt, ", notes in doubt"}, {f.Back, ", can go back"}} {
		if more.is {
			money += more.what
		}
	}
	var due []string
	for _, act := range a.Acts {
		due = append(due, string(act))
	}
	kase := ""
	if a.Case {
		kase = "yes"
	}

	return fmt.Sprintf("| %s | %s | %s | %s | %s | %s | %s | %s | %s |\n", f.Route, money, f.Post, f.Card, a.Status, strings.Join(due, " "), a.Slip, kase, told)
}
