package peripherals

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"wattkiosk/boards"
	"wattkiosk/boards/ground/durable"
	"wattkiosk/firmware/config"
	"wattkiosk/hal/printer"
)

// TuneSlips gives the slip printer its settings, and keeps account of its roll in
// file, so that a restart does not forget what was used. It is called before Run.
func (s *Set) TuneSlips(cfg config.Slips, file string) error {
	if cfg.RollMM == 0 && cfg.Presenter == "" && !cfg.AutoStatus {
		return nil
	}

	t := s.tunes[boards.Printer]
	if t == nil {
		return errors.New("slips: the printer's driver takes no settings")
	}

	r := &roll{file: file, log: s.log, news: make(chan int64, 1)}
	used, err := r.load()
	if err != nil { // an account that is lost makes the forecast wrong until the next roll
		s.log.Warn("roll", "err", err)
	}

	err = t.Tune(printer.Tuning{
		AutoStatus: cfg.AutoStatus, RollMM: int64(cfg.RollMM), UsedMM: used, Presenter: cfg.Presenter, TakeWithin: cfg.TakeWithin,
	})
	if err != nil {
		return fmt.Errorf("slips: %w", err)
	}
	if cfg.RollMM > 0 {
		s.roll = r
	}
	return nil
}

// NewRoll says that a full roll was put into the slip printer.
func (s *Set) NewRoll() error { return s.Printer(printer.Command{NewRoll: true}) }

// roll keeps what was used of the slip printer's roll. A nil roll keeps nothing.
type roll struct {
	file string
	log  *slog.Logger
	news chan int64 // millimetres; the latest
}

// rollFile is the account on disk.
type rollFile struct {
	UsedMM int64 `json:"used_mm"`
}

func (r *roll) load() (usedMM int64, err error) {
	b, err := os.ReadFile(r.file)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}

	var f rollFile
	if err == nil {
		err = json.Unmarshal(b, &f)
	}
	if err == nil && f.UsedMM < 0 {
		err = errors.New("negative")
	}
	if err != nil {
		return 0, fmt.Errorf("cannot read the account of the roll: %w", err)
	}
	return f.UsedMM, nil
}

// report notes what a device says of its roll. It never blocks.
func (r *roll) report(role string, e any) {
	ev, ok := e.(printer.Event)
	if r == nil || role != boards.Printer || !ok || ev.Kind != printer.StatusChanged {
		return
	}
	select {
	case <-r.news:
	default:
	}
	select {
	case r.news <- ev.Status.UsedMM:
	default:
	}
}

// run writes the account until ctx ends, and what is still to be written then.
func (r *roll) run(ctx context.Context) {
	if r == nil {
		return
	}

	last := int64(-1)
	write := func(mm int64) {
		if mm == last {
			return
		}
		if err := r.store(mm); err != nil {
			r.log.Warn("roll", "err", err)
			return
		}
		last = mm
	}

	for {
		select {
		case <-ctx.Done():
			select {
			case mm := <-r.news:
				write(mm)
			default:
			}
			return
		case mm := <-r.news:
			write(mm)
		}
	}
}

// store replaces the account durably. It is an estimate all the same: a power cut
// before it costs the last slip.
func (r *roll) store(mm int64) error {
	b, err := json.Marshal(rollFile{mm})
	if err == nil {
		err = durable.MakeFolder(filepath.Dir(r.file))
	}
	if err == nil {
		err = durable.Replace(r.file, b)
	}
	if err != nil {
		return fmt.Errorf("cannot keep the account of the roll: %w", err)
	}
	return nil
}
