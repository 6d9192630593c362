package mis

// Reason is why the MIS refuses a query, a verification or a posting, in words
// that hold for every province. It is a closed list: what a province says beyond
// it is NotPayable, and its own code and text go along as information.
type Reason string

// The reasons; empty if nothing was refused.
const (
	NoAccount   Reason = "no-account"   // no such account
	MeterCard   Reason = "meter-card"   // buys power onto an IC card, pays no bills
	NotNow      Reason = "not-now"      // busy or calculating: another time
	NothingDue  Reason = "nothing-due"  // no arrears, and no advance is taken
	NoPartial   Reason = "no-partial"   // arrears are paid whole
	NoAdvance   Reason = "no-advance"   // nothing beyond the arrears
	OverLimit   Reason = "over-limit"   // more than one posting may be
	DirectDebit Reason = "direct-debit" // a bank collects it already
	OtherArea   Reason = "other-area"   // belongs to another city or operator
	NotPayable  Reason = "not-payable"  // anything else
)

// Valid reports whether r is one of the list, or empty.
func (r Reason) Valid() bool {
	switch r {
	case "", NoAccount, MeterCard, NotNow, NothingDue, NoPartial, NoAdvance, OverLimit, DirectDebit, OtherArea, NotPayable:
		return true
	}
	return false
}
