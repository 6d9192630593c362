// Package bundle reads, checks, installs and writes update bundles.
//
// A bundle is a plain tar, so that its parts can be looked at with common tools and
// its signatures checked with minisign:
//
//	keyring.json            the release keys, signed by a root key
//	keyring.json.minisig
//	manifest.json           see ota/manifest, signed by release keys
//	manifest.json.minisig   (.minisig.2, … for further signers)
//	payload/NAME            the chunks of a payload, one zstd frame after another
//	delta/NAME.N            the chunks of its N-th delta
//
// Trust leads from the root keys in the board's image to a keyring of release keys,
// and from a threshold of those to the exact bytes of the manifest. The manifest
// has the hash of every chunk, stored and unpacked: nothing is unpacked before its
// hash holds, and nothing outside the signed manifest decides what is written
// where. So a file that is exchanged between check and use changes nothing.
//
// Memory is bounded: one stored chunk, one unpacked chunk and one dictionary
// (manifest.ChunkSize, manifest.MaxDictionary). Not safe for concurrent use.
package bundle
