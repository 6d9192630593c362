// Package outsidesim is what the simulators of systems outside have in common: a board of
// faults that are switched on and off, and a TCP server that can be down.
//
// It is a double: only tests, other doubles and the lab may import it.
package outsidesim
