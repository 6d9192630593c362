// Package staff decides who may use the kiosk's staff screens: a number and a PIN of
// the roster that head office signed, and a one-time code that head office gave for
// the challenge on the screen.
//
// A folder holds two small files, each replaced in one step and synced: the roster as
// it came, sealed to the board as its hashes of PINs can be searched (package boardkey),
// and the tries that failed. A try is counted before it is looked at, so
// that the power switch takes none back. Five in a row lock for fifteen minutes,
// whoever they were for; a clock that is set back starts the fifteen minutes over,
// and a file of tries that cannot be read counts as locked. A roster whose signature
// does not hold any more, because head office has another key, counts as no roster.
//
// PIN and code are never kept, logged or put into an error. It draws no screen and
// reads no topic: it is handed the signed roster (uplink/wire), and the number, PIN
// and code of one try.
package staff
