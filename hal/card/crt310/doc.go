// Package crt310 drives a Creator CRT-310 motor card reader (and the M100 readers
// that speak the same frames), 9600 8N1.
//
// It owns the frame codec, the dialogue, and [Driver], a card.Engine without I/O.
//
// Frame: 02 | length 2, high byte first | CMD | PARAM | data | 03 | BCC. The length
// counts CMD, PARAM and data; the BCC is the XOR of every byte from 02 to 03.
// Frames are cut by their length: 03 may stand in the data and be the BCC.
//
// Dialogue: the host sends a frame; the reader answers ACK (06) or NAK (15); the
// host sends ENQ (05); the reader does the work and sends its frame; the host
// sends ACK. EOT (04) clears the line. A frame of the reader begins with CMD and
// PARAM as sent, or with 4E, CMD and an error code.
//
// Where the facts come from:
//
//   - Frames, dialogue, reset (30), status (31), moves (32): a public C# driver for
//     the CRT-310, and the comments of another's declarations of CRT_310.dll.
//   - Card-in control (2F), stop position (2E), cold and warm reset (37 30, 37 2F),
//     T=0 APDU (37 31), tracks (45): one public driver for the M100, which speaks
//     these frames; 2F, 2E and 45 also in one public script for a dispenser with
//     such a reader inside. Check on a device.
//   - T=1 APDU (37 32), IC power off (33 31), and that NAK makes the reader repeat
//     its frame: inferred. Check on a device.
//   - Memory cards: CRT_310.dll has them, but no public source shows the bytes;
//     Select, Read, Write, Tries and Verify are answered ErrUnsupported.
//   - Newer firmware speaks the CRT-571 frame (F2): that is another driver's.
//
// What the driver holds to:
//
//   - The first question after a start or a silence is the status, never a reset: a
//     card inside stays where it is.
//   - A Transmit goes out once. It is sent again only after a NAK, which says that
//     the reader did not take it. If its ACK or its answer is missing or damaged,
//     the outcome is Unknown: a second ENQ, or a NAK, might bring the answer to the
//     APDU before, which looks the same.
//   - After an answer that did not come, nothing is begun before the reader has
//     answered a status request: a late answer can then be no other's.
//   - The lost answer to Eject or Capture is replaced by a look at where the card
//     is; only if it has not moved is the move repeated.
//
// The reader has no sensor for its bin of retained cards that this protocol shows:
// Status.BinFull is never set.
package crt310
