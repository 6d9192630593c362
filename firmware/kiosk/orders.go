package kiosk

import (
	"time"

	"wattkiosk/firmware/questions"
	"wattkiosk/firmware/service/paybill"
	"wattkiosk/payments"
	"wattkiosk/uplink/wire"
)

// orders are the questions to head office, and what its answers about transactions
// mean.
type orders struct {
	*questions.Book
	linked bool // the broker can be reached
}

// link takes the state of the line. It returns what is unanswered because of it.
func (o *orders) link(now time.Time, up bool) []questions.Question {
	o.linked = up

	return o.Link(now, up)
}

// expired takes that no answer to a try came in time. It returns what is unanswered
// for good.
func (o *orders) expired(now time.Time, id string) []questions.Question {
	if q, over := o.Unanswered(now, id); over {
		return []questions.Question{q}
	}

	return nil
}

// verify asks who an account is, whatever was asked before.
func (o *orders) verify(now time.Time, account string) {
	o.Put(now, questions.Question{
		Subject: questions.Subject{Op: wire.OpVerify, Key: account}, Body: mustJSON(wire.VerifyBody{Account: account}),
		TTL: verifyTTL, Once: true, Urgent: true,
	})
}

// post orders a posting, and asks what became of it until it is answered for good:
// the same message, as head office keeps one order per serial.
func (o *orders) post(now time.Time, t payments.Transaction, urgent bool) {
	o.Put(now, questions.Question{
		Subject: questions.Subject{Op: wire.OpPost, Key: t.Serial}, Body: mustJSON(paybill.Order(t)), TTL: postTTL, Urgent: urgent,
	})
}

// outcome asks what became of a payment that ended without being posted: a person
// may have posted it since.
func (o *orders) outcome(at time.Time, t payments.Transaction) {
	o.Put(at, questions.Question{
		Subject: questions.Subject{Op: wire.OpOutcome, Key: t.Serial}, Body: mustJSON(wire.OutcomeBody{Serial: t.Serial}), TTL: postTTL,
	})
}

// gone says that the customer of a payment has left: its question waits its turn.
func (o *orders) gone(serial string) {
	o.Relax(questions.Subject{Op: wire.OpPost, Key: serial})
}

// said is what an answer does to its question.
type said int

const (
	moot   said = iota // nobody wants to know any more
	vague              // it settles nothing: ask again
	silent             // nothing is new, and nothing more will be
	news               // an event
)

// read is what an answer says of a transaction.
func (o *orders) read(op wire.Op, t payments.Transaction, r wire.Reply) (payments.Event, said) {
	if op == wire.OpPost {
		return readPosting(t, r)
	}
	if !paybill.Unsettled(t) {
		return nil, moot
	}
	if e, ok := paybill.Resolved(t, r); ok {
		return e, news
	}

	return nil, silent
}

func readPosting(t payments.Transaction, r wire.Reply) (payments.Event, said) {
	if t.Status() != payments.Posting {
		return nil, moot
	}
	if e, final := paybill.Learned(t, r); final {
		return e, news
	}

	return nil, vague
}

// settled closes a question about a transaction that stands as it does now, and asks
// again later where a person may still change that.
func (o *orders) settled(now time.Time, s questions.Subject, t payments.Transaction) {
	o.Drop(s)
	if paybill.Unsettled(t) {
		o.outcome(now.Add(outcomeEvery), t)
	}
}
