// Package escpossim is an ESC/POS receipt printer without a printer: a hal.Peer
// that interprets the byte stream at the speed of paper, has the faults of a
// real one, and keeps what it printed as slips, readable as text and as a
// picture.
//
// Its words: a slip is the paper between two cuts; it is partial when paper or
// power ended in it, or when the host threw away the rest of it. A blank is a
// cut piece with nothing on it. An element is one thing on a slip: a line of
// text, a code, a picture, empty paper.
//
// Realtime commands (DLE EOT, DLE ENQ, DLE DC4 fn 8) act when they are received,
// wherever they stand in the stream, as they do in a printer; everything else
// waits in the input buffer. What the buffer cannot hold is lost and counted.
//
// It is a double: only tests, other doubles and the test bench import it. It
// refuses nothing a host may send; unknown commands are skipped.
package escpossim
