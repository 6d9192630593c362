package bankcard

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"wattkiosk/firmware/tender"
	"wattkiosk/hal/card"
	"wattkiosk/hal/card/cardsim"
	"wattkiosk/hal/card/cardsim/issuersim"
	"wattkiosk/hal/card/cardtest"
	"wattkiosk/hal/pinpad"
	"wattkiosk/payments"
	"wattkiosk/payments/bankcard"
	"wattkiosk/payments/posp/pospsim"
	"wattkiosk/uplink/wire"
)

const (
	first  = "10000001000000000005"
	second = "10000001000000000009"
)

// opened is a rig that is signed in, with a payment open.
func opened(t *testing.T) *rig {
	t.Helper()
	r := newRig(t)
	if got := strings.Join(r.did, ", "); got != "0800" {
		t.Fatalf("before the first payment: %s", got)
	}
	r.did, r.steps = nil, nil
	r.open(first)

	return r
}

func TestAChipPays(t *testing.T) {
	r := opened(t)
	r.pay(customer{card: r.card(cardsim.BankFunds)})
	r.want(first, payments.Posting, "paid", "card-sale-ordered, 0200, card-sale-answered, card-closed, eject")
	if got := strings.Join(r.steps, " "); got != "insert-card reading pin working processing ending take-card " {
		t.Errorf("steps %s", got)
	}
	e := r.bank.Ledger().Entries[0]
	sale := r.txns[first].Card.Sale
	kept, err := base64.StdEncoding.DecodeString(r.s.kept.Terminal.Batch.Items[0].Chip)
	if tc := r.txns[first].Card.Certificate; err != nil || len(tc) != 16 || !strings.Contains(hexOf(kept), "9F2608"+tc) {
		t.Errorf("the slip's certificate is %q, the bank's is in %X, %v", tc, kept, err)
	}
	if e.Entry != "051" || sale.Entry != bankcard.Chip || sale.Application != "PBOC DEBIT" || sale.AID != "A000000333010101" || sale.Card != "622588******0019" || e.Amount != amount {
		t.Errorf("%+v, %+v", e, sale)
	}
	r.settled()
	r.balanced()
}

func TestTheCustomerChoosesAnApplication(t *testing.T) {
	r := opened(t)
	var choices []tender.Choice
	r.pay(customer{card: r.card(cardsim.BankTwo), choose: 1, pins: []string{"000000E", pin + "E"}, after: func(step string) {
		if f := r.s.Face(r.txns[first]); (step == string(Selling) || step == string(Giving)) && f.Refused != "" {
			t.Errorf("at %s the page still says %q", step, f.Refused)
		}
		if step == string(Choosing) {
			choices = append(choices, r.s.Face(r.txns[first]).Choices...)
		}
	}})
	r.settled()
	r.balanced()
	want := []tender.Choice{{Label: "PBOC DEBIT", Kind: bankcard.Debit}, {Label: "PBOC CREDIT", Kind: bankcard.Credit}}
	if e := r.bank.Ledger().Entries; len(e) != 1 || e[0].Card != "credit" || !slices.Equal(choices, want) {
		t.Errorf("%+v after a choice of %v", e, choices)
	}
	if effects := r.s.Choose(r.now, 0); effects != nil {
		t.Errorf("a choice of nothing: %v", effects)
	}
}

func TestAStripePays(t *testing.T) {
	r := opened(t)
	r.pay(customer{card: r.card(cardsim.BankStripe)})
	r.want(first, payments.Posting, "paid", "card-sale-ordered, 0200, card-sale-answered, card-closed, eject")
	if e := r.bank.Ledger().Entries[0]; e.Entry != "021" || r.txns[first].Card.Sale.Entry != bankcard.Stripe {
		t.Errorf("%+v", e)
	}
	r.settled()
	r.balanced()
}

