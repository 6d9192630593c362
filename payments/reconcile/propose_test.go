package reconcile

import (
	"strings"
	"testing"

	"wattkiosk/payments"
	"wattkiosk/payments/money"
)

// sides of a break, as words: "kiosk stands, mis twice, posp reversed". A book that is
// "missing" must have it and has not; one that is "covered" has it by a total, one that is
// "disputed" has a total that does not agree, and one that is "unheard" was looked into
// only.
func sides(t *testing.T, words string) (b Break) {
	t.Helper()
	b.Serial = "s"
	for _, w := range strings.Split(words, ", ") {
		name, how, _ := strings.Cut(w, " ")
		book, ok := BookOf(name)
		if !ok {
			t.Fatalf("no book is called %s", name)
		}
		b.Route |= Set(book)
		if how != "unheard" {
			b.Want |= Set(book)
		}
		s := &b.Sides[book]
		switch how {
		case "missing", "unheard":
		case "covered":
			b.Covered |= Set(book)
		case "disputed":
			b.Disputed |= Set(book)
		case "stands":
			*s = Side{Rows: 1, Standing: 1}
		case "stands with less":
			*s = Side{Rows: 1, Standing: 1, Amount: -100}
		case "later":
			*s = Side{Rows: 1, Standing: 1, Margins: 1}
		case "twice":
			*s = Side{Rows: 2, Standing: 2}
		case "on both dates":
			*s = Side{Rows: 2, Standing: 2, Margins: 1}
		case "three times":
			*s = Side{Rows: 3, Standing: 3}
		case "unwritten":
			*s = Side{Rows: 1, Standing: 1, State: Unwritten}
		case "reversed":
			*s = Side{Rows: 1, State: Reversed}
		case "not booked":
			*s = Side{Rows: 1, State: NotBooked}
		case "owed":
			*s = Side{Rows: 1, State: Owed}
		case "open":
			*s = Side{Rows: 1, State: Open}
		default:
			t.Fatalf("a book is not %q", how)
		}
	}

	return b
}

