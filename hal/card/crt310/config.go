package crt310

import "time"

// Config sets up a Driver. Zero fields take the defaults named below.
type Config struct {
	Baud int // of the line, for the time a frame takes; 9600

	Poll        time.Duration // between status requests; 400 ms
	AckTimeout  time.Duration // frame to ACK, line time excluded; 300 ms
	MoveTimeout time.Duration // a move, a reset of the reader; 15 s
	CardTimeout time.Duration // an exchange with the card; 10 s
	Retries     int           // repeats of an unanswered question; 3
}

// Bounds and intervals that no installation needs to change.
const (
	replyTimeout = time.Second            // questions that move nothing
	damagedWait  = 200 * time.Millisecond // after a damaged frame, until NAK
	nakWait      = 60 * time.Millisecond  // after a NAK, until the frame is sent again
	gap          = 20 * time.Millisecond  // between an answer and the next frame
	pollSilent   = time.Second            // while the reader does not answer
	maxNaks      = 2                      // requests to repeat an answer
	maxMoves     = 2                      // repeats of a move whose answer was lost
	maxFollowUps = 8                      // GET RESPONSE commands after one APDU
	longestReply = 320                    // bytes: tracks, a whole APDU response
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
		{&c.Poll, 400 * time.Millisecond},
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