// TestAChipThatFails is tried again, and then its stripe is taken by the rule only.
func TestAChipThatFails(t *testing.T) {
	mute := cardtest.Forced{Kind: card.NotDone, Err: card.ErrMute}
	for times, want := range map[int]bankcard.Entry{1: bankcard.Chip, 2: bankcard.Fallback} {
		r := opened(t)
		for range times {
			r.slot.Force(card.PowerOn, mute)
		}
		r.pay(customer{card: r.card(cardsim.BankFunds)})
		if got := r.txns[first].Card; got.Sale.Entry != want || got.State != bankcard.Approved {
			t.Errorf("%d times: %+v", times, got)
		}
		r.settled()
		r.balanced()
	}

	r := opened(t) // the bank is told, also when it is taken back
	r.slot.Force(card.PowerOn, mute)
	r.slot.Force(card.PowerOn, mute)
	r.pay(customer{card: r.card(cardsim.BankFunds)})
	r.refusePosting(first)
	r.settled()
	if got := strings.Join(r.kinds, ", "); got != "2200000100052, 2200000100052" {
		t.Errorf("field 60: %s", got)
	}

	r = opened(t)
	r.s.cfg.Stripe.Failures = 0
	r.slot.Force(card.PowerOn, mute)
	r.pay(customer{card: r.card(cardsim.BankFunds)})
	r.want(first, payments.Cancelled, "bad-chip", "eject, card-closed")
}

func TestACardThatIsNone(t *testing.T) {
	r := opened(t)
	r.pay(customer{card: &cardsim.Card{ID: "blank"}})
	r.want(first, payments.Cancelled, "bad-card", "eject, card-closed")

	r = opened(t)
	r.pay(customer{card: &cardsim.Card{ID: "meter", Processor: cardsim.NewMeterCard(cardsim.Holder{})}}) // its chip answers, and nothing is wrong with it
	r.want(first, payments.Cancelled, "not-emv", "eject, card-closed")

	r = opened(t)
	r.pay(customer{card: r.card(cardsim.BankExpired)})
	r.want(first, payments.Cancelled, "expired", "eject, card-closed")

	r = opened(t)
	r.s.cfg.Stripe.Allowed = false
	r.pay(customer{card: r.card(cardsim.BankStripe)})
	r.want(first, payments.Cancelled, "stripe-refused", "eject, card-closed")
}

func TestTheBankDeclines(t *testing.T) {
	r := opened(t)
	r.pay(customer{card: r.card(cardsim.BankNoFunds)})
	r.want(first, payments.Cancelled, "declined", "card-sale-ordered, 0200, card-sale-answered, card-closed, eject")
	if f := r.s.Face(r.txns[first]); f.Refused != "no-funds" {
		t.Errorf("refused %q", f.Refused)
	}
	r.settled()
	r.balanced()
}

func TestAWrongPINIsAskedForAgain(t *testing.T) {
	for _, id := range []string{cardsim.BankFunds, cardsim.BankStripe} {
		r := opened(t)
		refused := ""
		r.pay(customer{card: r.card(id), pins: []string{"000000E", pin + "E"}, after: func(step string) {
			if step == string(PIN) {
				refused += r.s.Face(r.txns[first]).Refused + ";"
			}
		}})
		r.want(first, payments.Posting, "paid",
			"card-sale-ordered, 0200, card-sale-answered, card-sale-ordered, 0200, card-sale-answered, card-closed, eject")
		if refused != ";wrong-pin;" {
			t.Errorf("the page said %q", refused)
		}
		r.settled()
		r.balanced()

		r = opened(t)
		r.pay(customer{card: r.card(id), pins: []string{"000000E"}})
		if got := r.txns[first].Card; got.Sales != 3 || got.Answer.Response != "75" || r.txns[first].Status() != payments.Cancelled {
			t.Errorf("%+v", got)
		}
		r.settled()
		r.balanced()
	}
}

func TestTheBankKeepsACard(t *testing.T) {
	r := opened(t)
	r.pay(customer{card: r.card(cardsim.BankCaptured)})
	r.want(first, payments.Cancelled, "declined", "card-sale-ordered, 0200, card-sale-answered, card-closed, capture, card-captured")
	if len(r.slot.Retained()) != 1 || !strings.Contains(string(r.written), `{"card":"622588******0035","why":"bank"`) {
		t.Errorf("%d cards kept", len(r.slot.Retained()))
	}

	r = opened(t) // the bin is full
	if err := r.slot.Fault(cardtest.FaultBinFull, false); err != nil {
		t.Fatal(err)
	}
	r.pay(customer{card: r.card(cardsim.BankCaptured)})
	r.want(first, payments.Cancelled, "declined", "card-sale-ordered, 0200, card-sale-answered, card-closed, capture, eject")
	r.settled()
	r.balanced()
}

