package books_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"wattkiosk/payments/leg/call"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/posting"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/store"
	"wattkiosk/uplink/office/store/memstore"
	"wattkiosk/uplink/office/store/storetest"
)

// bookings are books that book sales with the MIS, and the calls of one sale and its
// booking.
type bookings struct {
	*testing.T
	rows  *memstore.Backend
	books *store.Store
	now   time.Time
}

const (
	saleSerial    = kiosk + "000000000001"
	bookingSerial = "B0000001000000000001"
)

func newBookings(t *testing.T, bookSales bool) *bookings {
	t.Helper()
	rows := memstore.NewBackend()
	b := &bookings{t, rows, store.New(rows, books.Rules{BookSales: bookSales}), storetest.T0}
	if _, err := b.books.Register(t.Context(), kiosk, 0, b.now); err != nil {
		t.Fatal(err)
	}
	o := books.Order{
		Serial: saleSerial, Account: "1000000003", Kiosk: kiosk, Tender: "cash", Amount: 5000, PaidAt: b.now.UnixMilli(),
		Card: metercard.Facts{Serial: "0A1B2C3D", Form: metercard.CPU, Kind: metercard.Purchase, Count: 4},
	}
	if _, err := b.books.EnsurePosting(t.Context(), o, b.now); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *bookings) posting(serial string) books.Posting {
	b.Helper()
	p, err := b.books.Posting(b.Context(), serial)
	if err != nil {
		b.Fatal(err)
	}
	return p
}

// hears gives the posting its next call and the answer to it.
func (b *bookings) hears(serial string, r mis.Reply) books.Posting {
	b.Helper()
	p := b.posting(serial)
	if p.NextAt.After(b.now) {
		b.now = p.NextAt
	}
	for _, e := range []posting.Event{{Kind: call.Due, Now: b.now}, {Kind: call.Answered, Now: b.now, Reply: r}} {
		next, _, err := posting.Step(p.Posting, e)
		if err != nil {
			b.Fatal(err)
		}
		p.Posting = next
		if p, err = b.books.SavePosting(b.Context(), books.Change{Posting: p, Event: "post answered", By: "office"}, b.now); err != nil {
			b.Fatal(err)
		}
	}
	return p
}

func (b *bookings) act(serial string, a posting.Action) {
	b.Helper()
	if _, err := storetest.Act(b, b.books, serial, a, b.now); err != nil {
		b.Fatal(err)
	}
}

func (b *bookings) open() string {
	b.Helper()
	cases, err := b.books.Cases(b.Context(), books.Filter{Open: true})
	if err != nil {
		b.Fatal(err)
	}
	var out []string
	for _, c := range cases {
		out = append(out, c.Class+" "+c.Serial)
	}
	return strings.Join(out, ", ")
}

func (b *bookings) want(serial string, state posting.State, open string) {
	b.Helper()
	if p := b.posting(serial); p.State != state || b.open() != open {
		b.Errorf("%s is %s, cases %q; want %s, %q", serial, posting.Word(p.State), b.open(), posting.Word(state), open)
	}
}

var (
	sells = mis.Reply{Op: mis.OpPost, Post: mis.PostResult{
		Outcome: mis.Done, Code: "0", Amount: 5000, ToAdvance: 5000, Reference: "S1", Sold: metercard.Sold{Number: "S1", Card: "0A1B2C3D", Count: 5, Amount: 5000},
	}}
	booked   = mis.Reply{Op: mis.OpPost, Post: mis.PostResult{Outcome: mis.Done, Code: "1001", Amount: 5000, ToAdvance: 5000, Reference: "M1"}}
	refuses  = mis.Reply{Op: mis.OpPost, Post: mis.PostResult{Outcome: mis.NotDone, Code: "1035"}}
	none     = mis.Reply{Op: mis.OpAsk, Post: mis.PostResult{Outcome: mis.NotDone, Code: "1003"}}
	reversed = mis.Reply{Op: mis.OpReverse, Reverse: mis.ReverseResult{Outcome: mis.Done, Code: "0"}}
	keeps    = mis.Reply{Op: mis.OpReverse, Reverse: mis.ReverseResult{Outcome: mis.NotDone, Code: "1015"}}
)

// TestSaleIsBooked: once the sale is done its booking is ordered with the MIS, once.
func TestSaleIsBooked(t *testing.T) {
	b := newBookings(t, true)
	if _, err := b.books.Posting(t.Context(), bookingSerial); err == nil {
		t.Error("booked before it was sold")
	}
	b.hears(saleSerial, sells)
	p := b.posting(bookingSerial)
	if p.System() != mis.MIS || p.Account != "1000000003" || p.Amount != 5000 || p.Kiosk != kiosk || p.BusinessDate != "20261123" || p.State != posting.Ordered {
		t.Errorf("%+v", p)
	}
	b.hears(bookingSerial, booked)
	b.want(bookingSerial, posting.Posted, "")
	f, err := b.books.Stats(t.Context(), b.now)
	if err != nil || f.Today != 1 || f.TodayAmount != 5000 || f.TodayPosted != 5000 {
		t.Errorf("the day counts the customer's money once: %+v, %v", f, err)
	}

	self := newBookings(t, false)
	self.hears(saleSerial, sells)
	if _, err := self.books.Posting(t.Context(), bookingSerial); err == nil {
		t.Error("booked though the card-meter system does so by itself")
	}
}

