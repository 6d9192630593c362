// Package bankcard is the station of payment by bank card: the card reader, the PIN
// pad, the EMV kernel (payments/emv), the procedure of the bank's terminal
// (payments/posp/terminal) and the leg (payments/bankcard). Frames go to the bank's
// POSP by way of head office, which carries each once.
//
//	opened      → the gate opens → card in
//	chip        → power on, kernel, choice of application
//	stripe      → by its service code, or in place of a chip that failed
//	PIN         → the pad gives the block
//	            → the frame is made, the pad seals it
//	            → card-sale-ordered with Keep, durable → the frame leaves
//	answer      → the pad makes its MAC again, the procedure compares
//	            → card-sale-answered → the chip is told
//	approved, and the chip agrees
//	            → card-closed with the amount, and then the card comes out
//	no answer, one that cannot be believed, the chip declines, the card is gone
//	            → card-reversal-ordered and card-closed without one, durable → 0400,
//	              until it is answered
//	power cut   → after the start: the same
//	posting refused, or the procedure's own state is lost
//	            → Turn finds it in the books → the same
//
// The record of the sale, and the procedure's state that can reverse it, are written in
// one step, before the frame leaves. Who cancels before that record gets the card back;
// after it the bank's answer decides. Where head office says that a frame was not sent,
// the sale is reversed all the same.
//
// Where the bank itself books the payment (公共支付: payments.Transaction.ByBank) the sale
// has the account in it, and the reversal takes the booking back too; nothing else differs.
//
// A wrong PIN is asked for again until the bank says otherwise, each time with a trace
// of its own. A card that the bank wants is kept, and so is one that nobody takes, after
// a warning.
//
// Keep is the state of the terminal procedure; a kept state that cannot be read is an
// error of Recover. Without any, or with that of another terminal, it begins with a trace
// number made of the time, since one that the open batch has already would be answered,
// and reversed, as that one. What another terminal sold it cannot take back: that is a
// case, as is the reversal of an approved sale of which the bank has never heard; and so is
// its batch, if it was open: "card-batch-left".
//
// Account number, tracks, chip data and PIN block live in memory from the card's coming
// in to its going out, and are overwritten then. The frame in an Ask is a copy that
// belongs to who carries it.
//
// A settlement leaves a record of both sides' totals beside the transactions,
// "card-settled", and so does a sign-in after which the bank has another batch open,
// "card-batch-differs".
// Two people at head office can have a sale of the open batch voided (撤销). Where the bank
// voids by numbers the terminal does it without the card, once for one order: the order is in
// the journal as evidence of the payment before the void leaves, and so is its end. Refused, the
// sale stands; without an answer the void is taken back, and the sale stands. Where the bank
// wants the card for a void the terminal voids nothing: the card is with its owner.
//
// While a card is inside the Face Holds the result back, unless nobody knows when it
// comes out: the customer has it before the slip.
//
// Of a sale that a chip agreed to, its certificate (TC) is kept in the state until the batch
// closes, and goes to the bank then; what scripts did to a card goes in a notice at once.
// Neither names the card, and a sale waits for neither for long.
package bankcard