const takenBack = "card-sale-ordered, 0200, card-sale-answered, card-reversal-ordered, card-closed, eject, 0400, card-reversal-answered"

func TestTheChipDeclinesWhatTheBankApproved(t *testing.T) {
	r := opened(t)
	r.pay(customer{card: r.card(cardsim.BankDeclines)})
	r.settled()
	r.want(first, payments.Undone, "card-declined", takenBack)
	r.balanced()

	// The issuer does not prove itself, and the card wants that.
	r = newRigWith(t, pospsim.Config{Issuer: issuer{Issuer: issuersim.New(cardsim.TestMasters()), silent: true}})
	r.did = nil
	r.open(first)
	r.pay(customer{card: r.card(cardsim.BankFunds)})
	r.settled()
	r.want(first, payments.Undone, "card-declined", takenBack)
	r.balanced()
}

// TestACardThatIsPulled: before the sale nothing was taken; while the chip is told, the
// sale is taken back; a stripe is not wanted any more.
func TestACardThatIsPulled(t *testing.T) {
	for _, c := range []struct {
		id     string
		at     Stage
		status payments.Status
		reason string
	}{
		{cardsim.BankFunds, Reading, payments.Cancelled, "card-gone"},
		{cardsim.BankFunds, PIN, payments.Cancelled, "card-gone"},
		{cardsim.BankStripe, PIN, payments.Cancelled, "card-gone"},
		{cardsim.BankFunds, Selling, payments.Undone, "card-gone"},
		{cardsim.BankFunds, Ending, payments.Undone, "card-gone"},
		{cardsim.BankStripe, Selling, payments.Posting, "paid"},
	} {
		r := opened(t)
		r.pay(customer{card: r.card(c.id), after: func(step string) {
			if step == string(c.at) {
				if _, err := r.slot.PullCard(r.now); err != nil && c.at != Reading {
					t.Error(err)
				}
			}
		}})
		r.settled()
		if got := r.txns[first]; got.Status() != c.status || got.Card.Reason != c.reason {
			t.Errorf("%s pulled at %s: %s because of %q: %v", c.id, c.at, got.Status(), got.Card.Reason, r.did)
		}
		r.balanced()
	}
}

// TestACardThatIsPulledWhileTheBankIsAsked: the answer decides for a stripe, and what a
// chip cannot agree to any more is taken back.
func TestACardThatIsPulledWhileTheBankIsAsked(t *testing.T) {
	for id, want := range map[string]payments.Status{cardsim.BankFunds: payments.Undone, cardsim.BankStripe: payments.Posting} {
		r := opened(t)
		r.spoil = func(f []byte) []byte { // the answer is on its way
			if _, err := r.slot.PullCard(r.now); err != nil {
				t.Error(err)
			}
			return f
		}
		r.pay(customer{card: r.card(id)})
		r.settled()
		if got := r.txns[first]; got.Status() != want {
			t.Errorf("%s: %s because of %q: %v", id, got.Status(), got.Card.Reason, r.did)
		}
		r.balanced()
	}
}

// TestAReversalGoesBeforeASaleThatIsBeingSealed: the next customer gets the card back.
func TestAReversalGoesBeforeASaleThatIsBeingSealed(t *testing.T) {
	r := opened(t)
	r.pay(customer{card: r.card(cardsim.BankFunds)})
	r.open(second)
	r.did = nil
	r.pay(customer{card: r.card(cardsim.BankStripe), after: func(step string) {
		if step == string(Selling) && r.txns[first].Status() == payments.Posting {
			r.refusePosting(first)
		}
	}})
	r.settled()
	if got := strings.Join(r.did, ", "); got != "card-reversal-ordered, eject, card-closed, 0400, card-reversal-answered" {
		t.Errorf("%s", got)
	}
	if one, two := r.txns[first].Status(), r.txns[second]; one != payments.Undone || two.Status() != payments.Cancelled || two.Card.Reason != "device" {
		t.Errorf("%s; %s because of %q", one, two.Status(), two.Card.Reason)
	}
}

