// Package cctalksim is a note validator that speaks ccTalk, byte for byte, without
// I/O: the peripheral of the cctalk driver's tests and of the lab bench. The path of
// the note, the faults and the power are billsim's; this package is the electronics:
// frames with either checksum, the echo of a single wire, inhibits, routes, the
// self-check, and the buffer of five events with its counter. A power cut takes all
// of these.
//
//	event            when
//	type, in escrow  the note is in escrow
//	type, stacked    it passes the lever
//	returned         it is out again, having been in escrow or found by a restart
//	a reject code    it is on its way out, refused
//	a fault's code   the device is blocked
//	12, 10           a stacker is back; it, or a full one, works again
//
//	a restart found                       after it, the counter from 0
//	nothing                               nothing
//	a note before the lever               returned, once it is out
//	a note past the lever, not at rest    21, unknown type stacked, when it has initialised
//	a stacked note at rest                nothing
//
// That it tells of notes that a restart found is this simulator's assumption; with
// Config.Mute it does not. A device that hears no command for five seconds takes no
// more notes until it is told to.
//
// It refuses encryption, recycling and bar codes. It is for tests, other doubles
// and the lab; no shipped program may import it.
package cctalksim
