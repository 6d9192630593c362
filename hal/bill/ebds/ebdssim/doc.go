// Package ebdssim is a note validator that speaks EBDS, byte for byte, without I/O:
// the peripheral of the ebds driver's tests and of the lab bench. The path of the
// note, the faults and the power are billsim's; this package is the electronics:
// frames, the toggle with the last reply, what is enabled, and the events that are
// told until they are acknowledged. A power cut takes all of these but what is in the
// table.
//
//	power-up found                              it initialises by itself, and tells
//	nothing                                     power-up
//	a note before the lever                     power-up and accepting; then the note goes out
//	a stacked note that was not acknowledged    power-up and stacked, without a value, until acknowledged
//
// The last line is this simulator's assumption, and so is that a reply is
// acknowledged by the first message with the other toggle, whatever the message is.
// [Config] has the devices that do it otherwise, as far as they are imaginable.
//
// It refuses bookmarks, bar codes, flash download, recycling and the other power-up
// policies. It is for tests, other doubles and the lab; no shipped program may import
// it.
package ebdssim