// TestFaultsOfTheBank: whatever becomes of a sale, the bank holds what the legs say.
func TestFaultsOfTheBank(t *testing.T) {
	for fault, want := range map[pospsim.Fault]payments.Status{
		pospsim.LoseRequest: payments.Undone, pospsim.NoReply: payments.Undone, pospsim.LateRequest: payments.Undone,
		pospsim.Slow: payments.Undone, pospsim.Error: payments.Undone, pospsim.WrongMAC: payments.Undone,
		pospsim.OtherTrace: payments.Undone, pospsim.Garbage: payments.Undone, pospsim.UnknownCode: payments.Undone,
		pospsim.Cut: payments.Undone, pospsim.Duplicate: payments.Posting, pospsim.KeyChange: payments.Undone,
	} {
		for _, id := range []string{cardsim.BankFunds, cardsim.BankStripe} {
			r := opened(t)
			if err := r.bank.SetFor(fault, 1); err != nil {
				t.Fatal(err)
			}
			r.pay(customer{card: r.card(id)})
			r.settled()
			if got := r.txns[first]; got.Status() != want {
				t.Errorf("%s, %s: %s because of %q: %v", fault, id, got.Status(), got.Card.Reason, r.did)
			}
			r.balanced()

			r.open(second) // and the next customer can pay
			r.pay(customer{card: r.card(cardsim.BankStripe)})
			if got := r.txns[second].Status(); got != payments.Posting {
				t.Errorf("after %s: %s", fault, got)
			}
			r.balanced()
		}
	}
}

// TestUnsent: head office says that nothing left. It is not believed.
func TestUnsent(t *testing.T) {
	r := opened(t)
	r.drop = func(mti string) (reply wire.Reply) {
		if mti == "0200" {
			reply.Error = &wire.Error{Code: wire.ErrCodeUnsent}
		}
		return reply
	}
	r.pay(customer{card: r.card(cardsim.BankFunds)})
	r.settled()
	r.want(first, payments.Undone, "no-answer",
		"card-sale-ordered, 0200, card-reversal-ordered, card-closed, eject, 0400, card-reversal-answered")
	r.balanced()
}

// TestASaleThatNeverLeftDoesNotLeaveLater: the line went as the PIN was entered. Once the
// sale is given up and is being taken back, nobody may send it any more.
func TestASaleThatNeverLeftDoesNotLeaveLater(t *testing.T) {
	r := opened(t)
	r.pay(customer{card: r.card(cardsim.BankFunds), after: func(step string) { r.down = r.down || step == string(PIN) }})
	r.want(first, payments.Undoing, "no-answer", "card-sale-ordered, card-reversal-ordered, card-closed, eject")
	r.run(AnswerWait)
	if want := []string{"10000001-reversal"}; !slices.Equal(r.unsent, want) {
		t.Errorf("to be sent are %v, want %v", r.unsent, want)
	}
}

// TestNoSaleWhileAReversalIsPending: the customer after gets no card taken until the
// bank has answered.
func TestNoSaleWhileAReversalIsPending(t *testing.T) {
	r := opened(t)
	for f, n := range map[pospsim.Fault]int{pospsim.NoReply: 1, pospsim.ReversalRefused: 3} {
		if err := r.bank.SetFor(f, n); err != nil {
			t.Fatal(err)
		}
	}
	r.pay(customer{card: r.card(cardsim.BankFunds)})
	if !r.trouble("card-reversal") || r.txns[first].Status() != payments.Undoing {
		t.Errorf("%s: %+v", r.txns[first].Status(), r.s.Troubles())
	}

	r.open(second)
	r.run(time.Second)
	if got := r.txns[second]; got.Status() != payments.Cancelled || got.Card.Reason != "device" {
		t.Errorf("%s because of %q", got.Status(), got.Card.Reason)
	}
	r.settled()
	if r.trouble("card-reversal") || r.txns[first].Status() != payments.Undone {
		t.Errorf("%s: %+v", r.txns[first].Status(), r.s.Troubles())
	}
	r.balanced()
}

func (r *rig) trouble(code string) bool {
	return slices.ContainsFunc(r.s.Troubles(), func(t tender.Trouble) bool { return t.Code == code && t.On })
}

