package id003

import "bytes"

// echoState is what the driver knows about the line.
type echoState int

const (
	echoUnknown echoState = iota
	echoAbsent
	echoPresent // the host hears each of its own frames before the reply
)

// echo tells the host's own bytes, on a line that gives them back, from a reply.
// A reply of idling is the same frame as the request; so the line is tried first
// with VERSION REQUEST, whose echo no device answers.
type echo struct {
	state echoState
	asked bool // VERSION REQUEST went out and was not answered
	seen  bool // the echo of the command in flight was heard
	blank bool // a frame came that may be an echo or a reply
	blind int  // commands that ended so, in a row
	bare  int  // commands answered without an echo, in a row
	idles int  // reports of idling that are not believed yet, in a row
}

// telling says whether a reply to the command in flight differs from it.
func (l *line) telling() bool {
	switch l.sent {
	case CmdReset, CmdStack, CmdReturn, CmdHold, CmdVersion, CmdCurrency:
		return true
	}
	return false
}

// echoed says whether a frame is, or may be, the command in flight coming back.
func (l *line) echoed(p []byte) bool {
	if !bytes.Equal(p, l.out[:l.size]) {
		return false
	}
	e := &l.echo
	switch {
	case l.telling():
		e.state, e.seen = echoPresent, true
		return true
	case e.state == echoPresent && !e.seen:
		e.seen = true
		return true
	case e.state == echoUnknown && l.sent == CmdStatus && e.blind < maxBlind:
		e.blank = true
		return true
	}
	return false
}

// heard learns from a command that was answered by a frame other than itself.
func (l *line) heard() {
	e := &l.echo
	e.blind = 0
	switch {
	case e.seen:
		e.bare = 0
	case l.telling():
		if e.bare++; e.bare >= bareAnswers {
			e.state = echoAbsent
		}
	}
	if l.sent == CmdVersion {
		e.asked = false
	}
}

// unheard counts a command that ended with what may be its echo, or with nothing.
func (l *line) unheard() {
	if l.sent == CmdStatus {
		l.echo.idles = 0
	}
	if l.echo.blank {
		l.echo.blind++
	}
}

// first is the command of a driver that knows nothing: STATUS REQUEST, and before
// it VERSION REQUEST until the line is known.
func (l *line) first() byte {
	e := &l.echo
	if e.state == echoUnknown && !e.asked {
		e.asked = true
		return CmdVersion
	}
	e.asked = false
	return CmdStatus
}
