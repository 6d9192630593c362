// Package kiosktest is the whole system in one goroutine and virtual time: the
// kiosk's core, the real device drivers against byte-level simulators, a journal
// that loses what was not durable, the outbox, a network that loses, repeats and
// reorders, head office over its in-memory store, and the simulated MIS with its
// own ledger behind real message bytes. On half of the days bills are paid by QR code
// too: by the real adapters at the simulated acquirer, whose ledger is a fourth opinion.
// On half of them power is bought: meter cards of several kinds go into a reader of their
// own, byte for byte, the card-meter system sells behind real frames, and the households'
// meters load what is on the cards; on a third of those days the library of the reader's
// maker writes them. On half of them bank cards are taken: reader, PIN pad and card byte for byte, and the
// simulated bank behind real frames, with a ledger as well.
//
// Where the plan says so (Plan.Collections) two people collect the cash between customers,
// with dice of their own: what they carry away is by the validator's ledger, and the journal,
// the kiosk and head office must tell the same of each cassette.
//
// A run is a function of its seed and nothing else: customers, faults and every
// delay are drawn from it, so a failing seed replays exactly. At the end of each
// kiosk-day the faults stop, everything is given time to settle, and Audit
// compares what the cassette, the journal, head office and the MIS believe.
//
// A day is a storm (Storm), with many customers and a little of every trouble; or a short one
// of a swarm (Swarm), about one scene and some kinds of trouble, each often. Every note of
// paper is followed by the mechanics of the validator alone, every step for a meter card is
// watched on its way, and who lacks what was sold onto a card comes back for it in the end.
// Where cash is collected head office counts it again, hands it over and pays it in.
//
// A machine is a box: board, disk, devices, line and who stands in front of it. There
// are two where the disk was copied. Each machine has a clock of its own, that may be
// wrong and jump; what the audit says of times it holds against when things really
// were. A journal may end before its kiosk does (Fate): the audit then wants every yuan
// that head office was told of booked once, or named by a case. Bills are paid by card and by
// code on such days too (by card on none with a copied disk): what bank and acquirer have is
// held against the MIS and the cases, whatever the journals know of it.
//
// On a day of public payment (公共支付) the bank books by itself, people have it give payments back,
// and it forgets to undo some of its bookings. In the night after the MIS's day-book comes, and
// what stands in it too many must be an open case.
//
// Bugs can be planted at the boundaries (Bug) to show that Audit finds them.
package kiosktest
