// Package verity is the hash tree that the kernel checks a root file system by, block
// by block, whenever one is read (dm-verity, format 1, SHA-256; the kernel's
// Documentation/admin-guide/device-mapper/verity.rst).
//
// The tree lies after the file system, in the same partition and so in the same
// payload of an update: blocks of hashes, the top one first, without a superblock. What
// makes it trusted is its root alone, which lies in the signed boot image. The salt is
// fixed, so the same file system has the same tree, and a delta between two versions
// stays small.
//
// It only tells whether bytes are those that were built. Who may start them is the
// signature's matter, and which build may, the floor's (package slot).
package verity
