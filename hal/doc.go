// Package hal is the hardware abstraction layer: the device classes a payment
// terminal is built from, in the vocabulary of XFS4IoT (device status, fault,
// media, counts).
//
// Every driver is an [Engine]: a protocol state machine without I/O. It is fed
// received bytes and the time, and answers with bytes to send, events, and the
// instant at which it wants to be called again. One pump (hal/port) runs any
// engine over a real serial line; the whole-kiosk simulation runs the very same
// engine in virtual time against a byte-level simulator. A driver therefore
// holds no goroutine, no clock and no file.
//
// The package refuses to know money rules, journals or networks: it reports
// what the device said, and does what it is ordered to do.
package hal
