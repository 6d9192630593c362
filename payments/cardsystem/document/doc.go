// Package document is the messages of the card-meter system as documents: what a JSON or
// XML text of an operation holds, and the statuses. The roads that carry them own what is
// around them: the frames of socket/s2, the envelopes of soap.
//
// The names of some fields and services, the status "0000" and the codes of cards that are
// refused are those of the S2 kiosk interface [R]; the rest is ours [I]. Amounts are yuan
// as a text with two decimals, energy is kWh with two, bytes are hexadecimal digits.
// Fields that are not known are passed over.
//
// An answer that says that something is so repeats the keys of its request; one without,
// or about another request, is cardsystem.ErrMismatch. A refusal may be without a document.
package document
