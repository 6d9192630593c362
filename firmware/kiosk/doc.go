// Package kiosk is the appliance's one loop without its I/O: events in, journal
// records made durable, effects out.
//
// [Core] conducts. It routes an event to the part that it concerns, commits what
// that part decided, and hands the effects on. The parts have their own state and
// know nothing of each other:
//
//	firmware/condition     what is wrong, and what that stops
//	firmware/questions     what head office is asked
//	firmware/tender/cash   the note validator and its reports
//	firmware/service/…     what may be paid, what a technician may do, and the pages
//	firmware/visit         which screen is shown, and for how long
//	firmware/profile       what this kind of terminal has
//
// Core is deterministic and single-threaded. It is given the time with every event
// and never looks at a clock, a file, a device or the network; the journal is the
// only thing it calls, and it calls it before it lets any effect go. The daemon
// (cmd/kioskd) carries effects to real devices and MQTT; the whole-kiosk simulation
// (kiosktest) carries them to simulators in virtual time. Both run this same code.
//
// The order is always: event → decision → journal (durable) → state → effects.
// When the journal refuses, nothing else happens: the note goes back, or the
// report is tried again until it can be kept.
package kiosk
