package acquirersim

import (
	"fmt"
	"time"
)

// op is an operation.
type op string

const (
	opOrder     op = "order"
	opCollect   op = "collect"
	opAsk       op = "ask"
	opClose     op = "close"
	opRefund    op = "refund"
	opAskRefund op = "ask-refund"
)

// deed is a request that was read and verified, whatever its protocol.
type deed struct {
	op       op
	protocol string
	serial   string // of the payment
	refund   string // serial of the refund
	amount   int64
	subject  string
	expires  time.Time
	notify   string
	code     string
	giveBack bool // close: give back what is paid
	forPaid  bool // close: a collection that is under way cannot be closed
	bad      bool // what it asks for cannot be
}

// said is what became of it.
type said string

const (
	saidOK        said = "ok"
	saidNone      said = "none"
	saidUsed      said = "used" // the serial stands for another amount
	saidPaid      said = "paid"
	saidClosed    said = "closed"
	saidPaying    said = "paying"
	saidBadCode   said = "bad-code"
	saidNoFunds   said = "no-funds"
	saidOverLimit said = "over-limit"
	saidDeclined  said = "declined"
	saidTooMuch   said = "too-much" // to refund
	saidShort     said = "short"    // merchant's account
	saidBad       said = "bad"
	saidError     said = "error"
	saidRefunded  said = "refunded" // close: it was paid, and given back
)

// outcome is the answer to a deed, for a protocol to write down.
type outcome struct {
	said     said
	order    Order
	refund   Refund
	repeated bool // refund: it was there before
	late     bool // refund: it has not arrived yet
}

// do carries a deed out.
func (s *Server) do(d deed) outcome {
	if d.bad {
		return outcome{said: saidBad}
	}
	o := s.orders[d.serial]
	if o != nil {
		s.age(o)
	}

	var w said
	switch d.op {
	case opOrder:
		w = s.order(d, o)
	case opCollect:
		w = s.collect(d, o)
	case opAsk:
		w = saidOK
		if o == nil {
			w = saidNone
		}
	case opClose:
		w = s.end(d, o)
	case opRefund:
		return s.giveBack(d, o)
	case opAskRefund:
		return s.askRefund(d, o)
	}

	s.save()
	out := outcome{said: w}
	if o := s.orders[d.serial]; o != nil {
		out.order = o.copy()
	}

	return out
}

// age lets time pass for an order.
func (s *Server) age(o *Order) {
	if (o.State == Unpaid || o.State == Paying) && s.now().After(o.Expires) {
		o.State, o.code = Closed, nil
	}
}

func (s *Server) order(d deed, o *Order) said {
	if o == nil {
		n := s.next()
		o = &Order{
			Serial: d.serial, Amount: d.amount, Subject: d.subject, State: Unpaid, Expires: d.expires, Protocol: d.protocol,
			Notify: d.notify, Reference: s.reference(n), Show: fmt.Sprintf("%s%08d", shown[d.protocol], n),
		}
		s.keep(o)
		if s.take(ForgedNotice) {
			s.queue(pending{serial: o.Serial, forged: true})
		}

		return saidOK
	}

	switch {
	case o.Amount != d.amount || o.Collected:
		return saidUsed
	case o.State == Paid:
		return saidPaid
	case o.State == Closed:
		return saidClosed
	}

	return saidOK
}

// shown are the beginnings of codes.
var shown = map[string]string{alipayName: "https://qr.alipay.com/bax", wechatName: "weixin://wxpay/bizpayurl?pr=", signedName: "https://pay.example/q/"}

func (s *Server) reference(n int) string {
	return s.now().UTC().Format("20060102") + fmt.Sprintf("22001400%012d", n)
}

