// Package camera takes a still when cash is paid and keeps it sealed.
//
// A still is evidence for a dispute about a note, and a picture of a person. So it
// never leaves the board by this package; it is sealed to head office's public key
// (X25519, NaCl box with a fresh key for each file) the moment it is taken, and the
// board cannot open it again; it is deleted when it is older than the retention or
// when the folder is over its size, oldest first.
//
// The frame comes from a V4L2 camera through v4l2-ctl of v4l-utils, as the JPEG
// that the camera makes.
package camera
