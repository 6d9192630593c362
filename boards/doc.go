// Package boards describes boards as plain data: serial ports, lines, data
// partition, watchdog. One package below it is one board; boards/all finds a
// board by name.
//
// A board says where things are, never what they do: which devices a kiosk must
// have is the profile's, and their drivers open what the board names. The
// package opens nothing.
package boards
