// Package bank owns head office's register of what kiosks say to a bank's POSP: one row
// for each operation, what happened to it, the terminals, and the cases that follow.
//
// Head office relays frames and makes none (package gateway, over the lines of
// bank/line). Register stores an operation durably before its frame leaves, and the
// answer before the kiosk has it, so that nothing goes to the bank, and no approval to a
// kiosk, that the books do not have. A restart makes the outcome of what was under way
// unknown. A sale is sent once, ever; a reversal, a settlement and an upload as often as
// the kiosk asks. A void leaves if two people ordered it (VoidIn), once; refunds, which no
// kiosk has a reason to send, never do.
//
// Of a frame a row has what a slip may show: the card number but for its first six and
// last four digits is hidden, and tracks, PIN block, chip data and keys are never read.
// Head office has no key of a terminal: whether a MAC is right the kiosk's PIN pad says.
//
// A kiosk is one terminal and a terminal one kiosk. The first frame of a kiosk that has
// none binds it; then people alone can change it (SetTerminal). Any other is refused.
//
// A batch is settled at the kiosk's time of day, or when a person orders it
// (OrderSettlement): the order stands until the relay has seen how that ended.
//
// Of a sale that only the kiosk's journal has, because these books are out of a backup,
// nobody can ask the bank: two people vouch for it (Vouch).
//
// A sale of the open batch that is not booked any more, and that its kiosk does not take back
// itself, two people may have voided (撤销: VoidIn). The kiosk sends the void, if the bank takes
// one without the card, and the sale is Returning until that is answered, taken back, or that
// batch or a later one is settled without it: voided, or as before.
//
// A sale that its kiosk cannot take back any more, and that is not booked, two people may ask
// the bank to give back (RefundIn): head office has no card number, so the request goes to the
// bank by people, under a number of its own. It is open, with a case, until two people write
// down what the bank answered (AnswerIn). Meanwhile the sale is Returning: nothing is posted,
// and nothing paid out at the counter. What is not answered stays open; time decides nothing.
//
// A sale goes back whole: its payment was credited to the account as one sum, which the MIS
// reverses as one, and there is no part of it that a customer could be owed. So neither a plan nor
// an answer of the bank names an amount (ErrPart); what a bank gave back in part is its mistake, and
// people see to that in the case, which stays open.
//
// What the bank has booked with the MIS itself (公共支付: Exchange.BookedTo) it takes back with the
// sale, be that a reversal, a void or a refund. Who knows of it: the kiosk and these books that
// the bank has said so; the POSP its own booking; the MIS alone whether that is gone. So each is a
// question of books (OpenBookingBack), a case that the MIS's own book of the date answers.
//
// A terminal's batch is that of the frame that came last (bind), not of what ended last: an answer
// may be late, and of a batch that is closed.
//
// Package books posts a payment by bank card only if this register has its sale, approved
// and not taken back. One that the bank books with the MIS itself (公共支付), as the kiosk's
// journal says, is not posted; the register must have its approved sale all the same.
//
// Cases (their classes are package books'): a sale approved, or of an unknown outcome,
// for ten minutes without a posting or a reversal (unbooked; not an approved one that the
// bank books); a reversal open for ten minutes (reversal-open); a reversal of what is
// posted, or may be (taken-back); a batch whose totals differ, or that could not be
// settled, or a notice of scripts that the bank has not taken (batch); a second sale of a payment, or numbers that stand for another one
// (conflict), and a terminal used by another kiosk (terminal), each one case of a kiosk that
// counts; a bank that a head office cannot reach (bank-away); a sale that
// the bank is asked to give back (refund-asked); what it gave back of its own bookings
// (booking-back). They close themselves when
// the truth comes to these books, but for conflict, terminal and taken-back. Where it came
// to books before a restore only, a case says what the kiosk has, and a person closes it.
package bank
