// Package crt571 drives a Creator CRT-571 motor card reader (and readers of its
// family that speak the same frames), 9600 8N1.
//
// It owns the frame codec, the dialogue, the error codes in words, and [Driver], a
// card.Engine without I/O.
//
// Frame: F2 | address | length 2, high byte first | text | 03 | BCC. The length
// counts the text; the BCC is the XOR of every byte from F2 to 03. Frames are cut
// by their length: 03 may stand in the text and be the BCC. Text of the host: C
// (43), CM, PM, data. Text of the reader: P (50), CM, PM, st0, st1, st2, data; or N
// (4E; some firmware E, 45), CM, PM, e1, e0. The st and e bytes are ASCII digits.
//
// Dialogue: the host sends a frame; the reader answers ACK (06) at once or NAK (15),
// does the work, sends its frame; the host sends ACK. Without ACK in 300 ms, and
// after NAK, the host sends again; a NAK of the host makes the reader send its
// answer again. EOT (04) cancels, and is answered with EOT.
//
// Where the facts come from: frame, dialogue, commands and error codes from public
// drivers and a public manual of the CRT-571. The sub-commands of the groups 53
// (SLE), 54 (I2C) and the parameters of 51 (Vcc, protocol byte before the ATR) from
// the public manual of a reader that is the CRT-571 under another name (QUIO
// QU-TK-F3, version 1.03). Own judgement, to be checked on a device:
//
//   - whether the protection bits are given with 1 for protected, as that manual
//     says, or as the chip holds them (Config.RawProtection);
//   - whether T=0 (51 33) fetches a response (61xx) by itself: the driver does it if
//     the reader does not;
//   - the magnetic tracks: the CRT-571 has none. Newer readers of the frame family
//     have CM 36; its PM 37 and the answer (a segment for each track, 7E between,
//     P and the characters, or N and a code) are inferred from the answers to their
//     write command (Config.Tracks).
//
// What the driver holds to:
//
//   - The first question after a start or a silence is the status. The reader is
//     initialised without moving the card, and only when it asks for it (B0) or the
//     owner does.
//   - A command that can change a card goes out once. It is sent again only after a
//     NAK that stands alone, which says that the reader did not take it. If its ACK
//     is missing, the outcome is Unknown.
//   - An answer counts only after the ACK of its own question: what comes before
//     may be the answer to the last one, sent again.
//   - After an answer that did not come, nothing is begun before the reader has
//     answered a status request: a late answer can then be no other's.
//   - The lost answer to Eject or Capture is replaced by a look at where the card
//     is; only if it has not moved is the move repeated.
//   - Verify reads the counter first. A write to a card whose code was not presented
//     since Select does not go out.
//   - A write that the reader refuses after more than one byte is Unknown: the
//     first bytes may be on the card.
//
// The BCC is a plain XOR: two flipped bits that cancel in it pass unseen. Only the
// owner's read-back finds that.
//
// The st0 byte does not say whether the contacts are down: Latched is what the
// driver itself brought there.
package crt571
