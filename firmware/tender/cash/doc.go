// Package cash is the station that takes notes: what the validator is doing, which
// of its reports wait for the journal, and when the taking of notes is over.
//
// A [Station] takes the validator's events and gives decisions. What a report means
// for money is payments/cash.Decide; the station keeps what Decide must know beside
// the journal (was the note just refused, may this be a repeat), the order of the
// reports, and the patience for a device that does not say where a note is. It
// never sees a screen and writes nothing: the kiosk makes a decision's events
// durable, and only then does the station give the order.
//
// A validator that is told to open and does not is as bad as one that is jammed,
// and says nothing by itself. So it is opened for a moment after each of its starts,
// while nobody is there, and [Station.Blind] says when it did not open.
package cash
