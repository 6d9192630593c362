package paybill

import (
	"wattkiosk/payments"
	"wattkiosk/payments/leg"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/post"
	"wattkiosk/uplink/wire"
)

// Order is the order to post a payment. It is the same each time it is sent: head
// office keeps one per serial.
func Order(t payments.Transaction) wire.PostBody {
	return wire.PostBody{
		Serial: t.Serial, Account: t.Account, Amount: t.Total(), Tender: string(t.Tender), PaidAt: t.PaidAt().UnixMilli(),
		Card: t.MeterCard,
	}
}

// Learned is the final word in an answer to an order; false where there is none
// yet. An answer about another serial says nothing. One that cannot be true of the
// payment is disputed: a person must look.
func Learned(t payments.Transaction, r wire.Reply) (post.OutcomeLearned, bool) {
	if r.Error != nil && r.Error.Code == wire.ErrCodeConflict {
		return post.OutcomeLearned{Status: post.Disputed, Code: r.Error.Code, Text: "head office holds another order under this serial"}, true
	}

	o, final := outcome(t, r)
	if !final {
		return post.OutcomeLearned{}, false
	}
	if err := t.CheckOutcome(o); err != nil {
		o.Status, o.Text = post.Disputed, "head office reports "+err.Error()
		o.Sold = metercard.Sold{}
	}

	return post.OutcomeLearned(o), true
}

// HeldBack reports whether an answer says that head office has the order and posts it only
// once it was checked.
func HeldBack(t payments.Transaction, r wire.Reply) bool {
	p, err := wire.DecodePostState(r.Body, t.Serial)
	return r.Error == nil && err == nil && p.Status == wire.PostPending && p.Held != ""
}

// Resolved is head office's later word about a payment that ended owed or disputed, or
// about a purchase that is not on its card; false where it says nothing new, or what
// cannot follow.
func Resolved(t payments.Transaction, r wire.Reply) (payments.Event, bool) {
	if s, ok := settled(t, r); ok {
		return s, true
	}
	o, final := outcome(t, r)
	if !final || !Unsettled(t) || o.Status == t.Post.State || o.Status == post.Disputed || t.CheckOutcome(o) != nil {
		return nil, false
	}

	return post.Resolved{
		N: t.Post.Resolutions + 1, Resolves: t.Post.State, By: "head-office", Reason: "asked for its outcome", Outcome: o,
	}, true
}

// settled is head office's word that the customer has what was sold another way; false
// for none.
func settled(t payments.Transaction, r wire.Reply) (metercard.Settled, bool) {
	p, err := wire.DecodePostState(r.Body, t.Serial)
	if r.Error != nil || t.Status() != payments.Unwritten || err != nil {
		return metercard.Settled{}, false
	}
	_, _, err = t.Write.Apply(p.Settled)

	return p.Settled, err == nil
}

// Unsettled reports whether a payment ended without being posted, or a purchase without
// its card, so that head office may still come to another end. Money that went back needs
// none, nor does a re-write, whose sale is another's; and where another order holds its
// serial, whatever becomes of that is the other's.
func Unsettled(t payments.Transaction) bool {
	if t.Status() == payments.Unwritten {
		return t.Purpose == payments.Purchase
	}
	f := t.Post.Fact()
	ended := t.Status() == payments.Owed || t.Status() == payments.Disputed

	return ended && (f == leg.NotDone || f == leg.Unknown) && t.Post.Result.Code != wire.ErrCodeConflict
}

// states are the final states of an order, by head office's names.
var states = map[wire.PostStatus]post.State{wire.PostPosted: post.Posted, wire.PostOwed: post.Owed, wire.PostDisputed: post.Disputed}

func outcome(t payments.Transaction, r wire.Reply) (post.Outcome, bool) {
	p, err := wire.DecodePostState(r.Body, t.Serial)
	if r.Error != nil || err != nil {
		return post.Outcome{}, false
	}
	s, final := states[p.Status]

	return post.Outcome{Status: s, Code: p.Code, Text: p.Text, Reference: p.Reference, ToArrears: p.ToArrears, ToAdvance: p.ToAdvance, Sold: p.Sold}, final
}
