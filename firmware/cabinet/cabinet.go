package cabinet

import (
	"context"
	"crypto/ecdh"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"wattkiosk/boards"
	"wattkiosk/firmware/climate"
	"wattkiosk/firmware/config"
	"wattkiosk/firmware/kiosk"
	"wattkiosk/firmware/peripherals"
	"wattkiosk/firmware/stills"
	"wattkiosk/firmware/vigil"
	"wattkiosk/firmware/voice"
	"wattkiosk/hal/camera"
	"wattkiosk/hal/card"
	"wattkiosk/hal/sensor"
)

// Limits of progress: a part that has not come round for so long starves the
// watchdogs.
const (
	journalLimit = 20 * time.Second
	pumpLimit    = 40 * time.Second // a pump sleeps for ten seconds at most
	// probeEvery is the gap between looks at whether the journal commits.
	probeEvery = 5 * time.Second
)

// Cabinet is what the kiosk has beside the devices that sell: the watchdog, the
// loudspeaker, the camera and the thermometer. None of them can hold up a sale.
type Cabinet struct {
	progress *vigil.Progress
	watchdog *vigil.Keeper
	speaker  *voice.Speaker
	camera   *stills.Keeper
	climate  *climate.Watch
}

// New makes what the configuration and the board name; it opens nothing yet.
// warn is called with warnings of the heat.
func New(cfg config.Config, b boards.Board, p Parts, progress *vigil.Progress, warn func(kiosk.Warning), log *slog.Logger) (*Cabinet, error) {
	zone, err := cfg.Location()
	if err != nil {
		return nil, err
	}
	c := &Cabinet{progress: progress}
	c.watchdog = vigil.Keep(progress, watchdogConfig(cfg.Watchdog, b, p, log))
	c.speaker = voice.New(voiceConfig(cfg.Audio, b, p, zone, log))
	c.climate = climate.New(climateConfig(cfg.Sensor, b, p, warn, log))
	pictures, err := stillsConfig(cfg, b, p, log)
	if err != nil { // without a camera the kiosk still sells
		log.Error("no pictures will be taken", "err", err)
	}
	c.camera = stills.New(pictures)
	return c, nil
}

// nameOf is the configured one, or the board's; empty for none.
func nameOf(configured, boards string) string {
	switch configured {
	case "":
		return boards
	case config.None:
		return ""
	}
	return configured
}

func watchdogConfig(cfg config.Watchdog, b boards.Board, p Parts, log *slog.Logger) vigil.Config {
	c := vigil.Config{Device: nameOf(cfg.Device, b.Watchdog), Now: time.Now, Log: log}
	if c.Device != "" {
		c.Open = func() (vigil.Dog, error) { return p.Dog(c.Device, cfg.Timeout) }
	}
	c.Notify, c.NotifyWithin = p.System()
	return c
}

func voiceConfig(cfg config.Audio, b boards.Board, p Parts, zone *time.Location, log *slog.Logger) voice.Config {
	c := voice.Config{Driver: "alsa", Device: nameOf(cfg.Device, b.Sound), Now: time.Now, Log: log}
	if c.Device == "" {
		return c
	}
	c.Player = func(failed func(error)) voice.Player { return p.Player(cfg.Prompts, c.Device, failed) }
	c.Mix = p.Mixer(c.Device, cfg.Control)
	from, to := cfg.Quiet()
	c.Hours = voice.Hours{Loud: cfg.Volume, Quiet: cfg.QuietVolume, From: from, To: to, Zone: zone}
	return c
}

func climateConfig(cfg config.Sensor, b boards.Board, p Parts, warn func(kiosk.Warning), log *slog.Logger) climate.Config {
	c := climate.Config{Driver: "lm75", Bus: nameOf(cfg.Bus, b.I2C), AlarmAbove: sensor.Milli(cfg.AlarmAbove * 1000), Now: time.Now, Log: log}
	c.Alarm = func(on bool, m sensor.Milli) { warn(kiosk.Warning{Code: kiosk.TooHot, On: on, Detail: m.String()}) }
	if c.Bus != "" {
		c.Open = func() (climate.Thermometer, error) { return p.Thermometer(c.Bus, uint16(cfg.Address)) }
	}
	return c
}

