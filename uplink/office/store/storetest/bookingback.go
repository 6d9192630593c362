package storetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"wattkiosk/payments/money"
	"wattkiosk/payments/posp"
	"wattkiosk/uplink/office/approval"
	"wattkiosk/uplink/office/bank"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/store"
)

// questions are the cases of bookings of a bank, by payment: open with what was found, or closed
// and how.
func questions(t *testing.T, s *store.Store, payments ...int) string {
	t.Helper()
	var out []string
	for _, n := range payments {
		d, err := s.Detail(t.Context(), Serial(Kiosk, n))
		check(t, err)
		for _, c := range d.Cases {
			if c.Class != books.ClassBookingBack {
				continue
			}
			how, _, _ := strings.Cut(c.Text, " by the bank: 86.40 yuan, which it had booked to account 1000000001 itself; is its booking at the MIS gone?")
			switch _, stands, looked := strings.Cut(c.Text, "; the MIS's book of "+Day+" has it still: "); {
			case !c.Open && c.ClosedBy == books.ClosedByOffice:
				how += " closed: " + c.Resolution
			case !c.Open:
				how += " closed by " + c.ClosedBy
			case looked:
				how += " stands: " + strings.ReplaceAll(stands, Serial(Kiosk, 900)[:17], "")
			default:
				how += " open"
			}
			out = append(out, fmt.Sprintf("#%d %s", n, how))
		}
	}

	return strings.Join(out, ", ")
}

// publicDay has the bank take and book four payments itself, of the same account and amount: the
// first stands, the others it gives back, by a void, a reversal, and a refund that two people ask
// for.
func publicDay(t *testing.T, s *store.Store) {
	t.Helper()
	staffed(t, s)
	j := NewJournal(Kiosk)
	sales := map[int]bank.Carry{}
	for _, n := range []int{1, 2, 4} {
		openedByBank(t, j, n)
		sales[n] = sold(t, s, n, 100+n)
		soldByBank(t, j, n, 100+n)
	}
	openedByBank(t, j, 3)
	serial := Serial(Kiosk, 3)
	j.Add(t, "card-sale-ordered", serial, object{
		"n": 1, "terminal": bankTerminal, "merchant": bankMerchant, "batch": "000001", "trace": "000103", "amount": 8640,
		"card": "622202*********0011", "entry": "chip", "at": T0.UnixMilli(),
	})
	j.Add(t, "card-reversal-ordered", serial, object{"n": 1, "reason": "no-answer"})
	j.Add(t, "card-reversal-answered", serial, object{"n": 1, "done": true, "response": "00"})
	j.Add(t, "card-closed", serial, object{"total": 0, "account": "1000000001", "closed_at": T0.UnixMilli(), "reason": "paid"})
	ingest(t, s, j.Recs)
	ended(t, s, take(t, s, asked(posp.Sale, 3, 103), T0), bank.Result{End: bank.NoAnswer}, T0)
	r := asked(posp.Reversal, 3, 103)
	ended(t, s, take(t, s, r, T0), answeredWith(r, "00"), T0)

	check(t, twoAsk(t, s, approval.VoidCard, sales[2].ID, ""))
	void := voidOf(2, 111, 102)
	ended(t, s, take(t, s, void, T0), answeredWith(void, "00"), T0)
	settledBatch(t, s)
	check(t, twoAsk(t, s, approval.RefundCard, sales[4].ID, ""))
	check(t, twoAsk(t, s, approval.BankAnswer, sales[4].ID, "given 20261124000077"))
	says(t, s, j.Head.Seq, clockAt(s, 1, 1, 0))
}

// bookingsBack: what the bank gave back of its own bookings is a question until a book of the MIS,
// newer than that, answers it; and money that is with the customer is in no entry.
func bookingsBack(t *testing.T, s *store.Store) {
	publicDay(t, s)
	want := func(when, wanted string) {
		t.Helper()
		if got := questions(t, s, 1, 2, 3, 4); got != wanted {
			t.Errorf("%s: %s\nwant %s", when, got, wanted)
		}
	}
	want("nobody knows", "#2 voided open, #3 reversed open, #4 refunded open")
	bankHolds(t, s, 8640)

	lines := func(n int) []money.Amount { return slices.Repeat([]money.Amount{8640}, n) }
	takeIn(t, s, "mis", "early", Ledger104(t, Day, 901, lines(1)...), T0.Add(-time.Minute))
	run(t, s, Day, clockAt(s, 1, 2, 0))
	want("by a book that is older than the bank's word", "#2 voided open, #3 reversed open, #4 refunded open")

	takeIn(t, s, "mis", "night", Ledger104(t, Day, 901, lines(3)...), clockAt(s, 1, 2, 0))
	run(t, s, Day, clockAt(s, 1, 2, 0))
	const stand = "902, 903" // the first is of the payment that stands
	want("it has two too many", "#2 voided stands: "+stand+", #3 reversed stands: "+stand+", #4 refunded stands: "+stand)

	takeIn(t, s, "mis", "morning", Ledger104(t, Day, 901, lines(2)...), clockAt(s, 1, 9, 0))
	run(t, s, Day, clockAt(s, 1, 9, 0))
	want("it has one too many", "#2 voided stands: 902, #3 reversed stands: 902, #4 refunded stands: 902")

	takeIn(t, s, "mis", "noon", Ledger104(t, Day, 901, lines(1)...), clockAt(s, 1, 12, 0))
	run(t, s, Day, clockAt(s, 1, 12, 0))
	want("it is gone", "#2 voided closed: "+books.BookingGone+", #3 reversed closed: "+books.BookingGone+", #4 refunded closed: "+books.BookingGone)
	bankHolds(t, s, 8640)
}

// bankHolds is what the bank has for us by the entries, and we owe to the MIS.
func bankHolds(t *testing.T, s *store.Store, want money.Amount) {
	t.Helper()
	_, err := s.Accounts.Post(t.Context(), clockAt(s, 1, 1, 0))
	check(t, err)
	var in, owed money.Amount
	for n := range 4 {
		entries, err := s.Accounts.Entries(t.Context(), Serial(Kiosk, n+1))
		check(t, err)
		for _, e := range entries {
			for _, l := range e.Lines {
				switch l.Account {
				case "bank-receivable":
					in += l.Amount
				case "payable-mis":
					owed -= l.Amount
				}
			}
		}
	}
	if in != want || owed != want {
		t.Errorf("by the entries the bank has %s for us, and %s is owed to the MIS; want %s", in, owed, want)
	}
}

// bookingStands: a void that is taken back leaves payment and booking as they were, and asks
// nothing any more; nor does a person who has closed the question.
func bookingStands(t *testing.T, s *store.Store) {
	staffed(t, s)
	j := openedByBank(t, NewJournal(Kiosk), 1)
	sale := sold(t, s, 1, 101)
	soldByBank(t, j, 1, 101)
	ingest(t, s, j.Recs)
	check(t, twoAsk(t, s, approval.VoidCard, sale.ID, ""))
	void := voidOf(1, 111, 101)
	ended(t, s, take(t, s, void, T0), answeredWith(void, "00"), T0)
	if got := questions(t, s, 1); got != "#1 voided open" {
		t.Errorf("voided: %s", got)
	}
	r := undoes(void)
	ended(t, s, take(t, s, r, T0), answeredWith(r, "00"), T0)
	if got := questions(t, s, 1); got != "#1 voided closed: "+books.BookingStands || stateOf(t, s, sale.ID) != bank.Approved {
		t.Errorf("the void is taken back: %s, the sale is %s", got, stateOf(t, s, sale.ID))
	}
	bankHolds(t, s, 8640)
}