// TestALateAnswerIsEvidence: it comes while the sale is being taken back, and credits
// nothing.
func TestALateAnswerIsEvidence(t *testing.T) {
	r := newRigWith(t, pospsim.Config{Slow: AnswerWait + 4*time.Second})
	r.did = nil
	r.open(first)
	for f, n := range map[pospsim.Fault]int{pospsim.Slow: 1, pospsim.ReversalRefused: 1} {
		if err := r.bank.SetFor(f, n); err != nil {
			t.Fatal(err)
		}
	}
	r.pay(customer{card: r.card(cardsim.BankFunds)})
	r.settled()
	got := r.txns[first]
	if len(got.Card.Evidence) != 1 || got.Card.Evidence[0] != (bankcard.Evidence{N: 1, What: "approved-late", Response: "00"}) {
		t.Errorf("%+v: %v", got.Card.Evidence, r.did)
	}
	if got.Status() != payments.Undone || got.Card.Total != 0 {
		t.Errorf("%s", got.Status())
	}
	r.balanced()
}

// TestAnAnswerAfterTheReversal is evidence too; one that is forged is none.
func TestAnAnswerAfterTheReversal(t *testing.T) {
	for forged, want := range map[bool]int{false: 1, true: 0} {
		r := newRigWith(t, pospsim.Config{Slow: AnswerWait + time.Minute})
		if forged {
			r.spoil = func(f []byte) []byte { f[len(f)-1] ^= 1; return f }
		}
		r.open(first)
		if err := r.bank.SetFor(pospsim.Slow, 1); err != nil {
			t.Fatal(err)
		}
		r.pay(customer{card: r.card(cardsim.BankFunds)})
		r.settled()
		if got := r.txns[first]; got.Status() != payments.Undone || len(got.Card.Evidence) != 0 {
			t.Fatalf("%s: %v", got.Status(), r.did)
		}
		r.run(2 * time.Minute)
		if got := r.txns[first]; len(got.Card.Evidence) != want || got.Card.Total != 0 {
			t.Errorf("forged %v: %+v", forged, got.Card.Evidence)
		}
		r.balanced()
	}
}

func TestTheCustomerCancels(t *testing.T) {
	for _, at := range []Stage{Reading, PIN} {
		r := opened(t)
		r.pay(customer{card: r.card(cardsim.BankFunds), after: func(step string) {
			if step == string(at) {
				r.do(r.s.Finish(r.now, tender.ByCustomer, r))
				r.do(r.s.Finish(r.now, tender.ByCustomer, r))
			}
		}})
		r.want(first, payments.Cancelled, "customer", "eject, card-closed")
		r.balanced()
	}

	gate := opened(t)
	gate.do(gate.s.Finish(gate.now, tender.ByTimeOut, gate))
	gate.run(time.Second)
	gate.want(first, payments.Cancelled, "timeout", "card-closed")
	if err := gate.slot.InsertCard(gate.now, gate.card(cardsim.BankFunds)); err == nil {
		t.Error("the gate is still open")
	}

	r := opened(t)
	r.pay(customer{card: r.card(cardsim.BankFunds), pins: []string{"12C"}})
	r.want(first, payments.Cancelled, "customer", "eject, card-closed")

	r = opened(t)
	r.pay(customer{card: r.card(cardsim.BankFunds), pins: []string{"12"}})
	r.want(first, payments.Cancelled, "timeout", "eject, card-closed")
	r.balanced()
}

// TestAfterTheSaleOnlyTheBankDecides: who cancels then is not heard.
func TestAfterTheSaleOnlyTheBankDecides(t *testing.T) {
	r := opened(t)
	r.pay(customer{card: r.card(cardsim.BankFunds), after: func(step string) {
		if step == string(Ending) {
			if effects := r.s.Finish(r.now, tender.ByCustomer, r); effects != nil || !r.s.Finishing() {
				t.Errorf("%v", effects)
			}
		}
	}})
	r.want(first, payments.Posting, "paid", "card-sale-ordered, 0200, card-sale-answered, card-closed, eject")
	if r.s.Finishing() {
		t.Error("it is still to finish")
	}
	r.balanced()
}

