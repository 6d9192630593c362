// Package ota is the root of updates. Its packages, from the file to the board:
//
//	manifest    what a bundle says of itself
//	bundle      signed bundles: keys, chunks, deltas; reading, checking, writing
//	fleetkey    encryption of what a bundle carries, to a fleet
//	slot        the A/B boot state that the boot script shares
//	tpmfloor    the version floor in a TPM, where there is one
//	update      the agent on the board: refuse, write, read back, try, prove or go back
//	usb         sticks, and what lies on them
//	content     packs of media and notices, put in place without a restart
//	peripheral  firmware of the kiosk's devices
//	flash       the disk of a new board
//	cmd/otactl  makes and checks bundles, flashes new boards
//
// On the board kioskctl update is the tool, and settle.service (boards/image) calls
// it after each boot.
package ota
