// Package pcsc drives a smart-card reader through pcscd, the PC/SC daemon of
// Debian (pcsc-lite 1.8.24 and later, checked against 1.9.9), by the protocol of
// its own socket: no libpcsclite, no cgo.
//
// It owns the messages of the socket, the dialer [Open], and [Driver], a
// card.Engine without I/O. One request is under way at a time.
//
// Request: size | command | body, each a 32-bit number in host byte order; size
// counts the body without an APDU that follows it. The reply is the same body,
// filled in, without the header; after TRANSMIT the card's answer follows. (Source:
// pcsc-lite, winscard_msg.h and eventhandler.h.)
//
// A reply has no header, so a reply that comes too late, or from a daemon that was
// restarted, could be taken for another. Between port and engine the bytes
// therefore travel in records (see [Records]): opened, data, closed. The engine
// hangs up by sending closed, and starts again on opened.
//
// Words: the context is the session with pcscd, the handle one connection to a
// card. To poll is to ask for the state of all readers. An orphan is a handle to a
// card that is gone; pcscd wants it back.
//
// Choices:
//
//   - The driver polls (300 ms), and does not use WAIT_READER_STATE_CHANGE: a
//     waiting connection takes no other command until STOP, and STOP crosses the
//     notice on its way. 3 kB over a local socket are cheap.
//   - pcscd counts insertions and removals. A changed count is another card, or
//     the same one again: the power is off, whatever the state says.
//   - PowerOn on a card that somebody else may have used (it was powered before
//     this driver saw it come in) is a cold reset, so that no security state is
//     inherited.
//   - A TRANSMIT is sent once. Only 61xx (GET RESPONSE) and, once, 6Cxx (the card
//     did nothing but name the right Le) are followed up, on T=0.
//
// Memory cards (SLE4442, SLE4428, AT24C, AT88SC102) work only where
// Config.PseudoAPDU names the reader's dialect.
//
// The package refuses to start pcscd, to install drivers, and to use a reader that
// another program holds.
package pcsc
