// Package bankcard is the money leg of a payment by bank card: what the kiosk's
// journal knows of the sale at the bank, and of its reversal (冲正). It is pure.
//
// The record of a sale is durable before the sale leaves, and is all that a reversal
// needs: terminal, merchant, batch, trace and amount. The account number stays masked
// (first six and last four digits); tracks, PIN blocks and chip data have no field.
//
// Truth table of [Leg.Apply] (a blank is leg.ErrIllegal). "Closed" is no state: a leg
// is closed for its customer in one of the states marked *, and goes on from there.
//
//	event              open      selling    approved*  declined*  reversing*  reversed*  kept*
//	sale-ordered       selling                         selling                selling
//	sale-answered                approved|
//	                             declined
//	reversal-ordered             reversing  reversing
//	reversal-answered                                             reversed|
//	                                                              kept
//	returned                                                                             reversed
//	closed             *                    *          *          *           *          *
//	evidence           any state but open, and changes none
//
// After closing no sale is ordered; a reversal may still be. "Kept" is a sale that the
// bank refused to reverse. A person's word that the money was returned ends it.
//
// An answer names the sale by its number. A late one, which contradicts a reversal
// that was ordered meanwhile, is evidence: it never credits.
//
// Facts of a closed leg:
//
//	approved             done       the amount was taken, and can be reversed
//	open, declined       not done
//	reversing            undoing
//	reversed             undone
//	kept, was credited   done       and cannot be undone
//	kept, never was      unknown    the bank alone can tell: a case
package bankcard
