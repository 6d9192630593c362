// Package kiosk is the appliance's one loop without its I/O: events in, journal
// records made durable, effects out.
//
// [Core] is deterministic and single-threaded. It is given the time with every
// event and never looks at a clock, a file, a device or the network; the journal
// is the only thing it calls, and it calls it before it lets any effect go. The
// daemon (cmd/kioskd) carries effects to real devices and MQTT; the whole-kiosk
// simulation (kiosktest) carries them to simulators in virtual time. Both run
// this same code.
//
// The order is always: event → decision → journal (durable) → state → effects.
// When the journal refuses, nothing else happens: the note goes back, or the
// report is tried again until it can be kept.
package kiosk
