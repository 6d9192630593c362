package ssp

// Settled reports whether the line may be taken from the driver, and the device be
// flashed, without a note or a report being lost: the device is disabled and said so,
// it is at rest, and each report was confirmed and acknowledged. A device that says
// that it has no firmware has no note to report either, as it was settled when its
// flash began; if the driver knows of one all the same, it is not settled. One that is
// silent, or was not heard yet, is not.
func (d *Driver) Settled() bool {
	if !d.synced || !d.owner.Confirmed() || d.owed || d.standing || d.credited() || d.gone {
		return false
	}
	if d.noFirmware {
		return d.note.phase == noNote && !d.note.reported
	}
	return d.probed && d.resting && !d.owner.Enabled && d.closed && !d.openSent && d.note == note{}
}
