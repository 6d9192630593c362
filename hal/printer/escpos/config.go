package escpos

import "time"

// Bounds and defaults of the driver.
const (
	MaxQueue  = 4 // unfinished jobs, the running one included
	MaxMisses = 3 // status rounds broken off by silence until the printer counts as offline

	DefaultPollIdle      = 2 * time.Second
	DefaultPollJob       = 200 * time.Millisecond
	DefaultReplyTimeout  = 500 * time.Millisecond
	DefaultJobTimeout    = 15 * time.Second
	DefaultChunkInterval = 150 * time.Millisecond
	DefaultChunkBytes    = 256
	DefaultNearEndMM     = 5000
	DefaultTakeWithin    = 30 * time.Second
	MaxTakeWithin        = 5 * time.Minute

	// faultGrace is how long a receipt may still come after a fault was seen:
	// paper may end just after the last cut.
	faultGrace = time.Second
)

// Config sets up a Driver. The zero value works for an 80 mm printer.
type Config struct {
	Layout Layout

	// ASB has the printer report changes by itself (GS a): what is wrong counts at
	// once, what is well again is asked for at once. The rounds go on as before.
	ASB bool

	// Presenter is set for a printer that holds the slip in its mouth.
	Presenter Presenter

	PollIdle     time.Duration // between two status rounds without a job
	PollJob      time.Duration // between two status rounds during a job
	ReplyTimeout time.Duration // for one answer to DLE EOT

	// JobTimeout is how long a job may make no progress: to the next chunk
	// while it is sent, and to its receipt after the last chunk.
	JobTimeout time.Duration

	// ChunkBytes of a job are sent every ChunkInterval, cut at command
	// boundaries; one command that is longer goes in one chunk. Keep the rate
	// at or below what the printer prints if its buffer is small.
	ChunkBytes    int
	ChunkInterval time.Duration

	// CutAtStart feeds and cuts when the printer is first reached, so that half
	// a slip of an earlier run does not hang together with the next one.
	CutAtStart bool

	// RollMM is the length of a new roll, for printers without a near-end
	// sensor: once UsedMM passes RollMM-NearEndMM the status says
	// PaperNearEnd. 0 switches the forecast off.
	RollMM    int64
	NearEndMM int64
	// UsedMM is what was already used of the present roll when the driver
	// starts; the owner keeps it across restarts (Driver.UsedMM).
	UsedMM int64
}

func (c Config) normal() Config {
	c.Layout = c.Layout.normal()
	c.PollIdle = positive(c.PollIdle, DefaultPollIdle)
	c.PollJob = positive(c.PollJob, DefaultPollJob)
	c.ReplyTimeout = positive(c.ReplyTimeout, DefaultReplyTimeout)
	c.JobTimeout = positive(c.JobTimeout, DefaultJobTimeout)
	c.ChunkInterval = positive(c.ChunkInterval, DefaultChunkInterval)
	c.ChunkBytes = positive(c.ChunkBytes, DefaultChunkBytes)
	c.NearEndMM = positive(c.NearEndMM, DefaultNearEndMM)
	c.Presenter.TakeWithin = min(positive(c.Presenter.TakeWithin, DefaultTakeWithin), MaxTakeWithin)
	return c
}

func positive[T ~int | ~int64](v, otherwise T) T {
	if v <= 0 {
		return otherwise
	}
	return v
}
