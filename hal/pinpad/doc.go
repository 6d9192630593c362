// Package pinpad is the encrypting PIN pad kind (XFS4IoT: PIN Pad, Crypto).
//
// The pad keeps the keys. A master key comes into it in a secure room, in parts, by
// its maker's means, and never through this package. Working keys (for PIN blocks
// and for MACs) come from the bank encrypted under the master key, and are checked
// by their key check value. A PIN exists in the clear inside the pad only: the
// terminal gets a mark for each key, and then the encrypted block.
//
// A driver is a hal.Engine[Command, Event]; each command is answered by exactly one
// event with its ID, Done or NotDone. Nothing a pad does changes money, so an
// outcome that is not known is NotDone: a PIN is entered again, a key loaded again.
//
// A pad that was opened or moved has wiped its keys: Status says so, and nothing but
// a secure room mends it.
package pinpad
