// Package signed carries the operations of an acquirer in a small protocol of our
// own, for a bank or a province that has none we know: signed JSON over HTTPS. It
// needs the standard library only. This comment is its specification, version 1.
//
// # Requests
//
// Every operation is a POST of a JSON object to BASE/v1/OPERATION:
//
//	order       serial amount subject expires notify      makes a code to show
//	collect     serial amount subject pay_code terminal   takes money by the customer's code
//	ask         serial                                    what became of a payment
//	close       serial give_back                          ends an order
//	refund      serial original amount why                gives money back
//	ask-refund  serial original                           what became of a refund
//
// Serials are 20 digits, made by us, and never stand for two payments or two
// refunds; any request may come again and changes nothing the second time. Amounts
// are integers in fen. Times are RFC 3339. give_back tells close what to do with an
// order that is paid: refuse with "paid" (false), or give the money back (true).
//
// # Replies
//
// Whatever a request was answered with, HTTP says 200; any other status means that
// nothing is known. The body is a JSON object of merchant, code, text, serial and,
// where they make sense, original, state, amount, refunded, reference, payer,
// paid_at, show and expires. Fields that the reader does not know are skipped.
//
//	code            state of a payment                state of a refund
//	ok              unpaid paying paid closed refunded  refunded processing failed
//	none            nothing is known of the serial
//	used            the serial stands for another amount
//	paid, closed    the order cannot be closed, or paid
//	bad-code no-funds over-limit declined           refusals of a payment
//	not-refundable merchant-short                   refusals of a refund
//	busy            not now; nothing was done
//	not-accepted    anything else that was not done
//	clock           the timestamp is more than 5 minutes off
//	error           something failed, perhaps half way
//
// # Signatures
//
// SHA256withRSA (RSASSA-PKCS1-v1_5, at least 2048 bits), in base64, over the
// following bytes, in which each line ends with a line feed and the body is the raw
// bytes as sent:
//
//	request  WK1-REQUEST  path  merchant  timestamp  nonce  body
//	reply    WK1-REPLY    path  merchant  nonce of the request  timestamp  nonce  body
//	notice   WK1-NOTICE   merchant  timestamp  nonce  body
//
// The headers WK-Merchant, WK-Key (the signer's name for its key), WK-Timestamp
// (seconds since 1970), WK-Nonce (32 hexadecimal digits, never used twice) and
// WK-Signature carry them. The nonce of the request in the reply's signature ties
// the two together: a reply of yesterday answers nothing today. RSA and not Ed25519,
// because this is what the security modules and the Java of banks sign with, and
// what both large wallets use; the adapter has one kind of key then.
//
// Either side refuses what was signed more than 5 minutes before or after its own
// clock. A wrong clock at head office thus stops all payments, and has an error of
// its own, acquirer.ErrClock.
//
// # Notices
//
// The acquirer POSTs a signed reply to the order's notify address when a payment or
// a refund changes, and again until it is answered with 204. A notice about a
// refund has original; about a payment it has not.
//
// # History
//
//	2026-11-29  version 1
package signed
