// Package qr is the money leg of a payment by QR code: what the kiosk's journal knows
// of the order at the acquirer, which head office places, closes, asks about and
// refunds. It is pure. The transaction's serial is the merchant's order number, so
// there is one order in a transaction.
//
// Truth table of [Leg.Apply] (a blank is leg.ErrIllegal):
//
//	event            open     ordered   closing   paid       not-paid  unknown   refunding  kept
//	ordered          ordered
//	closing          not-paid closing
//	paid                      paid      paid                 paid      paid
//	not-paid                  not-paid  not-paid                       not-paid
//	unknown                   unknown   unknown
//	refund-ordered                                refunding
//	refund-answered                                                              refunded|
//	                                                                             kept
//	returned                                                           refunded             refunded
//
// "Closing" is an order that nobody waits for any more: the customer left, or its time
// was over. It may have been paid in that very moment, and then it is paid: the money
// goes where the customer wanted it, late ([Leg.Late]). So it does where the acquirer
// had said that nothing was paid, and takes it back.
//
// Facts: open and ordered are moving; closing and refunding are undoing; paid is done;
// not-paid is not done; refunded is undone; kept, a refund that the acquirer refused,
// is done and cannot be undone.
package qr
