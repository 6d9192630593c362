// Package id003sim is a note validator that speaks ID003, byte for byte, without
// I/O: the peripheral of the id003 driver's tests and of the lab bench. The path of
// the note, the faults and the power are billsim's; this package is the electronics:
// settings, frames, and a reply half sent, all of which a power cut takes.
//
//	power-up found                              state
//	nothing                                     40
//	a note before the lever                     41; RESET gives it back
//	a stacked note whose 15 was not ACKed       42, until RESET
//
// What devices do differently is a field of Config each: whether VEND VALID names
// the note, whether a reset leaves the slot open, whether it waits for the settings,
// and so on. Config.Echo is no property of the device but of the line: it gives the
// host back its own bytes, whether the device has power or not.
//
// It answers STACK-1 and the communication mode (C2), which other hosts send and the
// driver does not. It refuses recycling and bar codes, and never speaks unasked, whatever
// the mode. It is for tests, other doubles and the lab; no shipped program may import it.
package id003sim
