package gateway

import (
	"errors"
	"slices"
	"time"

	"wattkiosk/payments/acquirer"
	"wattkiosk/payments/qr"
	"wattkiosk/payments/qr/order"
	"wattkiosk/uplink/office/acquiring"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/wire"
)

// isQR reports whether a request is about a payment by QR code.
func isQR(op wire.Op) bool { return asking[op] != 0 || op == wire.OpQROrder }

// asking is what the requests about an order ask.
var asking = map[wire.Op]acquiring.Asking{wire.OpQRWait: acquiring.Wait, wire.OpQRClose: acquiring.Close, wire.OpQRRefund: acquiring.Refund}

// QRQuestion is a request about an order.
type QRQuestion struct {
	op   wire.Op
	want acquiring.Want
	life time.Duration
	code acquirer.Secret // in memory only
	know wire.QRStatus
	why  string
}

// QRRequest reads a request of a kiosk.
func QRRequest(kiosk string, r wire.Request) (QRQuestion, *wire.Error) {
	q := QRQuestion{op: r.Op}
	if r.Op == wire.OpQROrder {
		var b wire.QROrderBody
		if e := unpack(r, &b); e != nil {
			return q, e
		}
		q.want = acquiring.Want{Serial: b.Serial, Kiosk: kiosk, Account: b.Account, Amount: b.Amount, Mode: b.Mode}
		q.life, q.code = time.Duration(b.LifeMS)*time.Millisecond, acquirer.Secret(b.PayCode)
	} else {
		var b wire.QRBody
		if e := unpack(r, &b); e != nil {
			return q, e
		}
		q.want = acquiring.Want{Serial: b.Serial, Kiosk: kiosk, Account: b.Account, Amount: b.Amount, Mode: b.Mode}
		q.know, q.why = b.Known, b.Why
		q.want.Unshown = b.Known == wire.QRPlacing
	}

	if q.want.Mode != qr.Shown && q.want.Mode != qr.Scanned || (q.code != "") != (q.op == wire.OpQROrder && q.want.Mode == qr.Scanned) {
		return q, &wire.Error{Code: wire.ErrCodeBadRequest, Message: "mode not valid"}
	}

	if q.op == wire.OpQROrder && q.life <= 0 {
		return q, &wire.Error{Code: wire.ErrCodeBadRequest, Message: "an order has a time in which it may be paid"}
	}

	return q, nil
}

// Answered reports whether a state is what the kiosk asked for.
func (q QRQuestion) Answered(s wire.QRStatus) bool {
	switch q.op {
	case wire.OpQROrder:
		return s != wire.QRPlacing
	case wire.OpQRWait:
		return s != q.know
	case wire.OpQRClose:
		return s == wire.QRPaid || s == wire.QRNotPaid || s == wire.QRUnknown
	}

	return s == wire.QRRefunded || s == wire.QRKept
}

// QRStateOf is an order as its kiosk is told. What goes back, or went back, was never
// paid for a kiosk that does not ask for its refund.
func QRStateOf(op wire.Op, o acquiring.Order, now time.Time) wire.QRState {
	s := wire.QRState{Serial: o.Serial, Status: qrStatus(o, now), Amount: o.Amount, Acquirer: o.Acquirer, Reference: o.Reference}
	back := []wire.QRStatus{wire.QRRefunding, wire.QRRefunded, wire.QRKept}
	switch {
	case op == wire.OpQRRefund && s.Status == wire.QRNotPaid && o.Back:
		s.Status = wire.QRRefunded
	case op == wire.OpQRRefund && s.Status == wire.QRNotPaid:
		s.Status = wire.QRKept
	case op != wire.OpQRRefund && slices.Contains(back, s.Status):
		s.Status = wire.QRNotPaid
	}

	switch s.Status {
	case wire.QRPlacing, wire.QRWaiting, wire.QRPassword:
		s.Expires, s.LeftMS = o.Until.UnixMilli(), o.Until.Sub(now).Milliseconds()
	case wire.QRNotPaid, wire.QRRefunded, wire.QRKept:
		s.Reason = o.Why
	}
	if s.Status == wire.QRWaiting {
		s.Code = o.Show
	}
	if !o.PaidAt.IsZero() && s.Status != wire.QRNotPaid {
		s.PaidAt = o.PaidAt.UnixMilli()
	}

	return s
}

// qrStatus is how far an order is. A code to show that is not known cannot be waited
// for, and nobody pays one whose time is over.
func qrStatus(o acquiring.Order, now time.Time) wire.QRStatus {
	over := !now.Before(o.Until)
	switch o.State {
	case order.Placing, order.Collecting, order.Waiting:
		switch {
		case over:
			return wire.QRClosing
		case o.Password:
			return wire.QRPassword
		case o.Show != "":
			return wire.QRWaiting
		}

		return wire.QRPlacing
	case order.Paid:
		return wire.QRPaid
	case order.NotPaid:
		return wire.QRNotPaid
	case order.Refunding:
		return wire.QRRefunding
	case order.Refunded:
		return wire.QRRefunded
	case order.Kept:
		return wire.QRKept
	}

	return wire.QRClosing
}

// Why a kiosk is given an end that is not the acquirer's.
const (
	ReasonBooked   = "booked"   // a refund of what is posted, or may be for good
	ReasonConflict = "conflict" // the serial stands for another order
)

// qrEnd is the end of an order whose request the ledger refuses for good, each with a case:
// asked again the answer would be the same, so the kiosk must not wait for another one.
// What is being posted may be refused yet, so it is no end.
func qrEnd(q QRQuestion, err error) (wire.QRState, bool) {
	s := wire.QRState{Serial: q.want.Serial, Amount: q.want.Amount}
	refund := q.op == wire.OpQRRefund
	switch {
	case errors.Is(err, acquiring.ErrBooking):
		return s, false
	case errors.Is(err, acquiring.ErrBooked) && refund:
		s.Status, s.Reason = wire.QRKept, ReasonBooked
	case errors.Is(err, books.ErrConflict) && refund:
		s.Status, s.Reason = wire.QRKept, ReasonConflict
	case errors.Is(err, books.ErrConflict):
		s.Status, s.Reason = wire.QRUnknown, ReasonConflict
	}

	return s, s.Status != ""
}

// qrRefusal is the answer to a request that the ledger refuses for now, or that cannot be
// meant; nil for an error of ours.
func qrRefusal(err error) *wire.Error {
	switch {
	case errors.Is(err, books.ErrOrder):
		return &wire.Error{Code: wire.ErrCodeBadRequest, Message: err.Error()}
	case errors.Is(err, books.ErrConflict):
		return &wire.Error{Code: wire.ErrCodeConflict, Message: "this serial stands for another order"}
	case errors.Is(err, acquiring.ErrBooked):
		return &wire.Error{Code: wire.ErrCodeConflict, Message: err.Error()}
	case errors.Is(err, acquiring.ErrNowhere):
		return &wire.Error{Code: wire.ErrCodeUnavailable, Message: "no acquirer is configured"}
	}

	return nil
}
