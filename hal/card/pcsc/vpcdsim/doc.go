// Package vpcdsim puts a virtual card into the virtual reader of vsmartcard (vpcd),
// so that Debian's real pcscd can be tested without hardware.
//
// The reader's driver, inside pcscd, listens on a TCP port; the card connects to
// it: being connected is being in the slot. Each message is two bytes of length,
// high byte first, and so many bytes. A message of one byte is a control: 0 power
// off, 1 power on, 2 reset, 4 asks for the ATR; only 4 is answered. Everything else
// is an APDU, and is answered. (Source: vsmartcard, virtualsmartcard/src/vpcd.)
//
// It is for tests and the lab; no shipped program may import it.
package vpcdsim
