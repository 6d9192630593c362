package id003

import (
	"time"

	"wattkiosk/hal/bill/owner"
)

// settings are what the device was told about taking notes. A restart of the
// device forgets them.
type settings struct {
	mask      uint16 // denominations that are open
	maskKnown bool
	shut      bool // takes no notes at all
	shutKnown bool
	extras    int  // of the list below, accepted or refused
	openSent  bool // it was told to take notes, and did not accept the contrary since
}

// extra settings are given once, between the denominations and the inhibit, as the
// maker's order has it: no denomination is checked more strictly, every way of
// insertion is open, and power recovery is off, so that a note found before the
// lever at power-up comes back.
var extras = [...]byte{CmdSecurity, CmdDirection, CmdOptions}

// open is the mask the owner asked for; zero until the table is known.
func (d *Driver) open() uint16 {
	if !d.owner.Enabled || !d.tableKnown {
		return 0
	}
	return d.table.Mask(d.owner.Values)
}

// settingData is what goes with a setting command.
func (d *Driver) settingData(cmd byte) []byte {
	switch cmd {
	case CmdDenominations:
		b := d.table.refused(d.open())
		return b[:]
	case CmdSecurity, CmdOptions:
		return []byte{0, 0}
	case CmdDirection:
		return []byte{0}
	case CmdInhibit:
		if d.open() == 0 {
			return []byte{1}
		}
		return []byte{0}
	}
	return nil
}

// setting is the next that is not in force, in the maker's order; 0 for none.
func (d *Driver) setting() byte {
	want := d.open()
	switch {
	case !d.maskKnown || want != 0 && d.mask != want:
		return CmdDenominations
	case d.extras < len(extras):
		return extras[d.extras]
	case !d.shutKnown || d.shut != (want == 0):
		return CmdInhibit
	}
	return 0
}

// trySet sends a setting, 0 for none, unless it was refused too often lately.
func (d *Driver) trySet(now time.Time, cmd byte) byte {
	if cmd == 0 || !d.owner.Setting.Due(now) {
		return 0
	}
	d.owner.Setting.Used(now)
	return cmd
}

// tryShut closes the slot while a note is on its way.
func (d *Driver) tryShut(now time.Time) byte {
	if d.owner.Enabled || d.shutKnown && d.shut {
		return 0
	}
	return d.trySet(now, CmdInhibit)
}

// tryRest brings a device at rest to take the notes that are wanted.
func (d *Driver) tryRest(now time.Time) byte {
	want := d.open()
	if d.owner.Enabled && want == 0 && d.tableKnown {
		d.owner.EmitNoValues()
	}
	if want == 0 {
		if d.state == StDisabled && !d.openSent {
			return 0
		}
		return d.trySet(now, CmdInhibit)
	}
	cmd := d.setting()
	if cmd == 0 && d.state != StIdling {
		cmd = CmdInhibit
	}
	return d.trySet(now, cmd)
}

// inForce says whether the device takes exactly the notes that are wanted.
func (d *Driver) inForce() bool {
	want := d.open()
	return want != 0 && d.maskKnown && d.mask == want && d.shutKnown && !d.shut
}

// set notes that the setting in flight was accepted or refused. Progress ends the
// back-off.
func (d *Driver) set(accepted bool) {
	progress := accepted
	switch d.sent {
	case CmdDenominations:
		mask := ^(uint16(d.out[1]) | uint16(d.out[2])<<firstByte)
		if d.table.size() == firstByte {
			mask &= 1<<firstByte - 1
		}
		progress = accepted && !(d.maskKnown && d.mask == mask)
		if accepted {
			d.mask, d.maskKnown = mask, true
		}
	case CmdInhibit:
		shut := d.out[1] != 0
		progress = accepted && !(d.shutKnown && d.shut == shut)
		if accepted {
			d.shut, d.shutKnown, d.openSent = shut, true, !shut
		}
	default:
		d.extras++
		progress = true
	}
	if progress {
		d.owner.Setting = owner.Backoff{}
	}
}
