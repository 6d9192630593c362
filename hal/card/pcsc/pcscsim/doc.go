// Package pcscsim is pcscd with one contact reader, byte for byte: the peripheral of
// the pcsc driver's tests and of the lab bench. Device does no I/O; Socket is its way
// into the file system.
//
// It owns the messages of the socket as the daemon answers them, one reader with a
// slot, and the way between the two: like the port of pcsc.Open it speaks in
// records, accepts a connection while the daemon runs, and reports when it is gone.
// A reader for memory cards answers the ACR pseudo-APDUs too.
//
// Killing the daemon leaves the card in the slot and in power, as the real one
// does. The package is for tests, other doubles and the lab; no shipped program may
// import it.
package pcscsim
