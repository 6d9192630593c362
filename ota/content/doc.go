// Package content puts packs of media and notices from a bundle beside each other on
// the data partition, without a restart.
//
// A pack is a payload of kind manifest.Content: a tar of plain files and folders.
// Each target (say "media") has a folder, and each pack one of its own in that:
//
//	DIR/media/12-0a1b2c3d4e5f/…           the files of a pack: build, start of its hash
//	DIR/media/12-0a1b2c3d4e5f/.pack.json  what it is
//	DIR/media/current                     link to the pack that is shown
//
// Order of an installation: the pack is unpacked into a folder whose name ends in
// ".new", every file and folder is synced, the folder gets its name, and last the
// link is replaced by a rename. A power cut at any step leaves the pack before, whole;
// what lies about is removed by the next installation. The pack before the current
// one stays, for readers that still have it open; older ones are removed.
//
// It refuses a pack older than the current one, names that lead out of the folder or
// begin with a dot, links, devices, a name that comes twice, and whatever exceeds the
// bounds of this package. Files get mode 0644: nothing in a pack can be run.
package content
