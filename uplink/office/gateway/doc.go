// Package gateway is head office's side of a kiosk's requests, and the way of
// postings into the MIS.
//
// Poster runs the posting state machine over the store: it makes the next state
// durable, and only then hands out the call. It holds nothing in memory, so a
// restart loses nothing, and two head offices on one store never make the same
// call twice at a time (the row is claimed by its version, and the claim expires
// with posting.CallLease). Desk decides which calls go out and what kiosks are answered;
// Runtime is a Desk with goroutines, timers and a real caller.
//
// QR is the same for payments by QR code: QRDesk brings orders at acquirers to their end
// over the ledger of package acquiring, takes the acquirers' notices, and answers the
// kiosks that wait. A customer's payment code is in memory only, from the request to the
// one call that it is for.
//
// Bank relays the frames of kiosks' terminals to a bank's POSP, each once: BankDesk has
// each of them in package bank's register before it leaves, and its answer before the
// kiosk has it. Frames are in memory only.
//
// Each system has its own breaker, due postings and places for calls, so that one that is
// slow or away holds nothing up at the other, and kiosks that look something up there are
// told in time, before money is taken. At the card-meter system a posting is a sale;
// rounds of steps for a card are signed for one card, transaction and session, and how a
// writing ended is reported until it is answered.
//
// Requests that move no money (verify, card-quote) are relayed; names and addresses are
// masked before they leave.
package gateway
