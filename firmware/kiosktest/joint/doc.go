// Package joint is a suite of tests: the kiosk's core, the real driver of a note
// validator and its byte-level simulator on one virtual clock, joined by a line that
// fails. Each of the five validators runs in several settings.
//
// Every scenario ends with the same audit. Its oracle is the simulated machine, which
// counts the notes in its cassette and those that it gave back, and knows none of our
// code; it is compared with the records in the journal, read as they are written:
//
//   - what the journal says is in the cassette is there: note by note, value by value;
//   - what is there and not booked so is a note whose end is in doubt, for which a case
//     is open: no note is without a record;
//   - what the journal says came back did come back;
//   - no note is left pending once everything had its time.
//
// With -short each table is sampled, always in the same way.
//
// The package refuses to test protocols byte by byte (the simulators' own suites do) and
// to know head office: a payment ends with the notes.
package joint
