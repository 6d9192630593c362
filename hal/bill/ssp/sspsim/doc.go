// Package sspsim is a note validator that speaks SSP, byte for byte, without I/O:
// the peripheral of the ssp driver's tests and of the lab bench. The path of the
// note, the faults and the power are billsim's; this package is the electronics:
// frames, the sequence bit with the last reply, channel inhibits, and the events
// that wait for a poll. A power cut takes all of these but what is in the table.
//
//	power-up found                             it initialises by itself, and tells
//	nothing                                    F1
//	a note before the lever                    F1, and E1 once the note is out at the front
//	a stacked note whose credit was not heard  F1 and E2; it initialises after the EVENT ACK
//
// With Config.Plain it is an old device: protocol version 5, no POLL WITH ACK. It
// then tells each event once, whatever becomes of the reply, and a note that it
// has stacked wholly is not told of at power-up.
//
// That a credit which was not acknowledged comes back as E2 after a power cut is
// this simulator's assumption; the manual does not say what becomes of it.
//
// It takes firmware as package ssp tells. From the header that it takes until the
// check of the last block it has none: it is in its loader, which answers SYNC and
// PROGRAM, and anything else with F6. A power cut keeps it there, and so do a wrong
// check and ten seconds of silence. What it then is called stands at the beginning
// of the data, which is this simulator's own; that it erases at the header, that the
// loader answers F6 and that an upload ends by itself are assumptions. The speed of
// the line it does not hear.
//
// It refuses encryption, recycling and bar codes. It is for tests, other doubles
// and the lab; no shipped program may import it.
package sspsim