// TestPropose: each row of the table at least once, with literal answers.
func TestPropose(t *testing.T) {
	const (
		cash, card, qr, no = payments.Cash, payments.BankCard, payments.QR, payments.NoTender
		edge               = "at midnight: "
		batch              = "batch: "
		twin               = "its like there: "
	)
	tried := map[int]bool{}
	for _, c := range []struct {
		class  Class
		tender payments.Tender
		sides  string
		want   Proposal
	}{
		// A total of a batch.
		{OneSided, no, batch + "posp stands", AskKiosk},
		{Amount, no, batch + "kiosk stands, posp stands", Person},

		// What is open.
		{StillOpen, cash, "kiosk open, mis missing", Wait},
		{StillOpen, cash, "kiosk open, mis stands", Wait},
		{StillOpen, qr, "kiosk stands, mis stands, acquirer open", Wait},
		{StillOpen, qr, "kiosk missing, acquirer open", AskKiosk},
		{Status, cash, "kiosk open, mis stands, cardsystem reversed", Wait},
		{Status, cash, "kiosk missing, mis open, bank reversed", AskKiosk},
		{Duplicate, cash, "kiosk open, mis twice", Wait},
		{Amount, card, "kiosk open, mis stands, posp stands", Wait},

		// What is of two dates.
		{Straddle, cash, "kiosk stands, mis later", Wait},
		{Straddle, card, "kiosk missing, mis later, posp stands", Wait},
		{OneSided, card, "kiosk stands, mis later, posp missing", Wait},
		{Status, card, "kiosk stands, mis reversed, posp later", Wait},
		{Duplicate, card, "kiosk stands, mis twice, posp later", Wait},
		{OneSided, cash, edge + "kiosk stands, mis missing", Wait},
		{OneSided, cash, edge + "kiosk missing, mis stands", Wait},
		{Status, card, edge + "kiosk not booked, mis stands", Wait},
		{Status, cash, edge + "kiosk not booked, mis stands, posp stands", Wait},
		{Duplicate, cash, edge + "kiosk stands, mis twice", Reverse},
		{Duplicate, cash, "kiosk stands, mis on both dates", Person},

		// Sums and cards.
		{Amount, cash, "kiosk stands, mis stands", Person},
		{CardNotWritten, cash, "kiosk unwritten, cardsystem stands", Person},

		// Without the kiosk's record nothing moves.
		{OneSided, no, "kiosk missing, mis stands", AskKiosk},
		{OneSided, card, "kiosk missing, posp stands", AskKiosk},
		{Duplicate, cash, "kiosk missing, mis twice", AskKiosk},
		{Status, card, "kiosk missing, mis reversed, posp stands", AskKiosk},

		// Nothing moves while it is not known how much.
		{OneSided, card, "kiosk stands, mis missing, posp stands with less", Person},
		{OneSided, cash, "kiosk stands with less, mis missing, cardsystem stands", Person},
		{Status, card, "kiosk stands, mis reversed, posp stands with less", Person},
		{Duplicate, cash, "kiosk stands with less, mis twice", Person},

		// Twice.
		{Duplicate, cash, "kiosk twice, mis stands", Person},
		{Duplicate, cash, "kiosk twice, mis twice", Person},
		{Duplicate, cash, "kiosk stands, mis twice", Reverse},
		{Duplicate, cash, "kiosk stands, bank twice", Reverse},
		{Duplicate, cash, "kiosk stands, mis three times", Person},
		{Duplicate, cash, "kiosk stands, cardsystem twice", Person},
		{Duplicate, card, "kiosk stands, mis stands, posp twice", Refund},
		{Duplicate, qr, "kiosk stands, mis stands, acquirer twice", Refund},
		{Duplicate, cash, "kiosk stands, mis stands, posp twice", Person},
		{Duplicate, card, "kiosk stands, mis twice, posp twice", Person},

		// Who took the money.
		{OneSided, no, "kiosk stands, mis missing", Person},
		{OneSided, cash, "kiosk stands, mis missing, posp stands", Person},
		{Status, qr, "kiosk stands, mis reversed, posp stands", Person},

		// On one side only.
		{OneSided, cash, "kiosk stands, mis missing", Repost},
		{OneSided, cash, twin + "kiosk stands, mis missing", Person},
		{OneSided, no, twin + "kiosk missing, mis stands", AskKiosk},
		{OneSided, cash, "kiosk stands, bank missing", Repost},
		{OneSided, card, "kiosk stands, mis missing, posp stands", Repost},
		{OneSided, card, "kiosk stands, mis missing, posp covered", Repost},
		{OneSided, card, "kiosk stands, mis missing, posp disputed", Person},
		{Status, card, "kiosk stands, mis reversed, posp disputed", Person},
		{OneSided, qr, "kiosk stands, mis missing, acquirer stands", Repost},
		{OneSided, cash, "kiosk stands, mis missing, cardsystem stands", Repost},
		{OneSided, card, "kiosk stands, mis missing, posp missing", Person},
		{OneSided, card, "kiosk stands, mis stands, posp missing", Person},
		{OneSided, qr, "kiosk stands, mis stands, acquirer missing", Person},
		{OneSided, cash, "kiosk stands, mis stands, bank missing", Person},
		{OneSided, card, "kiosk stands, posp missing", Person},
		{OneSided, cash, "kiosk stands, cardsystem missing", Person},
		{OneSided, cash, "kiosk stands, mis stands, cardsystem missing", Person},
		{OneSided, cash, "kiosk stands, mis missing, cardsystem missing", Person},
		{OneSided, card, "kiosk stands, mis missing, posp reversed", Person},
		{OneSided, cash, "kiosk stands, mis missing, cardsystem reversed", Person},
		{OneSided, card, "kiosk stands, mis reversed, posp missing", Person},

		// Reversed, or never booked, in one of them.
		{Status, cash, "kiosk stands, mis reversed", Repost},
		{Status, card, "kiosk stands, mis reversed, posp stands", Repost},
		{Status, cash, "kiosk unwritten, mis reversed, cardsystem stands", Repost},
		{Status, card, "kiosk stands, mis reversed, posp missing", Person},
		{Status, card, "kiosk stands, mis stands, posp reversed", Person},
		{Status, cash, "kiosk stands, mis reversed, bank stands", Person},
		{Status, cash, "kiosk stands, cardsystem reversed", Person},
		{Status, cash, "kiosk unwritten, cardsystem reversed", Refund},
		{Status, card, "kiosk unwritten, cardsystem reversed, posp stands", Refund},
		{Status, card, "kiosk unwritten, cardsystem reversed, posp missing", Person},
		{Status, cash, "kiosk unwritten, mis stands, cardsystem reversed", Person},
		{Status, cash, "kiosk not booked, mis stands", Reverse},
		{Status, cash, "kiosk reversed, bank stands", Reverse},
		{Status, card, "kiosk not booked, mis stands, posp reversed", Reverse},
		{Status, card, "kiosk not booked, mis stands, posp unheard", Reverse},
		{Status, card, "kiosk not booked, mis stands", Person}, // nobody asked the POSP
		{Status, card, "kiosk not booked, mis stands, posp stands", Person},
		{Status, cash, "kiosk owed, mis stands", Person},
		{Status, cash, "kiosk not booked, cardsystem stands", Person},
		{Status, no, "kiosk not booked, mis stands", Person},
		{Status, card, "kiosk not booked, mis unheard, posp stands", Refund},
		{Status, card, "kiosk not booked, posp stands", Person}, // the bank posts it, whose ledger is not here
		{Status, card, "kiosk owed, mis reversed, posp stands", Refund},
		{Status, qr, "kiosk owed, acquirer stands, bank unheard", Refund},
		{Status, cash, "kiosk not booked, mis reversed, bank covered", Reverse},
	} {
		words, atEdge := strings.CutPrefix(c.sides, edge)
		words, hasTwin := strings.CutPrefix(words, twin)
		words, ofBatch := strings.CutPrefix(words, batch)
		b := sides(t, words)
		b.Class, b.Tender, b.Edge, b.Twin = c.class, c.tender, atEdge, hasTwin
		if ofBatch {
			b.Serial, b.Batch = "", "000001"
		}
		if got := Propose(b); got != c.want {
			t.Errorf("%s, %s, %s: %s (%s), want %s", c.class, c.tender, c.sides, got, Why(b), c.want)
		}
		tried[ruleOf(b)] = true
	}
	for i, r := range table {
		if !tried[i] && i < len(table)-1 {
			t.Errorf("no case for %s: %s", r.then, r.why)
		}
	}
}