// TestRouteOfASaleIsFixed: who books a sale was settled when it was ordered. Books that are
// opened with the other setting while sales are open book each of them once all the same,
// and one whose reversal is refused after that is not booked for it.
func TestRouteOfASaleIsFixed(t *testing.T) {
	for _, atFirst := range []bool{false, true} {
		b := newBookings(t, atFirst)
		b.hears(saleSerial, sells)
		later := books.Order{
			Serial: kiosk + "000000000002", Account: "1000000003", Kiosk: kiosk, Tender: "cash", Amount: 5000, PaidAt: b.now.UnixMilli(),
			Card: metercard.Facts{Serial: "0A1B2C3E", Form: metercard.CPU, Kind: metercard.Purchase, Count: 4},
		}
		if _, err := b.books.EnsurePosting(t.Context(), later, b.now); err != nil {
			t.Fatal(err)
		}

		b.books = store.New(b.rows, books.Rules{BookSales: !atFirst})
		sold := sells
		sold.Post.Sold.Card = "0A1B2C3E"
		b.hears(later.Serial, sold)
		b.act(saleSerial, posting.Reverse)
		b.hears(saleSerial, keeps)
		for sale, booking := range map[string]string{saleSerial: bookingSerial, later.Serial: "B0000001000000000002"} {
			_, err := b.books.Posting(t.Context(), booking)
			if booked := err == nil; booked != atFirst {
				t.Errorf("ordered when head office booked sales (%v), %s is booked: %v", atFirst, sale, booked)
			}
		}
	}
}

// TestBookingsThatWouldBeOne: two kiosks whose numbers differ in their first digit only can
// have sales whose bookings have one serial. The second one is a case, and taking that sale
// back leaves the booking of the first one alone.
func TestBookingsThatWouldBeOne(t *testing.T) {
	b := newBookings(t, true)
	b.hears(saleSerial, sells)
	b.hears(bookingSerial, booked)

	const otherKiosk = "20000001"
	const other = otherKiosk + "000000000001"
	if _, err := b.books.Register(t.Context(), otherKiosk, 0, b.now); err != nil {
		t.Fatal(err)
	}
	o := books.Order{
		Serial: other, Account: "1000000004", Kiosk: otherKiosk, Tender: "cash", Amount: 5000, PaidAt: b.now.UnixMilli(),
		Card: metercard.Facts{Serial: "0A1B2C3D", Form: metercard.CPU, Kind: metercard.Purchase, Count: 4},
	}
	if _, err := b.books.EnsurePosting(t.Context(), o, b.now); err != nil {
		t.Fatal(err)
	}
	b.hears(other, sells)
	b.want(other, posting.Posted, "conflict "+other)

	for serial, want := range map[string]bool{saleSerial: true, other: false} {
		d, err := b.books.Detail(t.Context(), serial)
		if err != nil || (d.Booking != nil) != want {
			t.Errorf("%s is read with booking %+v, %v", serial, d.Booking, err)
		}
	}

	b.act(other, posting.Reverse)
	b.hears(other, reversed)
	b.want(bookingSerial, posting.Posted, "conflict "+other+", owed "+other)
}

// TestSaleThatTheMISRefuses is a case of its own; the sale stands, and a person has the
// booking tried again.
func TestSaleThatTheMISRefuses(t *testing.T) {
	b := newBookings(t, true)
	b.hears(saleSerial, sells)
	b.hears(bookingSerial, refuses)
	b.hears(bookingSerial, none)
	b.want(bookingSerial, posting.Owed, "unbooked-sale "+bookingSerial)
	b.want(saleSerial, posting.Posted, "unbooked-sale "+bookingSerial)

	b.act(bookingSerial, posting.Retry)
	b.hears(bookingSerial, none)
	b.hears(bookingSerial, booked)
	b.want(bookingSerial, posting.Posted, "")
}

// TestSaleThatIsTakenBackIsUnbooked has the sale taken back by a person at each state of
// its booking.
func TestSaleThatIsTakenBackIsUnbooked(t *testing.T) {
	takeBack := func(b *bookings) {
		b.act(saleSerial, posting.Reverse)
		b.hears(saleSerial, reversed)
	}
	for name, c := range map[string]struct {
		play func(*bookings)
		end  posting.State
		open string
	}{
		"booked": {func(b *bookings) {
			b.hears(bookingSerial, booked)
			takeBack(b)
			b.hears(bookingSerial, reversed)
		}, posting.Owed, "owed " + saleSerial},
		"booked, and kept by the MIS": {func(b *bookings) {
			b.hears(bookingSerial, booked)
			takeBack(b)
			b.hears(bookingSerial, keeps)
		}, posting.Posted, "owed " + saleSerial},
		"refused": {func(b *bookings) {
			b.hears(bookingSerial, refuses)
			b.hears(bookingSerial, none)
			takeBack(b)
		}, posting.Owed, "owed " + saleSerial},
		"under way, and booked": {func(b *bookings) {
			takeBack(b)
			b.hears(bookingSerial, booked)
			b.hears(bookingSerial, reversed)
		}, posting.Owed, "owed " + saleSerial},
		"under way, and refused": {func(b *bookings) {
			takeBack(b)
			b.hears(bookingSerial, refuses)
			b.hears(bookingSerial, none)
		}, posting.Owed, "owed " + saleSerial},
		"the sale stays": {func(b *bookings) {
			b.hears(bookingSerial, booked)
			b.act(saleSerial, posting.Reverse)
			b.hears(saleSerial, keeps)
		}, posting.Posted, ""},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBookings(t, true)
			b.hears(saleSerial, sells)
			c.play(b)
			b.want(bookingSerial, c.end, c.open)
			if p := b.posting(saleSerial); p.State == posting.Owed && c.end == posting.Owed {
				_, err := storetest.Act(t, b.books, bookingSerial, posting.Retry, b.now)
				if !errors.Is(err, posting.ErrAction) {
					t.Errorf("booked again after the sale was taken back: %v", err)
				}
			}
		})
	}
}
