// Package ota is the root of updates. Its packages, from the file to the board:
//
//	manifest  what a bundle says of itself
//	bundle    signed bundles: keys, chunks, deltas; reading, checking, writing
//	slot      the A/B boot state that the boot script shares
//	update    the agent on the board: refuse, write, read back, try, prove or go back
//	cmd/otactl  makes and checks bundles
//
// On the board kioskctl update is the tool, and settle.service (boards/image) calls
// it after each boot.
package ota
