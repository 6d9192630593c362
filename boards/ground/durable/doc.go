// Package durable writes files so that a power cut leaves the old one or the new
// one, whole, and never something between.
//
// A file is written under a temporary name in its own folder, synced, and moved to
// its name; then the folder is synced, as a name is durable only with its folder.
// When a function returns nil, what it did survives a power cut. When it returns an
// error, the file is the old or the new one, and which of them it is after a power
// cut is not known.
//
// Files have mode 0600 and folders 0700. The functions are safe for concurrent use,
// by several processes too: the last one to finish wins.
package durable