func (s *Server) collect(d deed, o *Order) said {
	switch {
	case o != nil && (o.Amount != d.amount || !o.Collected):
		return saidUsed
	case o != nil && o.State == Paid:
		return saidPaid
	case o != nil && o.State == Paying:
		return saidPaying
	case o != nil:
		return saidClosed
	}

	c := s.codes[d.code]
	switch {
	case c == nil || c.used || s.now().After(c.expires):
		return saidBadCode
	case c.limits.Limit > 0 && d.amount > c.limits.Limit:
		return saidOverLimit
	case c.limits.Funds > 0 && d.amount > c.limits.Funds:
		return saidNoFunds
	}
	c.used = true
	o = &Order{
		Serial: d.serial, Amount: d.amount, Subject: d.subject, State: Paying, Collected: true, Scanned: true, Protocol: d.protocol,
		Expires: s.now().Add(EntryLife), Notify: d.notify, Reference: s.reference(s.next()), Payer: c.payer, code: c,
	}
	s.keep(o)
	if c.limits.Password {
		return saidPaying
	}
	s.paid(o)

	return saidOK
}

// paid books an order as paid.
func (s *Server) paid(o *Order) {
	o.State, o.PaidAt, o.code = Paid, s.now(), nil
	o.Payments++
	s.announce(o.Serial, "")
	s.save()
}

// closingRefund is the serial of the money that goes back because an order is closed.
func closingRefund(serial string) string { return "closing-" + serial }

func (s *Server) end(d deed, o *Order) said {
	switch {
	case o == nil:
		return saidNone
	case o.State == Closed:
		return saidClosed
	case o.State == Paying && d.forPaid:
		return saidPaying
	case o.State == Paid && o.refunded() == o.Amount && d.giveBack:
		return saidRefunded
	case o.State == Paid && !d.giveBack:
		return saidPaid
	case o.State == Paid && s.take(RefundRefused):
		return saidShort
	case o.State == Paid:
		o.Refunds = append(o.Refunds, Refund{Serial: closingRefund(o.Serial), Amount: o.Amount - o.refunded(), At: s.now()})

		return saidRefunded
	}

	if s.take(ClosedButPaid) { // the customer's payment crossed the closing
		o.Payer, o.Scanned = passer, true
		s.paid(o)

		return saidOK
	}
	o.State, o.code = Closed, nil

	return saidOK
}

func (s *Server) giveBack(d deed, o *Order) outcome {
	if o == nil || o.State != Paid {
		return outcome{said: saidNone}
	}
	if r, there := o.refund(d.refund); there {
		if r.Amount != d.amount {
			return outcome{said: saidUsed, order: o.copy(), refund: r}
		}

		return outcome{said: saidOK, order: o.copy(), refund: r, repeated: true, late: s.now().Before(r.At)}
	}
	switch {
	case d.amount > o.Amount-o.refunded():
		return outcome{said: saidTooMuch, order: o.copy()}
	case s.take(RefundRefused):
		return outcome{said: saidShort, order: o.copy()}
	}

	r := Refund{Serial: d.refund, Amount: d.amount, At: s.now()}
	if s.take(RefundProcessing) {
		r.At = r.At.Add(RefundTime)
	}
	o.Refunds = append(o.Refunds, r)
	s.announce(o.Serial, r.Serial)
	s.save()
	out := outcome{said: saidOK, order: o.copy(), refund: r, late: s.now().Before(r.At)}
	if s.take(RefundUnknown) {
		out.said = saidError
	}

	return out
}

func (s *Server) askRefund(d deed, o *Order) outcome {
	if o == nil { // a protocol may ask by the refund's serial alone
		for _, each := range s.listed {
			if _, there := each.refund(d.refund); there && d.serial == "" {
				o = each
			}
		}
	}
	if o == nil {
		return outcome{said: saidNone}
	}
	r, there := o.refund(d.refund)
	if !there {
		return outcome{said: saidNone, order: o.copy()}
	}

	return outcome{said: saidOK, order: o.copy(), refund: r, late: s.now().Before(r.At)}
}
