// Package escpos drives ESC/POS receipt printers (Epson's command set as the
// Chinese thermal printers speak it, with text in GBK or, where the printer's font holds
// it, in all of GB18030).
//
// Its words: a page is encoded into a [Job], a list of segments each of which is
// a whole number of commands; a round is the four real-time status requests
// DLE EOT 1 to 4 in order; the receipt is the one-byte answer to GS r 1, which
// the printer sends only after it has worked off everything in front of it.
//
// A job is Printed only if its receipt came and the printer answered a round
// begun after the receipt: a lone zero byte, which a printer losing power also
// puts on the line, is not enough. A job that may have left a mark without a
// receipt is Unsure, and the printer's buffer is cleared before anything else is
// sent, so that the other half does not come out later.
//
// With Config.ASB the printer reports changes by itself, in four bytes among the other
// answers. What is wrong counts at once; that all is well again is asked for, so that
// noise can stop a job and never start one. Outcomes rest on receipts and rounds alone.
//
// With Config.Presenter the slip is held in the mouth until it is Taken, or Retracted
// by the driver: when nobody takes it, before the next slip, and when it is of a run
// before. The driver draws it back itself, rather than leave that to the printer's own
// clock, so that it knows which of the two happened. Every round then has a fifth
// request, DLE EOT 20.
//
// On a printer of forms (Layout.FormLines) a page goes to the top of the next form
// instead of being cut.
//
// The package refuses to repeat a job, to send raster data (it may hold
// DLE EOT by chance), and to let a text carry a control byte to the printer.
//
// Sources: the status bits are those of the public ESC/POS references (DLE EOT,
// DLE ENQ, DLE DC4 fn 8, GS r, GS a). DLE ENQ 2 clears the buffers on some
// printers only after a cutter error and DLE DC4 fn 8 is unknown to others, so
// the driver sends both.
package escpos
