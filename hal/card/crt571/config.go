package crt571

import "time"

// Config sets up a Driver. Zero fields take the defaults named below.
type Config struct {
	Address byte // 0 to 15, by DIP switch; 0
	Baud    int  // of the line, for the time a frame takes; 9600

	PollActive  time.Duration // between status requests while a card may come in or is in; 300 ms
	PollIdle    time.Duration // while none may; 1 s
	AckTimeout  time.Duration // frame to ACK, line time excluded; 300 ms
	MoveTimeout time.Duration // a move, an initialisation; 15 s
	CardTimeout time.Duration // an exchange with the card; 10 s
	Retries     int           // repeats of an unanswered question; 3

	Tracks        bool // the reader has magnetic heads (CM 36)
	RawProtection bool // the reader gives protection bits as the chip holds them (0 = protected)
}

// Bounds and intervals that no installation needs to change.
const (
	replyTimeout = time.Second            // questions that move nothing
	damagedWait  = 200 * time.Millisecond // after a damaged or broken-off frame, until NAK
	nakWait      = 60 * time.Millisecond  // after a NAK, until the frame is sent again
	gap          = 20 * time.Millisecond  // between an answer and the next frame
	settle       = 100 * time.Millisecond // after EOT: what is on its way comes and is dropped
	pollSilent   = time.Second            // while the reader does not answer
	maxNaks      = 3                      // requests to repeat an answer
	maxMoves     = 2                      // repeats of a move whose answer was lost
	maxInits     = 3                      // initialisations in a row that the reader asks for
	maxFollowUps = 8                      // GET RESPONSE commands after one APDU
	longestReply = 280                    // bytes: a whole APDU response
	readChunk    = 128                    // bytes of a memory card read at a time
	writeChunk   = 64                     // and written
	jamFirst     = 5 * time.Second        // first look whether a jam is gone
	jamLongest   = time.Minute            // longest wait between such looks
)

func (c Config) withDefaults() Config {
	if c.Baud <= 0 {
		c.Baud = 9600
	}
	if c.Retries <= 0 {
		c.Retries = 3
	}

	for _, f := range []struct {
		v *time.Duration
		d time.Duration
	}{
		{&c.PollActive, 300 * time.Millisecond},
		{&c.PollIdle, time.Second},
		{&c.AckTimeout, 300 * time.Millisecond},
		{&c.MoveTimeout, 15 * time.Second},
		{&c.CardTimeout, 10 * time.Second},
	} {
		if *f.v <= 0 {
			*f.v = f.d
		}
	}

	return c
}

// lineTime is how long so many bytes take, ten bits each.
func (c Config) lineTime(bytes int) time.Duration {
	return time.Duration(bytes) * 10 * time.Second / time.Duration(c.Baud)
}
