// Package inbox takes record batches of kiosks into the books and says what may
// be acknowledged. It is a plain function over the store: no goroutine, no clock
// and no connection, so the whole-system simulation runs it as it is.
//
// An acknowledgement is only ever the head that the store has committed. A batch
// that repeats, or leaves a gap, is answered with the present head, so that the
// kiosk knows where to go on; a batch that breaks the chain is not answered at
// all, and raises the alarm.
package inbox
