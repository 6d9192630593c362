package paybill

import (
	"encoding/json"

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
		o.Status, o.Text, o.Sold = post.Disputed, "head office reports another amount", metercard.Sold{}
	}

	return post.OutcomeLearned(o), true
}

// Resolved is head office's later word about a payment that ended owed or disputed;
// false where it says nothing new, or what cannot follow.
func Resolved(t payments.Transaction, r wire.Reply) (post.Resolved, bool) {
	o, final := outcome(t, r)
	if !final || !Unsettled(t) || o.Status == t.Post.State || o.Status == post.Disputed || t.CheckOutcome(o) != nil {
		return post.Resolved{}, false
	}

	return post.Resolved{
		N: t.Post.Resolutions + 1, Resolves: t.Post.State, By: "head-office", Reason: "asked for its outcome", Outcome: o,
	}, true
}

// Unsettled reports whether a payment ended without being posted, so that head
// office may still come to another end. Money that went back needs none; and where
// another order holds its serial, whatever becomes of that is the other's.
func Unsettled(t payments.Transaction) bool {
	f := t.Post.Fact()
	ended := t.Status() == payments.Owed || t.Status() == payments.Disputed

	return ended && (f == leg.NotDone || f == leg.Unknown) && t.Post.Result.Code != wire.ErrCodeConflict
}

// states are the final states of an order, by head office's names.
var states = map[wire.PostStatus]post.State{wire.PostPosted: post.Posted, wire.PostOwed: post.Owed, wire.PostDisputed: post.Disputed}

func outcome(t payments.Transaction, r wire.Reply) (post.Outcome, bool) {
	var p wire.PostState
	if r.Error != nil || json.Unmarshal(r.Body, &p) != nil || p.Serial != t.Serial {
		return post.Outcome{}, false
	}
	s, final := states[p.Status]

	return post.Outcome{Status: s, Code: p.Code, Text: p.Text, Reference: p.Reference, ToArrears: p.ToArrears, ToAdvance: p.ToAdvance, Sold: p.Sold}, final
}
