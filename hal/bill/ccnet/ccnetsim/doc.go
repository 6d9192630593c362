// Package ccnetsim is a note validator that speaks CCNET, byte for byte, without
// I/O: the peripheral of the ccnet driver's tests and of the lab bench. The path
// of the note, the faults and the power are billsim's; this package is the
// electronics: bill-type masks, frames, and a reply half sent, all of which a
// power cut takes.
//
//	power-up found                              state
//	nothing                                     10
//	a note before the lever                     11; RESET gives it back
//	a stacked note whose 81 was not ACKed       12, until RESET
//
// It refuses recycling and bar codes. It is for tests, other doubles and the lab;
// no shipped program may import it.
package ccnetsim
