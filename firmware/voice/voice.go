package voice

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"wattkiosk/firmware/page"
	"wattkiosk/firmware/peripherals"
	"wattkiosk/hal"
	"wattkiosk/hal/audio"
)

// Bounds.
const (
	// mixWithin bounds the setting of the volume.
	mixWithin = 2 * time.Second
	// stopWithin bounds how long a player that does not end holds up the program's
	// stop.
	stopWithin = 3 * time.Second
)

// Role is what the loudspeaker is called among the devices.
const Role = "speaker"

// chinese is the language of a recording that must be there.
const chinese = "zh"

// Player plays prompts: hal/audio.Player. Play may take a moment to end the prompt
// before.
type Player interface {
	Play(lang, name string) error
	Silence()
	Close()
}

// Screen is what the speaker follows: the loop's view and its changes.
type Screen interface {
	View(ctx context.Context) (page.View, error)
	Subscribe() (<-chan struct{}, func())
}

// Config is a loudspeaker.
type Config struct {
	Driver, Device string                                       // for people
	Player         func(failed func(error)) Player              // nil = no loudspeaker
	Mix            func(ctx context.Context, percent int) error // sets the volume
	Hours          Hours
	Now            func() time.Time
	Log            *slog.Logger
}

// Counts are what became of the prompts.
type Counts struct {
	Said    uint64 `json:"said"`
	Missing uint64 `json:"missing"` // no recording
	Failed  uint64 `json:"failed"`
	Quiet   uint64 `json:"quiet"` // kept back in the quiet hours
}

// Speaker speaks. Run is called once; the other methods are safe for concurrent
// use.
type Speaker struct {
	cfg    Config
	player Player
	calls  chan string // prompts that are no screen's

	// Of Run's goroutine.
	was    page.View
	volume int // as last set; -1 = not yet

	mu     sync.Mutex // guards what follows
	counts Counts
	health peripherals.Health
}

// New makes a speaker; it plays nothing yet.
func New(cfg Config) *Speaker {
	s := &Speaker{cfg: cfg, calls: make(chan string, 1), volume: -1}
	s.health = peripherals.Health{Role: Role, Driver: cfg.Driver, Port: cfg.Device, Since: cfg.Now()}
	if cfg.Player != nil {
		s.player = cfg.Player(s.failed)
	}
	return s
}

// Say has a prompt said that no screen tells of. It returns at once; while one
// waits already it is dropped.
func (s *Speaker) Say(name string) {
	select {
	case s.calls <- name:
	default:
	}
}

// Run follows the screen until ctx ends, and then ends what is being said. Without
// a loudspeaker it returns at once.
func (s *Speaker) Run(ctx context.Context, screen Screen) {
	if s.player == nil {
		return
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.follow(ctx, screen)
		s.player.Close()
	}()
	<-ctx.Done()
	t := time.NewTimer(stopWithin)
	defer t.Stop()
	select {
	case <-done:
	case <-t.C:
		s.cfg.Log.Warn("the player does not end")
	}
}

func (s *Speaker) follow(ctx context.Context, screen Screen) {
	changed, cancel := screen.Subscribe()
	defer cancel()
	s.was, _ = screen.View(ctx) // what is shown at the start is no news; a zero view is a start too
	for ctx.Err() == nil {      // what waited behind a slow player is not said after the end
		select {
		case <-ctx.Done():
		case name := <-s.calls:
			s.say(ctx, string(s.was.Lang), name)
		case <-changed:
			v, err := screen.View(ctx)
			if err != nil {
				continue
			}
			name := cue(s.was, v)
			s.was = v
			s.act(ctx, string(v.Lang), name)
		}
	}
}

func (s *Speaker) act(ctx context.Context, lang, name string) {
	switch name {
	case "":
	case hush:
		s.player.Silence()
	default:
		s.say(ctx, lang, name)
	}
}

// say plays one prompt at the volume of the hour.
func (s *Speaker) say(ctx context.Context, lang, name string) {
	percent, quiet := s.cfg.Hours.Volume(s.cfg.Now())
	if percent == 0 || !s.mix(ctx, percent) && quiet {
		s.count(func(c *Counts) { c.Quiet++ })
		return
	}
	err := s.player.Play(lang, name)
	if errors.Is(err, audio.ErrNoPrompt) && lang != chinese {
		err = s.player.Play(chinese, name)
	}
	s.played(err)
}

// mix sets the volume where it is not set, and reports whether it is as it should
// be.
func (s *Speaker) mix(ctx context.Context, percent int) bool {
	if s.volume == percent {
		return true
	}
	ctx, cancel := context.WithTimeout(ctx, mixWithin)
	defer cancel()
	if err := s.cfg.Mix(ctx, percent); err != nil {
		s.mixFailed(err)
		return false
	}
	s.volume = percent
	return true
}

func (s *Speaker) mixFailed(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if text := err.Error(); s.health.Error != text {
		s.cfg.Log.Warn("volume", "err", err)
		s.health.Error = text
	}
}

// played counts a prompt that was begun, or why it was not.
func (s *Speaker) played(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case err == nil:
		s.counts.Said++
		s.state(hal.DeviceOnline)
	case errors.Is(err, audio.ErrNoPrompt):
		s.counts.Missing++
		s.health.Error = err.Error()
	default:
		s.fail(err)
	}
}

// failed hears of a prompt that broke off, on another goroutine.
func (s *Speaker) failed(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail(err)
}

// fail needs s.mu.
func (s *Speaker) fail(err error) {
	s.counts.Failed++
	if s.health.Error != err.Error() {
		s.cfg.Log.Warn("speaker", "err", err)
	}
	s.health.Error = err.Error()
	s.state(hal.DeviceFault)
}

// state needs s.mu.
func (s *Speaker) state(is hal.DeviceState) {
	if s.health.State != is {
		s.health.State, s.health.Since = is, s.cfg.Now()
	}
}

func (s *Speaker) count(f func(*Counts)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(&s.counts)
}

// Counts are what became of the prompts since the program's start.
func (s *Speaker) Counts() Counts {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.counts
}

// Health is the loudspeaker among the devices; false where there is none. Its
// state is unknown until something was said.
func (s *Speaker) Health() (peripherals.Health, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.health
	c := s.counts
	h.Detail = fmt.Sprintf("%d said, %d without a recording, %d failed, %d kept back", c.Said, c.Missing, c.Failed, c.Quiet)
	return h, s.player != nil
}
