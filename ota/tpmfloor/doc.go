// Package tpmfloor keeps the version floor in a TPM, so that it survives what happens
// to the disk: a state partition that is written anew, a card that is exchanged.
//
// The floor is the value of an NV counter (index Index, TPM 2.0 Part 1, 37.2). The TPM
// itself lets it go up only, by one at a time; and a counter that was removed and
// defined again starts above every counter that the TPM ever had, so that removing it
// gains nothing. Anybody who may use the TPM can raise it: a board can so be stopped
// from updating to builds below, never be brought back to one.
//
// A board's counter is made once, by Provision, in the workshop or at the first start.
// It refuses an index that is no such counter, and a raise by more than MaxRaise,
// which would wear the TPM out and is no build number.
//
// The board's floor is the higher one of this and that of the boot state
// (package slot). Not safe for concurrent use.
package tpmfloor
