// Package kiosk is the appliance's one loop without its I/O: events in, journal
// records made durable, effects out.
//
// [Core] conducts. It routes an event to the part that it concerns, commits what
// that part decided, and hands the effects on. The parts have their own state and
// know nothing of each other:
//
//	firmware/condition     what is wrong, and what that stops
//	firmware/questions     what head office is asked
//	firmware/tender        what a place with devices is, and a station, where money is taken
//	firmware/metercard     the card desk: the reader of meter cards
//	firmware/service/…     what may be paid, what a technician may do, and the pages
//	firmware/visit         which screen is shown, and for how long
//	firmware/profile       what this kind of terminal has
//
// In this package, beside Core and each with its own file, are the ledger (the books
// and the journal that they follow from), the orders (what head office is asked about
// transactions), the slips, what may be paid offline, the payment in front of the
// customer, and the outputs. Core alone writes the journal.
//
// How money is taken, and how a meter card is written, is nothing to Core: it gives a
// place its reports, makes its decisions durable, and hands on what it then asks for
// (firmware/tender). The stations are rows of a table.
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
