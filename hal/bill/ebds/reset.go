package ebds

import (
	"time"

	"wattkiosk/hal/bill"
)

// wantsReset says that RESET is to go out now. A note in escrow is given back first,
// one on its way to the cassette is waited for, and so is Confirm with its
// acknowledgement: a RESET would blur where the note is.
func (d *Driver) wantsReset(now time.Time) bool {
	n := &d.note
	switch {
	case !d.known || !d.owner.Confirmed() || d.owing.n > 0:
		return false
	case d.mustReset(now):
		return true
	case n.phase == escrowed:
		return n.order.Op == bill.Return && n.order.Sent >= maxOrders && d.reset.Due(now)
	}
	return d.owner.ResetWanted && n.phase != stacking && d.bits&BitPowerUp == 0 && d.reset.Due(now)
}

// mustReset: the device is stuck.
func (d *Driver) mustReset(now time.Time) bool {
	return (d.stuck(now) != "" || d.bits&hopeful != 0) && d.fault.Due(now)
}

// stuck says in which state the device hangs, if it does.
func (d *Driver) stuck(now time.Time) string {
	switch {
	case d.bits&BitPowerUp != 0 && now.Sub(d.since) >= initMax:
		return "does not leave initialisation"
	case d.bits&BitStacking != 0 && d.note.phase == stacking && now.Sub(d.since) >= stackMax:
		return "does not finish stacking"
	}
	return ""
}

// launchReset sends RESET, to which there need be no reply. What the device says in
// the next second is ignored; then it is asked as at a start.
func (d *Driver) launchReset(now time.Time) []byte {
	if d.mustReset(now) {
		if why := d.stuck(now); why != "" && d.fault.Tries == 0 {
			d.emit(bill.Failed, 0, why)
		}
		d.fault.UsedReset(now)
	}
	d.reset.UsedRestart(now)
	d.forgetSettings()
	d.synced, d.known, d.attempts = false, false, 0
	d.taken, d.bits, d.trouble = raw{}, 0, 0
	d.owner.EmitStart()
	d.bootUntil = now.Add(bootMax)
	return d.sendReset(now)
}

// sendReset sends RESET, and asks as at a start once the device had a moment.
func (d *Driver) sendReset(now time.Time) []byte {
	d.last, d.next = nothing, toggleBit
	d.deafTill = now.Add(resetQuiet)
	d.nextAt = d.deafTill
	return frameOf(TypeAux, AuxReset, AuxReset, AuxReset)
}
