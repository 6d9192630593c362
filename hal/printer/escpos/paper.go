package escpos

import "wattkiosk/hal/printer"

// UsedMM is the estimate of the paper used of the present roll, in millimetres.
// The owner stores it and hands it back as Config.UsedMM.
func (d *Driver) UsedMM() int64 { return d.usedMM }

// NewRoll says that a full roll was put in before the old one was out. Paper
// that returns after having been out is taken for a full roll without it. The
// changed status shows with the next round.
func (d *Driver) NewRoll() { d.usedMM, d.toldMM = 0, 0 }

// forecastNearEnd stands in for a missing near-end sensor.
func (d *Driver) forecastNearEnd() bool {
	return d.cfg.RollMM > 0 && d.usedMM >= d.cfg.RollMM-d.cfg.NearEndMM
}

// watchRoll starts the count again when paper returns after having been out.
func (d *Driver) watchRoll(p printer.Paper) {
	if p == printer.PaperUnknown {
		return
	}
	if d.paperOut && p != printer.PaperOut {
		d.usedMM, d.toldMM = 0, 0
	}
	d.paperOut = p == printer.PaperOut
}

// startSlipMM is taken for a slip before the first one was printed.
const startSlipMM = 150

// learnSlip lets a printed slip count for the average: a quarter, so that a change of
// what is printed shows within a few slips.
func (d *Driver) learnSlip(mm int64) {
	if d.slipMM == 0 {
		d.slipMM = mm
		return
	}
	d.slipMM += (mm - d.slipMM) / 4
}

// forecast is what was used of the roll and how many slips the rest is good for; both
// 0 where no roll length is known.
func (d *Driver) forecast() (usedMM int64, slips int) {
	if d.cfg.RollMM <= 0 {
		return 0, 0
	}
	slip := d.slipMM
	if slip <= 0 {
		slip = startSlipMM
	}
	return d.toldMM, int(max(d.cfg.RollMM-d.toldMM, 0) / slip)
}
