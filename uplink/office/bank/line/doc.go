// Package line keeps a few long TCP connections to a bank's POSP, and carries frames of
// many terminals over them.
//
// A frame is carried once: whoever asks decides whether it is sent again. Carry says
// whether nothing left (ErrUnsent) or it left and no answer came (ErrNoAnswer): a frame
// of which one byte was written has left, and an answer is one that names the swapped
// TPDU, the answering type, the terminal and the trace of what waits. It may come on any
// line. What answers nothing that waits is handed on as a stray; what cannot be read is
// dropped, and where it has no end the line is cut.
//
// A line that is cut ends what it carried without an answer, and is connected again after
// a pause that grows. So is one that was silent to several frames in a row.
//
// The package knows no operation and stores nothing. It overwrites what it read.
package line
