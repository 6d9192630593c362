// Package update installs bundles on a board: it checks a bundle against what runs
// now, writes the idle slot, reads it back, starts a trial, and after the reboot
// marks the new slot good or lets the board fall back.
//
// Words: a refusal is a *Refusal or a *bundle.Error, and nothing was changed. The
// pending update is the one whose slot was written and which is not settled yet. A
// gate is a check that must hold before a new slot is good. Settling happens once
// after each boot.
//
// Order of an installation: signatures, then the board's own rules, then the idle
// slot (which nothing starts), then sync and read back, then the record of what is
// pending, and last the boot state. A power cut before the last step changes
// nothing; at that step the boot state is the old or the new one, never a mixture
// (package slot).
//
// Not safe for concurrent use; a board has one agent, which holds the lock file of
// its folder.
package update
