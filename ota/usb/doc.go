// Package usb finds a technician's stick, mounts it, looks for bundles on it, and
// writes a report to it. It knows nothing of what is in a bundle.
//
// Words: a disk is a USB device, or one whose medium is removable; it is never one
// that has a partition of this product. Its parts are what may hold a file system:
// its partitions, or the whole of it where there are none.
//
// What is on a stick is not trusted: it is mounted without device files, programs
// and set-user bits, read-only but for the moment of writing a report; only regular
// files are opened, and none outside of the stick; folders, files and sizes are
// bounded. A stick may vanish at any time, which is an error of whatever is being
// read.
package usb
