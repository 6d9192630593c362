// Package posp is what one terminal and a bank's POSP say to each other: operations as
// data, requests and answers, working keys, totals, and the meaning of response codes.
// The frames are those of iso8583, the codes under them those of mac.
//
// A Request is all of an operation but the card: it can be stored, and it is enough to
// reverse a sale, which is named by terminal, merchant, batch, trace and amount. A Card
// lives in memory for one visit, prints nothing of itself, and is wiped.
//
//	operation   types      3       60.1  60.3     61        sealed
//	sign-in     0800/0810          00    001 …              no
//	sign-out    0820/0830          00    002                no
//	echo        0820/0830          00    301                no
//	sale        0200/0210  000000  22    000                yes
//	balance     0200/0210  310000  01    000                yes
//	void        0200/0210  200000  23    000      original  yes
//	refund      0220/0230  200000  25    000      original  yes
//	reversal    0400/0410  as it   as it 000      original  yes
//	settle      0500/0510          00    201                by the terminal's settings
//	upload      0320/0330          00    201                by the terminal's settings
//	upload-end  0320/0330          00    207                by the terminal's settings
//	certificate 0320/0330          00    203, 205 original  by the terminal's settings
//	scripts     0620/0630  000000  00    951      original  yes
//
// A certificate is the TC of one sale by chip: field 55 as the sale had it, but with what
// the chip answered when it agreed, 60.3 by whether the totals of the batch were equal. A
// notice of scripts has their results in field 55 (DF31, which EMV calls 9F5B). Neither has
// the card number, which no terminal keeps: field 61 names the sale, and the bank knows
// its card.
//
// A sale that the bank itself is to book with the utility's MIS (公共支付) has the account
// in field 62: "JF" and at most 32 letters and digits. No public specification fixes that
// field, so this is ours, to be agreed with the bank. The MAC covers it as all others. Its
// reversal names the sale alone: the bank takes payment and booking back together, it is said;
// head office asks the MIS's book of the date whether it did (uplink/office/bank).
//
// A void (撤销) of a sale of the open batch has the card, as the common rule of the field is.
// Where the bank voids by numbers (VoidsByNumber) it has none: terminal, batch and trace of the
// sale, its reference and its authorisation code name it. The kiosk has no card number by then,
// so it voids only where the bank does that; elsewhere the bank is asked by people.
//
// Accept believes an answer only if it is the answer to that request and its MAC is
// right; all else is unknown and decides nothing. Judge says what a code means for an
// operation: done, not done, or unknown, why, and what to do.
//
// Types and codes of certificates and notices are those of common UnionPay terminals as
// far as is known, and from no source that could be read: they are to be checked against
// the bank's own specification, and certificates can be switched off.
//
// The network management codes, the fields of field 60 after the third, the totals and
// the response codes are those of common UnionPay terminals; a bank's own specification
// comes first where it differs.
//
// The package has no clock, no I/O and no key. The procedure of a terminal is in
// posp/terminal.
package posp
