package cctalk

import (
	"time"

	"wattkiosk/hal/bill"
	"wattkiosk/hal/bill/owner"
)

// onFault handles an event of the device itself.
func (d *Driver) onFault(now time.Time, code byte) {
	switch code {
	case EvJamUnsafe, EvJamSafe:
		d.stop(now, bill.Jammed, "validator")
	case EvJamStacker, EvStackerJammed:
		d.stop(now, bill.Jammed, "cassette")
	case EvPulledBack, EvTamper, EvOptoFraud, EvStringFraud:
		d.stop(now, bill.Cheated, EventText(code))
	case EvStackerRemoved:
		d.stop(now, bill.CassetteRemoved, "")
	case EvStackerFull:
		d.stop(now, bill.CassetteFull, "")
	case EvStackerFaulty, EvAntiString:
		d.stop(now, bill.Failed, EventText(code))
	case EvStackerOK, EvStackerInserted:
		d.checked, d.checks = false, owner.Backoff{}
		if d.noCheck && (d.fault == bill.CassetteRemoved || d.fault == bill.CassetteFull) {
			d.fault = 0
		}
	case EvBarCode:
	default:
		d.unknown(EventText(code))
	}
}

// stop reports what keeps the device from work. It does so until a self-check finds
// nothing.
func (d *Driver) stop(now time.Time, k bill.Kind, detail string) {
	d.checked, d.owner.Announced = false, 0
	d.checks.Next = now.Add(checkEvery)
	d.note.until = time.Time{}
	d.note.doubted = d.note.doubted || k != bill.CassetteFull
	if d.fault == k {
		return
	}
	again := d.faultWas == k
	d.fault, d.faultWas = k, 0
	d.jam.Wait(now, owner.FaultReset)
	if !again {
		d.owner.Emit(k, 0, detail)
	}
}

// onCheck handles the result of a self-check.
func (d *Driver) onCheck(now time.Time, code byte) {
	if code == FaultNone {
		d.fit(now)
		return
	}
	d.checks.Next = now.Add(checkEvery)
	if d.fault != 0 { // still
		return
	}
	switch code {
	case FaultJam:
		d.stop(now, bill.Jammed, "validator")
	case FaultStackerMissing:
		d.stop(now, bill.CassetteRemoved, "")
	case FaultStackerFull:
		d.stop(now, bill.CassetteFull, "")
	default:
		d.stop(now, bill.Failed, FaultText(code))
	}
}

// fit: nothing keeps the device from work.
func (d *Driver) fit(now time.Time) {
	d.checked, d.checkedAt, d.hung = true, now, false
	d.fault = 0
	if d.note.phase > escrowed && d.note.until.IsZero() {
		d.note.until = now.Add(restGrace)
	}
}

// notChecked handles a self-check without a result: the device is still busy, or
// knows none.
func (d *Driver) notChecked(now time.Time, header byte) {
	if header == ReplyBusy {
		d.checks.Next = now.Add(checkEvery)
		if d.booted && now.Sub(d.bootedAt) >= initMax && !d.hung {
			d.hung = true
			d.owner.Emit(bill.Failed, 0, "does not leave initialisation")
		}
		return
	}
	d.noCheck = true
	if d.fault == 0 {
		d.fit(now)
	}
}

// mustReset: the device is stuck.
func (d *Driver) mustReset(now time.Time) bool {
	stuck := d.fault == bill.Jammed || d.hung || d.noCheck && (d.fault == bill.Cheated || d.fault == bill.Failed)
	return stuck && d.jam.Due(now)
}
