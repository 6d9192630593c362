// Package bench is the lab bench: every simulated device of a kiosk, in real
// time on pseudo terminals and small files, behind one control API. It is the
// world that board sim is wired to.
//
//	dir/dev/validator    note validator, by default CCNET (ccnetsim)
//	dir/dev/printer      ESC/POS printer (escpossim)
//	dir/dev/card         reader of bank cards, by default a CRT-571 (crt571sim)
//	dir/dev/meter-card   reader of meter cards, by default a contact reader (pcscsim)
//	dir/dev/pinpad       PIN pad (zt588sim), which was in the secure room
//	dir/dev/gpio/<role>  one file a line: 0 or 1
//
// It owns the other side of the lines and the people in front of the box: who
// inserts a note, opens a door, pulls the plug. Losing power is physical: what
// is in a cassette stays there, the line stays, the device falls silent.
//
// The drawer has the bank cards of cardsim, meter cards of all forms, and a memory card as
// it comes from the factory. What a bank card shows of itself here is masked: no number as
// a whole, no PIN, no key leaves the bench.
//
// It is a double: tests, other doubles and the lab import it, no daemon does.
package bench
