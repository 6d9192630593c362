package escpos

import (
	"errors"
	"fmt"

	"wattkiosk/hal/printer"
)

var _ printer.Tunable = (*Driver)(nil)

// ErrStarted is returned by Tune after the first Advance.
var ErrStarted = errors.New("printer has been started")

// Tune takes the owner's settings over those of Config. It knows one presenter,
// GSEjector.
func (d *Driver) Tune(t printer.Tuning) error {
	if d.started {
		return fmt.Errorf("cannot tune: %w", ErrStarted)
	}

	cfg := d.cfg
	switch t.Presenter {
	case "":
	case GSEjector:
		cfg.Presenter = Presenter{Kind: GSEjector, TakeWithin: t.TakeWithin}
		if cfg.Layout.FormLines > 0 {
			return errors.New("cannot tune: a printer of forms has no presenter")
		}
	default:
		return fmt.Errorf("cannot tune: presenter %.20q is none of %s", t.Presenter, GSEjector)
	}

	if t.RollMM < 0 || t.UsedMM < 0 {
		return fmt.Errorf("cannot tune: a roll of %d mm, %d used", t.RollMM, t.UsedMM)
	}
	if t.RollMM > 0 {
		cfg.RollMM, cfg.UsedMM = t.RollMM, t.UsedMM
	}

	cfg.ASB = cfg.ASB || t.AutoStatus
	d.cfg, d.usedMM, d.toldMM = cfg.normal(), cfg.UsedMM, cfg.UsedMM
	return nil
}
