// Package rootdisk is what the initrd does to find a board's disk and to open its root.
//
// The board's disk is the one that its boot loader came from: the boot script says which
// root partition it has chosen, by the partition's own UUID (kiosk.root), and only the
// partitions of that disk count from then on, for this start and for everything that
// runs later (folder Links). A card with an image of its own is another disk, whatever
// it calls its partitions. Where two disks have that very partition, as a copy of a disk
// has, nobody can tell which is the board's: the start ends with words that say so, and
// does again until one of them is gone. A boot script of an older build does not say
// which partition: then the name decides, under the same rule.
//
// The root is opened through the kernel's dm-verity under a hash that lies beside this
// program in the signed boot image: a block that was changed cannot be read. Reading all
// of it takes seconds, so that is done after the start (kioskctl update check-root),
// and ahead of it only where the start before was never seen to its end. A root that was
// changed is given up for the other slot; on trial it is left, and the boot script
// counts.
//
// It trusts the boot script for the slot and for the disk, and neither for what it then
// starts: both slots are checked alike, and data of another board have keys that do not
// open here.
package rootdisk
