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

// The reasons of the card-meter system.
const (
	NotLoaded    Reason = "not-loaded"    // the last purchase was not put into the meter yet
	OldCard      Reason = "old-card"      // another card took its place
	NotOpened    Reason = "not-opened"    // the meter was not opened with an open-account card
	BlankCard    Reason = "blank-card"    // it is nobody's
	OtherCard    Reason = "other-card"    // of another utility, or no card of ours
	CountDiffers Reason = "count-differs" // card and system count purchases differently
	ArrearsFirst Reason = "arrears-first" // bills are paid before power is bought
	OverHoarding Reason = "over-hoarding" // more than the meter may hold
	BelowMinimum Reason = "below-minimum" // less than may be bought
	FixedAmount  Reason = "fixed-amount"  // only the agreed amount
	NotMultiple  Reason = "not-multiple"  // only multiples of a step
	TariffDue    Reason = "tariff-due"    // the tariff is about to change: at the counter
	Unwritten    Reason = "unwritten"     // a sale waits to be written onto this card first
	Written      Reason = "written"       // it is on the card already
	KeysAway     Reason = "keys-away"     // the encryption service does not answer
)

// Valid reports whether r is one of the list, or empty.
func (r Reason) Valid() bool {
	switch r {
	case "", NoAccount, MeterCard, NotNow, NothingDue, NoPartial, NoAdvance, OverLimit, DirectDebit, OtherArea, NotPayable,
		NotLoaded, OldCard, NotOpened, BlankCard, OtherCard, CountDiffers, ArrearsFirst, OverHoarding, BelowMinimum, FixedAmount,
		NotMultiple, TariffDue, Unwritten, Written, KeysAway:
		return true
	}
	return false
}
