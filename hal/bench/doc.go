// Package bench is the lab bench: every simulated device of a kiosk, in real
// time on pseudo terminals and small files, behind one control API. It is the
// world that board sim is wired to.
//
//	dir/dev/validator    CCNET note validator (ccnetsim)
//	dir/dev/printer      ESC/POS printer (escpossim)
//	dir/dev/gpio/<role>  one file a line: 0 or 1
//
// It owns the other side of the lines and the people in front of the box: who
// inserts a note, opens a door, pulls the plug. Losing power is physical: what
// is in a cassette stays there, the line stays, the device falls silent.
//
// It is a double: tests, other doubles and the lab import it, no daemon does.
package bench