// stillsConfig has no camera where the board has none, or where there is no key:
// what cannot be sealed is not taken.
func stillsConfig(cfg config.Config, b boards.Board, p Parts, log *slog.Logger) (stills.Config, error) {
	c := stills.Config{Driver: "v4l2", Device: nameOf(cfg.Camera.Device, b.Camera), Now: time.Now, Log: log}
	if c.Device == "" || cfg.Camera.Key == "" {
		return c, nil
	}

	key, err := readStillsKey(cfg.Camera.Key)
	if err != nil {
		return c, err
	}

	c.Camera = p.Camera(c.Device)
	c.Archive = camera.Archive{
		Dir: filepath.Join(cfg.StateDir, "stills"), To: key,
		Retention: time.Duration(cfg.Camera.RetentionDays) * 24 * time.Hour, MaxBytes: int64(cfg.Camera.MaxMB) << 20,
	}

	c.Free = func() (int64, error) { return p.Free(cfg.StateDir) }
	return c, nil
}

// readStillsKey reads an X25519 public key in PEM (PKIX).
func readStillsKey(path string) (*camera.Key, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("camera.key: %w", err)
	}

	block, _ := pem.Decode(b)
	if block == nil {
		return nil, fmt.Errorf("camera.key: %s holds no PEM block", path)
	}

	k, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("camera.key: %w", err)
	}

	public, ok := k.(*ecdh.PublicKey)
	if !ok || public.Curve() != ecdh.X25519() {
		return nil, fmt.Errorf("camera.key: %s is no X25519 key", path)
	}

	return (*camera.Key)(public.Bytes()), nil
}

// Run works until ctx ends.
func (c *Cabinet) Run(ctx context.Context, screen voice.Screen) {
	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() { c.watchdog.Run(ctx) })
	wg.Go(func() { c.speaker.Run(ctx, screen) })
	wg.Go(func() { c.camera.Run(ctx) })
	wg.Go(func() { c.climate.Run(ctx) })
}

// Probe watches, until ctx ends, that the journal commits.
func (c *Cabinet) Probe(ctx context.Context, j interface{ Probe() error }) {
	commits := c.progress.Source("journal", journalLimit)
	t := time.NewTicker(probeEvery)
	defer t.Stop()
	for {
		_ = j.Probe() // that it returns is what counts; what is wrong with the journal the core finds out
		commits.Beat()
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
	}
}

// Pump has the pump of one device watched.
func (c *Cabinet) Pump(role string) func() {
	return c.progress.Source("device "+role, pumpLimit).Beat
}

// CardOffered returns what is called with the card reader's events: the voice tells
// the owner of a card that it is given back.
func (c *Cabinet) CardOffered() func(card.Event) {
	held := false
	return func(e card.Event) {
		if e.Kind != card.StatusChanged {
			return
		}
		switch e.Status.Media {
		case card.Present, card.Latched:
			held = true
		case card.Entering:
			if held {
				c.speaker.Say(voice.TakeCard)
			}
			held = false
		default:
			held = false
		}
	}
}

// Celsius is the temperature inside, nil when it is not known.
func (c *Cabinet) Celsius() *float64 {
	m, known := c.climate.Last()
	if !known {
		return nil
	}
	d := float64(m) / 1000
	return &d
}

// Snap orders a picture and returns at once.
func (c *Cabinet) Snap(name string) { c.camera.Snap(name) }

// Watchdog is the keeper of the watchdogs, to be closed last of all.
func (c *Cabinet) Watchdog() *vigil.Keeper { return c.watchdog }

// Health lists what the cabinet has.
func (c *Cabinet) Health() []peripherals.Health {
	var list []peripherals.Health
	for _, of := range []func() (peripherals.Health, bool){c.camera.Health, c.climate.Health, c.speaker.Health, c.watchdog.Health} {
		if h, ok := of(); ok {
			list = append(list, h)
		}
	}
	return list
}

var errSilent = errors.New("nothing could be read")

// Test tries one of the cabinet's devices; false for a name that the cabinet does not know.
func (c *Cabinet) Test(ctx context.Context, name string) (peripherals.Verdict, bool) {
	var detail string
	var err error
	switch name {
	case stills.Role:
		detail, err = c.camera.Try(ctx)
	case climate.Role:
		m, known := c.climate.Last()
		if detail = m.String(); !known {
			err = errSilent
		}
	case voice.Role:
		c.speaker.Say(voice.InsertNotes)
		detail = "a prompt was asked for: listen"
	default:
		return peripherals.Verdict{}, false
	}

	v := peripherals.Verdict{Device: name, OK: err == nil, Detail: detail}
	if err != nil {
		v.Detail = err.Error()
	}

	return v, true
}
