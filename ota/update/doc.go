// Package update installs bundles on a board: it checks a bundle against what runs
// now, writes the idle slot, reads it back, starts a trial, and after the reboot
// marks the new slot good or lets the board fall back.
//
// Words: a refusal is a *Refusal or a *bundle.Error, and nothing was changed. What
// is staged was written into the idle slot and read back, and nothing starts it.
// What is armed is tried at the next restart; it stays pending until it is settled,
// once after each boot. A gate is a check that must hold before a new slot is good.
//
// Order of an installation: signatures, then the board's own rules, then the idle
// slot (which nothing starts), each chunk synced, then read back; Arm reads back
// again, writes what is pending, and last the boot state. A power cut before the
// last step changes nothing; at that step the boot state is the old or the new one,
// never a mixture (package slot). The number of that last write is part of what is
// pending, so that after a cut "not armed", "not tried yet" and "tried" are told
// apart. Writing that was cut off goes on at the first chunk that the slot does not
// hold; going back to what the other slot holds is armed in the same way.
//
// Every change needs the lock of the updates' folder. Reading needs none: the files
// are replaced as a whole and the boot state has two copies. A Board is not safe for
// concurrent use.
package update
