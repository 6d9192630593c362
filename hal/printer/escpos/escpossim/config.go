package escpossim

import "time"

// Defaults and bounds of the simulated printer.
const (
	DefaultDots        = 576 // 80 mm paper
	DefaultMMPerSecond = 150
	DefaultCutTime     = 300 * time.Millisecond
	DefaultReplyDelay  = 5 * time.Millisecond
	DefaultBoot        = 2 * time.Second
	presenterTime      = 400 * time.Millisecond // of one movement of the presenter
	DefaultBufferBytes = 16384
	DefaultNearEndMM   = 5000

	MaxSlips    = 1000 // slips kept, the oldest are dropped
	MaxElements = 2000 // elements kept of one slip, the rest is dropped
	maxReplies  = 1024 // pending answers, more are dropped

	dotsPerMM     = 8
	cutterOffset  = 12 * dotsPerMM // from the head to the knife
	defaultLine   = 30
	cellWidth     = 12
	cellHeight    = 24
	defaultQRDots = 3
)

// Config sets up a Device. The zero value is an 80 mm printer on endless paper.
type Config struct {
	Dots        int           // printable dots across: 576, 512 or 384
	MMPerSecond int           // speed of the paper
	CutTime     time.Duration // of one cut
	ReplyDelay  time.Duration // of an answer to a realtime command
	Boot        time.Duration // from PowerOn until it listens
	BufferBytes int           // input buffer
	RollMM      int64         // length of a roll; 0 is endless
	// NearEndMM is the remaining paper at which the near-end sensor trips.
	NearEndMM int64
	// NoNearEnd models a printer without that sensor.
	NoNearEnd bool
	// Presenter models a printer that holds a cut slip until it is ordered to present
	// it, draw it back in, or eject it (GS e), and answers DLE EOT 20.
	Presenter bool
	// NoRetract models a presenter whose setup does not allow it to draw back: it
	// ejects instead.
	NoRetract bool
	// Clone models printers of the other kind: DLE ENQ 2 clears the buffers in
	// any state and DLE DC4 fn 8 is unknown. Without it DLE DC4 fn 8 clears
	// and DLE ENQ 2 works only after a cutter error.
	Clone bool
	// ChineseMode models firmware that is in kanji mode after power-up and ESC @, so that
	// two-byte characters need no FS &. Without it a host that forgets FS & prints cells of
	// single bytes.
	ChineseMode bool
	// Fonts are files to look for CJK glyphs in before the usual places.
	Fonts []string
	// OnlyFonts leaves the usual places out.
	OnlyFonts bool
}

func (c Config) normal() Config {
	c.Dots = positive(c.Dots, DefaultDots)
	c.MMPerSecond = positive(c.MMPerSecond, DefaultMMPerSecond)
	c.CutTime = positive(c.CutTime, DefaultCutTime)
	c.ReplyDelay = positive(c.ReplyDelay, DefaultReplyDelay)
	c.Boot = positive(c.Boot, DefaultBoot)
	c.BufferBytes = positive(c.BufferBytes, DefaultBufferBytes)
	c.NearEndMM = positive(c.NearEndMM, DefaultNearEndMM)
	return c
}

func positive[T ~int | ~int64](v, otherwise T) T {
	if v <= 0 {
		return otherwise
	}
	return v
}
