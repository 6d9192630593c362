// Package qr is the station of payment by QR code: the code on the screen, and the
// scanner for the code on the customer's telephone. It knows no acquirer: head office
// places the order, asks, closes and refunds, and this station asks head office.
//
//	opened      → qr-ordered, durable → qr-order
//	answer      → the code is shown, or the customer is asked for a password
//	            → qr-wait, answered as soon as something is new
//	paid        → qr-paid
//	not paid    → qr-not-paid
//	cancel, time over, power cut
//	            → qr-closing, durable → qr-close, until head office knows the end
//	posting refused
//	            → qr-refund-ordered, durable → qr-refund, until head office knows the end
//
// All requests are idempotent by the transaction's serial and repeated until they are
// answered with an end; silence decides nothing.
//
// A payment code that is scanned while a code is shown ends that order, and the same
// payment is opened again for what was scanned. A payment code is kept in memory for
// [CodeLife] at most, and in no record.
package qr
