package peripherals

import (
	"errors"
	"fmt"

	"wattkiosk/boards"
	"wattkiosk/firmware/config"
	"wattkiosk/hal/card"
	"wattkiosk/hal/driver"
	"wattkiosk/payments/metercard/library"
)

// errNoLibrary is a reader that is to work meter cards by a library, and has none.
var errNoLibrary = errors.New("this driver has no library that works cards")

// checkMode reports a reader of meter cards that cannot do what its mode asks for.
func checkMode(cfg config.MeterReader) error {
	if cfg.Mode != config.ModeLibrary {
		return nil
	}
	_, dev, err := prepare(boards.MeterCard, cfg.Device, driver.Cards())
	if err != nil {
		return err
	}

	err = errNoLibrary
	if w, ok := dev.Engine.(card.Worker); ok {
		works := w.Works()
		read, write := works[library.Read], works[library.Write]
		err = errors.Join(library.CheckRead(read.Needs, read.Tells), library.CheckWrite(write.Needs, write.Last))
	}
	if err != nil {
		return fmt.Errorf("%s.mode: %w", keyOf(boards.MeterCard), err)
	}

	return nil
}
