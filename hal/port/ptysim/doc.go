// Package ptysim gives a byte-level simulator a serial line of its own: a pair
// of pseudo terminals, whose slave a driver opens like any serial port.
//
// The master holds its own slave open, so that a host may come and go without a
// hang-up; only Close hangs up. Parity, speed and modem lines mean nothing on a
// pseudo terminal. Losing power is the simulator's affair (it stops
// answering): the line stays. The package is a double; no daemon links it.
package ptysim