// TestNothingMovesInDoubt goes through every break of four books that can be made up, and
// holds what is proposed against what must be so before money moves.
func TestNothingMovesInDoubt(t *testing.T) {
	kinds := []Side{
		{},
		{Rows: 1, Standing: 1},
		{Rows: 1, Standing: 1, State: Unwritten},
		{Rows: 2, Standing: 2},
		{Rows: 1, Standing: 1, Margins: 1},
		{Rows: 1, State: Reversed},
		{Rows: 1, State: NotBooked},
		{Rows: 1, State: Owed},
		{Rows: 1, State: Open},
	}
	moved := 0
	try := func(b Break) {
		stands := func(book int) bool { return b.Sides[book].Standing > 0 }
		doubt := b.Edge
		sums := map[money.Amount]bool{}
		for _, s := range b.Sides {
			doubt = doubt || s.State == Open || s.Margins > 0
			if s.Standing > 0 {
				sums[s.Amount] = true
			}
		}
		taker := map[payments.Tender]int{payments.Cash: Kiosk, payments.BankCard: POSP}[b.Tender]
		booked := stands(MIS) || stands(CardSystem)
		ok := true
		switch Propose(b) {
		case Repost:
			ok = !doubt && stands(Kiosk) && stands(taker) && !stands(MIS)
		case Reverse:
			nobody := b.Sides[Kiosk].Rows > 0 && !stands(Kiosk) && !stands(POSP) && b.Sides[Kiosk].State != Owed && !stands(CardSystem)
			ok = b.Sides[MIS].Standing == 2 || stands(MIS) && nobody
		case Refund:
			ok = stands(taker) && taker != Kiosk && (b.Sides[taker].Standing == 2 || !booked) ||
				taker == Kiosk && b.Sides[Kiosk].State == Unwritten && !booked
		default:
			return
		}
		moved++
		if !ok || b.Sides[Kiosk].Rows == 0 || len(sums) != 1 {
			t.Fatalf("%s is proposed for %+v", Propose(b), b)
		}
	}
	for _, class := range []Class{OneSided, Amount, Duplicate, Straddle, Status, CardNotWritten, StillOpen} {
		for _, tender := range []payments.Tender{payments.Cash, payments.BankCard} {
			for i := range len(kinds) * len(kinds) * len(kinds) * len(kinds) * 2 {
				b := Break{Class: class, Serial: "s", Tender: tender, Want: Set(Kiosk, MIS, POSP, CardSystem), Edge: i%2 == 0}
				n := i / 2
				for _, book := range []int{Kiosk, MIS, POSP, CardSystem} {
					b.Sides[book], n = kinds[n%len(kinds)], n/len(kinds)
				}
				if tender == payments.Cash {
					b.Want &^= Set(POSP)
				}
				if i%4 < 2 {
					b.Want &^= Set(CardSystem)
				}
				b.Route = b.Want
				try(b)
			}
		}
	}
	if moved == 0 {
		t.Error("no money was ever proposed to move")
	}
}