func TestAForgottenCardIsKept(t *testing.T) {
	r := opened(t)
	warned := false
	r.pay(customer{card: r.card(cardsim.BankFunds), leaves: true, after: func(step string) { warned = warned || step == string(Forgotten) }})
	r.want(first, payments.Posting, "paid",
		"card-sale-ordered, 0200, card-sale-answered, card-closed, eject, capture, card-captured")
	if !warned || !strings.Contains(string(r.written), `{"card":"622588******0019","why":"forgotten"`) {
		t.Errorf("warned %v", warned)
	}
	r.balanced()
}

// TestACardThatCannotBeKept: the page is told so once the reader could not, and the card
// that nobody takes holds nothing back; staff are told of it until it is gone.
func TestACardThatCannotBeKept(t *testing.T) {
	r := opened(t)
	if err := r.slot.Fault(cardtest.FaultBinFull, false); err != nil {
		t.Fatal(err)
	}
	var forgotten []string
	r.pay(customer{card: r.card(cardsim.BankFunds), leaves: true, after: func(step string) {
		f := r.s.Face(r.txns[first])
		if step != string(Forgotten) {
			return
		}
		forgotten = append(forgotten, fmt.Sprintf("stays %v, holds %v, kept %v, left %v", f.Stays, f.Holds, f.Kept, r.trouble("card-left")))
		if len(forgotten) == 2 {
			_, _ = r.slot.TakeCard(r.now)
		}
	}})
	if want := []string{"stays false, holds true, kept false, left false", "stays true, holds false, kept false, left true"}; !slices.Equal(forgotten, want) {
		t.Errorf("%q, want %q", forgotten, want)
	}
	if r.trouble("card-left") {
		t.Error("it was taken, and is still said to be there")
	}
	r.balanced()
}

// TestTheNextCustomerWaitsForTheCard of the one before.
func TestTheNextCustomerWaitsForTheCard(t *testing.T) {
	r := opened(t)
	begun := false
	r.pay(customer{card: r.card(cardsim.BankFunds), leaves: true, after: func(step string) {
		if step == string(Forgotten) {
			begun = true
			r.open(second)
		}
		if begun && step == string(Inserting) {
			r.do(r.s.Finish(r.now, tender.ByCustomer, r))
		}
	}})
	if got := r.txns[second]; got.Card.Reason != "customer" || got.Status() != payments.Cancelled || len(r.slot.Retained()) != 1 {
		t.Errorf("%s because of %q: %v", got.Status(), got.Card.Reason, r.steps)
	}
}

func TestARefusedPostingIsTakenBack(t *testing.T) {
	r := opened(t)
	r.pay(customer{card: r.card(cardsim.BankFunds)})
	r.did = nil
	r.refusePosting(first)
	r.settled()
	r.want(first, payments.Undone, "paid", "card-reversal-ordered, 0400, card-reversal-answered")
	if r.txns[first].Card.Why != bankcard.PostingRefused {
		t.Errorf("why %s", r.txns[first].Card.Why)
	}
}

// TestASettledSaleCannotBeTakenBack: then it is owed, and a person has to act.
func TestASettledSaleCannotBeTakenBack(t *testing.T) {
	r := opened(t)
	r.pay(customer{card: r.card(cardsim.BankFunds)})
	r.s.cfg.SettleAt = 13 * time.Hour
	r.now = noon.Add(time.Hour + SettleLatest)
	r.run(5 * time.Second)
	if batch := r.s.kept.Terminal.Batch.Number; batch != 2 || !r.bank.Ledger().Entries[0].Settled {
		t.Fatalf("batch %d", batch)
	}
	r.did = nil
	r.refusePosting(first)
	r.run(time.Second)
	r.want(first, payments.Owed, "paid", "card-reversal-ordered, card-reversal-answered")
}

