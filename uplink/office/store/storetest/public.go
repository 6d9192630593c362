package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"wattkiosk/payments/posp"
	"wattkiosk/uplink/office/bank"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/store"
)

// openedByBank is the record of a payment by bank card that the bank books itself.
func openedByBank(t *testing.T, j *Journal, n int) *Journal {
	t.Helper()
	return j.Add(t, "opened", Serial(Kiosk, n), object{
		"account": "1000000001", "tender": "bankcard", "limit": 8640, "by_bank": true, "opened_at": T0.UnixMilli(),
	})
}

// soldByBank are the records of its sale, and of its end.
func soldByBank(t *testing.T, j *Journal, n, trace int) {
	t.Helper()
	serial := Serial(Kiosk, n)
	j.Add(t, "card-sale-ordered", serial, object{
		"n": 1, "terminal": bankTerminal, "merchant": bankMerchant, "batch": "000001", "trace": fmt.Sprintf("%06d", trace), "amount": 8640,
		"card": "622202*********0011", "entry": "chip", "at": T0.UnixMilli(),
	})
	j.Add(t, "card-sale-answered", serial, object{"n": 1, "approved": true, "response": "00", "reference": "000000000101", "auth": "A1B2C3", "settle_date": "1129"})
	j.Add(t, "card-closed", serial, object{"total": 8640, "account": "1000000001", "closed_at": T0.UnixMilli(), "reason": "paid"})
}

// bankPublic: what the bank books itself is never posted here, and is nobody's case as long
// as kiosk and bank say the same.
func bankPublic(t *testing.T, s *store.Store) {
	watch := func(want string, after time.Duration) {
		t.Helper()
		check(t, s.Bank.Watch(t.Context(), 10, T0.Add(after)))
		if got := classes(t, s); got != want {
			t.Errorf("after %s: cases %q, want %q", after, got, want)
		}
	}

	// Approved, and no more is heard of the kiosk: the bank has booked it.
	j := openedByBank(t, NewJournal(Kiosk), 1)
	ingest(t, s, j.Recs)
	sold(t, s, 1, 101)
	watch("", 11*time.Minute)

	soldByBank(t, j, 1, 101)
	ingest(t, s, j.Recs)
	d, err := s.Detail(t.Context(), Serial(Kiosk, 1))
	check(t, err)
	if x := d.Transaction; d.Posting != nil || x.Status != books.StatusPosted || x.Total != 8640 || x.Reference != "000000000101" || !x.Folded.ByBank {
		t.Errorf("%+v, posting %+v", x, d.Posting)
	}
	watch("", 11*time.Minute)

	// An order to post it would have it booked twice.
	for range 2 {
		if _, err := s.EnsurePosting(t.Context(), byCard(1), T0); !errors.Is(err, books.ErrConflict) {
			t.Errorf("an order to post it: %v", err)
		}
	}
	if d, err = s.Detail(t.Context(), Serial(Kiosk, 1)); err != nil || d.Posting != nil || len(d.Cases) != 1 || d.Cases[0].Class != books.ClassConflict {
		t.Errorf("%+v, %v", d, err)
	}
	_, err = Close(t, s, d.Cases[0].ID, "the kiosk was mended", T0)
	check(t, err)

	// The records come long after the sale: until then nobody knows who books it.
	sold(t, s, 2, 102)
	watch("unbooked:86.40", 11*time.Minute)
	soldByBank(t, openedByBank(t, j, 2), 2, 102)
	ingest(t, s, j.Recs)
	watch("", 11*time.Minute)

	// The bank did not answer, and nothing is taken back: a person has to know all the same.
	openedByBank(t, j, 3)
	ingest(t, s, j.Recs)
	ended(t, s, take(t, s, asked(posp.Sale, 3, 103), T0), bank.Result{End: bank.NoAnswer}, T0)
	watch("unbooked:86.40", 11*time.Minute)
	r := asked(posp.Reversal, 3, 103)
	ended(t, s, take(t, s, r, T0), answeredWith(r, "00"), T0)
	watch("booking-back:86.40", 11*time.Minute)
	_, err = Close(t, s, openCases(t, s)[0].ID, "the bank says that it had booked nothing", T0)
	check(t, err)

	// The kiosk says that the bank has it, and these books have no such sale.
	soldByBank(t, openedByBank(t, j, 4), 4, 104)
	ingest(t, s, j.Recs)
	watch("unpaid:86.40", 11*time.Minute)
	held, err := s.Received(t.Context(), T0)
	if err != nil || len(held) != 1 || held[0].Serial != Serial(Kiosk, 4) {
		t.Errorf("held %+v, %v", held, err)
	}
	sold(t, s, 4, 104)
	if held, err = s.Received(t.Context(), T0); err != nil || len(held) != 0 {
		t.Errorf("held %+v, %v", held, err)
	}
	watch("", 11*time.Minute)
	if d, err = s.Detail(t.Context(), Serial(Kiosk, 4)); err != nil || d.Posting != nil {
		t.Errorf("a posting is made: %+v, %v", d.Posting, err)
	}
}
