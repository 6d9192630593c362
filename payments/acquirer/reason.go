package acquirer

// Reason is why an acquirer refuses, in words that hold for all of them. It is a
// closed list: what an acquirer says beyond it is NotAccepted, and its own code
// and text go along as information.
type Reason string

// The reasons; empty if nothing was refused.
const (
	NotNow        Reason = "not-now"        // busy, or not reached: another time
	BadCode       Reason = "bad-code"       // the customer's code is expired, used or of another kind
	NoFunds       Reason = "no-funds"       // the payer has not enough
	OverLimit     Reason = "over-limit"     // more than the payer or the merchant may
	Declined      Reason = "declined"       // the payer gave up, or the payer's account is barred
	Closed        Reason = "closed"         // the order was closed unpaid
	NoOrder       Reason = "no-order"       // nothing stands under the serial
	AlreadyPaid   Reason = "already-paid"   // a closing came too late
	ShortOfFunds  Reason = "short-of-funds" // our own account has not enough for a refund
	NotRefundable Reason = "not-refundable" // too late, too much, or nothing is there to give back
	NotAccepted   Reason = "not-accepted"   // anything else
)

// Valid reports whether r is one of the list, or empty.
func (r Reason) Valid() bool {
	switch r {
	case "", NotNow, BadCode, NoFunds, OverLimit, Declined, Closed, NoOrder, AlreadyPaid, ShortOfFunds, NotRefundable, NotAccepted:
		return true
	}

	return false
}
