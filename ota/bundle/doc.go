// Package bundle reads, checks, installs and writes update bundles.
//
// A bundle is a plain tar, so that its parts can be looked at with common tools and
// its signatures checked with minisign:
//
//	roots.N.json            root keys that took over from set N-1, for N = 2, 3, …
//	roots.N.json.minisig    signed by set N-1 and by set N; .minisig.2, … for more
//	keyring.json            the release keys, signed by root keys
//	keyring.json.minisig
//	manifest.json           see ota/manifest, signed by release keys
//	manifest.json.minisig
//	payload/NAME            the chunks of a payload, one zstd frame after another; of a
//	                        disk, equal chunks once
//	delta/NAME.N            the chunks of its N-th delta
//
// Trust leads from the root keys in the board's image, over the sets of root keys
// that took over from them, to a keyring of release keys, and from a threshold of
// those to the exact bytes of the manifest. The manifest has the hash of every
// chunk, stored and unpacked: nothing is unpacked before its hash holds, and nothing
// outside the signed manifest decides what is written where. So a file that is
// exchanged between check and use changes nothing.
//
// A bundle may be encrypted to a fleet (package fleetkey). Its signatures and its
// stored bytes can then still be checked by anybody; unpacking needs the fleet's
// secret key.
//
// The disk of a new board is alone in its bundle, and only who flashes boards takes
// such a bundle (Trust.Disk): an update of a running board refuses it.
//
// A key is taken back by a keyring with a higher version that does not have it; a
// root key by a set of root keys without it. The board keeps the highest keyring
// version and the newest set of root keys that it accepted, and gives both back in
// Trust.
//
// Memory is bounded: one stored chunk, one unpacked chunk and one dictionary
// (manifest.ChunkSize, manifest.MaxDictionary). Not safe for concurrent use.
package bundle
