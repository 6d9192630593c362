// Package child runs a program beside ours that can be lost: one that loads somebody
// else's library, whose crash or hang is then an outcome and not an outage.
//
// Both sides talk in frames over two pipes, which the child has as file descriptors 3
// (requests) and 4 (responses); its standard output and error are the library's. A frame
// is its length in bytes (4 bytes, little-endian, without themselves) and that much JSON,
// at most what both sides agree on.
//
// A child that must not share our account is started by systemd: it has one socket as file
// descriptor 3, for both.
//
//   - Start and Process are the parent's side of one child,
//   - Connect and Connection those of one that systemd starts,
//   - Files, Harden, ReadFrame and WriteFrame the child's side,
//   - Append and Cut make and take frames where somebody else reads and writes,
//   - Pool keeps a bounded number of children for calls that have a deadline, and spaces
//     the starts of those that fail.
package child
