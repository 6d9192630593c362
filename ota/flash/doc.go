// Package flash puts the disk that a bundle carries onto a new board's: an eMMC, a
// card, or a file that will become one.
//
// Words: the target is what is written to. Its head is the first HeadSize bytes, with
// the partition table and what a board's ROM loads; its seal are the two sectors that
// the head begins with (the protective MBR and the table's header), without which
// nothing takes the target for a disk with partitions. The tail is the table's copy in
// the last 33 sectors.
//
// Order: nothing is written before the bundle was checked to its last chunk and the
// table in its image read (Prepare). Then the head and the tail are erased; then each
// chunk is checked and written; then everything is read back, past what the machine
// remembers, and compared with the hashes of what was written; then the rest of the
// head and the tail are written and read back, and the seal is last. Each step is
// durable before the next. So a target that was cut at any instant has no valid table,
// or is whole; and whoever flashes it again has the same bytes.
//
// A larger target has the table's copy at its own end, and the partition "data", if it
// is the last, reaches to there. The file system in it is left as it is: a board grows it
// at its first start.
//
// An enrolment and a site's settings go onto the boot partition, where a board looks for
// them at its first start. A site's settings are checked for being TOML; what the keys
// mean is the board's business.
//
// So does the hash of its serial console's password, which is made anew for each board:
// no two have the same, and the password is shown to who flashes, once.
//
// Memory is bounded: two chunks, and the boot partition if files are put onto it.
// The FAT file system is mtools' business. A token is never in an error or a log.
//
// Disks of the machine (Machine.Find) are refused where they are used: mounted, swapped
// on, held by another device. It refuses partitions, and whatever is no disk.
// Not safe for concurrent use.
package flash
