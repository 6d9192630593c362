// Package image builds the disk image of a board: a GPT disk with two
// slots of kernel and root file system, and a data partition. It needs no
// root-owned loop device, no container and no emulator: Debian packages are
// extracted (no maintainer script runs), trimmed by a list, overlaid with the files
// in files/, and packed by mksquashfs, mkimage, mtools, mke2fs and sfdisk.
//
// The partitions, by GPT name:
//
//	boot     vfat      what a board takes at its first start; nothing of it is run
//	state    raw       two U-Boot environment blocks of 0x4000 bytes, 1 MiB apart
//	boot_a/b vfat      kernel.itb: signed FIT of kernel and initrd
//	root_a/b squashfs  read-only root, not compressed, so that deltas are small
//	data     ext4      everything that lasts: /data, and /var on it
//
// The same recipe, packages, programs and keys give the same bytes: every time
// stamp, identifier and order is fixed. It refuses to guess: a tool that is absent
// or a package that is not found is an error that names it.
package image
