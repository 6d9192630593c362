// Package boardkey keeps small secrets (journal key, private keys, the roster's PIN
// hashes) in files that open on their own board only.
//
// Words: a secret is sealed in one of two ways, or it lies in clear. By the TPM (way tpm):
// under the storage key of its owner hierarchy, with no password and no policy. Bound to
// the board (way board): under a key derived from what the board has and its disk has not,
// which a board's profile names (boards.ID). In clear (way clear): a board that has
// neither, as the lab's. What a sealed file is for, its purpose, is part of the seal: one
// put in another's place does not open.
//
// A sealed file is a PEM block: a random root, wrapped in its way, and the secret, sealed
// by AES-256-GCM under a key of root and purpose (HKDF-SHA-256). All files that one process
// seals share the root of a file that it has opened, so that a start asks the TPM once; the
// TPM keeps its storage key (0x81000001), so that it need not be made then.
//
// What the ways stop. tpm: a disk that is read out, copied or put into another board opens
// nothing, whatever else is known of the board. board: the disk alone opens nothing; who has
// read the board's numbers as well, or has the board in hand, opens it, and so does an
// eMMC's own number that travels with the chip where the profile names nothing else. clear:
// nothing. Neither way stops whoever runs a program of his own on the board itself: that is
// what the verified start is for.
//
// No PCR is part of the seal. Kernel, initrd, root and boot script change with our own
// updates, by stick as well, and a board falls back to its other slot by itself: a seal to
// them would lock a good board's journal; firmware's PCRs (0 to 7) are not measured by the
// boards' boot loaders, so that they would stop nobody. An old build is kept out by the
// version floor (ota/tpmfloor), a foreign one by signatures.
//
// Software from before this package opens nothing that is sealed. Until it is known that the
// board cannot fall back to such, Hold leaves what lies in clear as it is.
//
// It makes no key again: a file that does not open is an error (ErrOtherBoard, ErrDamaged,
// or that of a TPM that does not answer), and stays as it is. It never seals in a weaker way
// what is sealed in a better one. Sealing a file that lies in clear leaves one that opens at
// whatever instant the power goes; the blocks of the clear one are written over, as far as
// the file system does that where they are.
//
// Safe for concurrent use.
package boardkey
