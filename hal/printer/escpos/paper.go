package escpos

import "wattkiosk/hal/printer"

// UsedMM is the estimate of the paper used of the present roll, in millimetres.
// The owner stores it and hands it back as Config.UsedMM.
func (d *Driver) UsedMM() int64 { return d.usedMM }

// NewRoll says that a full roll was put in before the old one was out. Paper
// that returns after having been out is taken for a full roll without it. The
// changed status shows with the next round.
func (d *Driver) NewRoll() { d.usedMM = 0 }

// forecastNearEnd stands in for a missing near-end sensor.
func (d *Driver) forecastNearEnd() bool {
	return d.cfg.RollMM > 0 && d.usedMM >= d.cfg.RollMM-d.cfg.NearEndMM
}

// watchRoll starts the count anew when paper returns after having been out.
func (d *Driver) watchRoll(p printer.Paper) {
	if p == printer.PaperUnknown {
		return
	}
	if d.paperOut && p != printer.PaperOut {
		d.usedMM = 0
	}
	d.paperOut = p == printer.PaperOut
}
