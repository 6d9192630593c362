// Package filegpio is a board's lines as small files: for board sim and for
// bring-up of a board whose lines are not wired yet.
//
// A folder holds one file a line, named by its role, which contains 0 or 1 (1 =
// active; ActiveLow, chip and number mean nothing here). Inputs are written by
// somebody else - the lab bench, a person with a shell - and read by polling;
// outputs are written here, atomically by renaming, so that a reader never sees
// half a write.
package filegpio
