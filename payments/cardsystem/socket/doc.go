// Package socket carries the operations of package cardsystem over TCP. It owns the
// client; how a dialect says things is the dialect's: s2 is JSON over a connection that
// stays open.
//
// A call has one deadline for everything: its turn, the dial, the line and the answer.
// At most Config.Calls are under way at a time and Config.Queue wait for a turn; what
// comes beyond that is not sent. After a failed dial nothing is dialled for a while that
// doubles, and calls fail at once.
//
// What did not leave is ErrNotSent; from the first byte on, everything that is not a
// usable answer to this very request is ErrNoReply, and the outcome is Unknown. An answer
// that comes too late belongs to nobody and is dropped.
package socket