// TestAReversalOutlivesTheDay: what the bank does not take back goes on being asked for, though
// the day's batch is due meanwhile.
func TestAReversalOutlivesTheDay(t *testing.T) {
	r := opened(t)
	for f, n := range map[pospsim.Fault]int{pospsim.NoReply: 1, pospsim.ReversalRefused: 3} {
		if err := r.bank.SetFor(f, n); err != nil {
			t.Fatal(err)
		}
	}
	r.pay(customer{card: r.card(cardsim.BankFunds)})
	if entries := r.bank.Ledger().Entries; len(entries) != 1 || entries[0].Standing() == 0 || !r.trouble("card-reversal") {
		t.Fatalf("%+v", entries)
	}
	r.s.cfg.SettleAt = 13 * time.Hour
	r.now = noon.Add(time.Hour + SettleLatest)
	r.run(time.Minute)
	r.settled()
	if entries := r.bank.Ledger().Entries; entries[0].Standing() != 0 || r.txns[first].Status() != payments.Undone {
		t.Errorf("%s stands at the bank, the payment is %s", entries[0].Standing(), r.txns[first].Status())
	}
	r.balanced()
}

// TestTheDayIsSettled once a day, at its time, and not while a payment may go back.
func TestTheDayIsSettled(t *testing.T) {
	r := opened(t)
	r.s.cfg.SettleAt = 12*time.Hour + 30*time.Minute
	r.pay(customer{card: r.card(cardsim.BankFunds)})
	r.did = nil
	r.now = noon.Add(time.Hour)
	r.run(time.Second)
	if len(r.did) != 0 {
		t.Errorf("while a payment is open: %v", r.did)
	}
	delete(r.txns, first)
	if w := r.s.Wake(r.now, r, time.Minute); !w.Equal(r.now.Add(time.Minute)) {
		t.Errorf("wakes in %v", w.Sub(r.now))
	}
	r.run(10 * time.Second)
	if got := strings.Join(r.did, ", "); got != "0500, 0320, 0800" || r.s.kept.Settled != "2026-11-28" || !r.s.kept.Terminal.Settled.Equal {
		t.Errorf("%s: %+v", got, r.s.kept)
	}
	if w := r.s.Wake(r.now, r, time.Minute); !w.IsZero() {
		t.Errorf("wakes at %v", w)
	}
}

// TestNothingLeavesWithoutItsRecord: where the journal refuses the sale, the card goes
// back; all else waits for the journal.
func TestNothingLeavesWithoutItsRecord(t *testing.T) {
	for _, sealed := range []bool{false, true} {
		r := opened(t)
		keep := string(r.keep)
		r.full = func(d tender.Decision) bool { return len(d.Events) > 0 }
		r.pay2(customer{card: r.card(cardsim.BankFunds), after: func(step string) { r.sealed = sealed && step == string(Selling) || r.sealed }}, 20*time.Second)
		r.want(first, payments.Tendering, "", "eject")
		if string(r.keep) != keep || len(r.bank.Ledger().Entries) != 0 || r.s.Waiting() == 0 {
			t.Errorf("%s, %d wait", r.keep, r.s.Waiting())
		}
		if _, ok := r.s.Decide(r, true); !ok {
			t.Error("the journal is not tried again")
		}
		r.full, r.sealed = nil, false
		r.run(time.Second)
		r.want(first, payments.Cancelled, "device", "eject, card-closed")
		r.balanced()
	}
}

// pay2 plays a payment for a time.
func (r *rig) pay2(c customer, d time.Duration) {
	r.t.Helper()
	in, last := false, ""
	for end := r.now.Add(d); r.now.Before(end); {
		r.once()
		step := r.s.Face(r.txns[r.paying]).Step
		if c.after != nil {
			c.after(step)
		}
		switch {
		case step == string(Inserting) && !in:
			in = r.slot.InsertCard(r.now, c.card) == nil
		case step == string(PIN) && last != step:
			r.keys.Press(r.now, pin+"E")
		case step == string(Giving):
			_, _ = r.slot.TakeCard(r.now)
		}
		last = step
	}
}

// TestAPadThatWasOpenedTakesNothing: the keys are gone, and the card goes back.
func TestAPadThatWasOpenedTakesNothing(t *testing.T) {
	r := opened(t)
	r.run(time.Second)
	r.keys.Tamper()
	r.run(10 * time.Second)
	if got := r.txns[first]; got.Status() != payments.Cancelled || got.Card.Reason != "device" || !r.trouble("pin-pad-keys") {
		t.Errorf("%s because of %q: %+v", got.Status(), got.Card.Reason, r.s.Troubles())
	}
}

