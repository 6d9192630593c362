// Package ccnetsim is a note validator that speaks CCNET, byte for byte, without
// I/O: the peripheral of the ccnet driver's tests and of the lab bench.
//
// It owns the path of one note (slot, escrow, lever, cassette), the cassette, and
// the protocol. What is physical - a note in the path, the cassette, whether the
// last stacked note was acknowledged - survives a power cut at any instant; what
// is electronic - bill-type masks, timers, a reply half sent - does not.
//
//	cut while the note is                power-up state
//	not in the device                    10
//	anywhere before the cassette lever   11; RESET gives it back
//	past the lever, 81 not acknowledged  12, until RESET
//	past the lever, 81 acknowledged      10
//
// The words: a note passes the lever at the instant it is in the cassette. A
// device is blocked while a fault keeps it from work. Out means in the customer's
// hand again.
//
// It refuses to model more than one note in the path, bill-to-bill recycling and
// bar codes. It is for tests, other doubles and the lab; no shipped program may
// import it.
package ccnetsim