// TestAPadThatFallsSilent at the message's MAC: nothing was written, nothing left.
func TestAPadThatFallsSilent(t *testing.T) {
	r := opened(t)
	r.pay(customer{card: r.card(cardsim.BankFunds), after: func(step string) { r.keys.Silent = step == string(Selling) || r.keys.Silent }})
	r.want(first, payments.Cancelled, "device", "eject, card-closed")
	if !r.trouble("pin-pad") {
		t.Errorf("%+v", r.s.Troubles())
	}
	r.balanced()
}

// TestAPadThatForgotItsWorkingKeys: the terminal signs in again, and what was open is
// taken back with the new keys.
func TestAPadThatForgotItsWorkingKeys(t *testing.T) {
	forget := func(r *rig) {
		master := pospsim.LabTerminal().Master
		r.keys.Tamper()
		r.keys.Inject(0, master[:])
	}

	r := opened(t)
	forget(r)
	r.pay(customer{card: r.card(cardsim.BankFunds)})
	r.run(2 * time.Second)
	r.want(first, payments.Cancelled, "device", "eject, 0800, card-closed")
	r.open(second)
	r.pay(customer{card: r.card(cardsim.BankFunds)})
	if got := r.txns[second].Status(); got != payments.Posting {
		t.Errorf("%s", got)
	}

	r = opened(t)
	r.spoil = func(f []byte) []byte { forget(r); return f }
	r.pay(customer{card: r.card(cardsim.BankStripe)})
	r.settled()
	r.want(first, payments.Undone, "bad-answer",
		"card-sale-ordered, 0200, card-reversal-ordered, card-closed, eject, 0800, 0400, card-reversal-answered")
	r.balanced()
}

// TestAnAnswerThatCannotBeChecked: the pad fails while the answer waits.
func TestAnAnswerThatCannotBeChecked(t *testing.T) {
	r := opened(t)
	r.spoil = func(f []byte) []byte { r.keys.Silent = true; return f }
	r.pay(customer{card: r.card(cardsim.BankFunds)})
	if got := r.txns[first]; got.Card.Why != bankcard.BadAnswer || got.Status() != payments.Undoing {
		t.Errorf("%s: %+v", got.Status(), got.Card)
	}
	r.keys.Silent = false
	r.settled()
	r.balanced()
}

// TestAReaderThatFails: no payment begins.
func TestAReaderThatFails(t *testing.T) {
	r := opened(t)
	if err := r.slot.Fault(cardtest.FaultSilent, false); err != nil {
		t.Fatal(err)
	}
	r.run(2 * time.Second)
	if got := r.txns[first]; got.Status() != payments.Cancelled || got.Card.Reason != "device" || !r.trouble("card-reader") {
		t.Errorf("%s because of %q", got.Status(), got.Card.Reason)
	}
}

// TestKeep: what cannot be read stops the start, and what is full fits the journal.
func TestKeep(t *testing.T) {
	for _, bad := range []string{"{", `{"terminal":{"version":9}}`} {
		if err := newRig(t).s.Recover(noon, []byte(bad), &rig{}); err == nil {
			t.Errorf("%s is taken", bad)
		}
	}

	r := opened(t)
	r.pay(customer{card: r.card(cardsim.BankFunds)})
	items := &r.s.kept.Terminal.Batch.Items
	(*items)[0].Chip = base64.StdEncoding.EncodeToString(make([]byte, 230)) // more than any of UnionPay's
	for len(*items) < MaxBatch {
		*items = append(*items, (*items)[0])
	}
	if n := len(mustJSON(r.s.kept)); n > 62_000 {
		t.Errorf("%d bytes", n)
	}
	r.open(second)
	r.run(time.Second)
	if r.txns[second].Status() != payments.Cancelled {
		t.Errorf("a full batch takes another sale")
	}
}

func TestReports(t *testing.T) {
	s := newRig(t).s
	if err := s.Heard(noon, 5); err == nil {
		t.Error("a number is no report")
	}
	for range MaxInputs {
		if err := s.Heard(noon, pinpad.Event{Kind: pinpad.KeyPressed}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Heard(noon, card.Event{}); !errors.Is(err, ErrInputs) {
		t.Errorf("%v", err)
	}
	if _, err := New(Config{}); err == nil {
		t.Error("no configuration")
	}
}
