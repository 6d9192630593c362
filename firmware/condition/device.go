package condition

import (
	"wattkiosk/hal"
	"wattkiosk/hal/bill"
	"wattkiosk/hal/printer"
)

// Sources of conditions that have more than one.
const (
	fromDevice = "device" // what a device says of itself
	// FromOrders is the source of what a device's driver refused to do.
	FromOrders = "orders"
	// FromSlot is the source of a validator that was told to open and does not.
	FromSlot = "slot"
	// FromDisk and FromWrites are sources of Journal: no space for another payment, and
	// a record that was not taken. The line has one of its own: an acknowledgement that
	// does not fit.
	FromDisk   = "disk"
	FromWrites = "writes"
)

// Device takes the report of a device with which money is taken. An order that a
// driver refused says nothing of the device itself.
func (b *Board) Device(report any) {
	if e, ok := report.(bill.Event); ok && e.Kind != bill.Refused {
		b.Validator(e)
	}
}

// Validator takes what the note validator says of itself. What it last said
// counts: any report ends the condition of the one before, but that a note comes out,
// which one without a cassette does as well.
func (b *Board) Validator(e bill.Event) {
	var now Code
	switch e.Kind {
	case bill.Returning, bill.Returned, bill.Rejected:
		if b.Is(Cassette) {
			return
		}
	case 0, bill.Starting, bill.PoweredUp, bill.PoweredUpInStacker, bill.PoweredUpInValidator:
		now = Starting
	case bill.CassetteFull, bill.CassetteRemoved:
		now = Cassette
	case bill.Silent, bill.Failed, bill.Lost, bill.Jammed, bill.Unusable:
		now = Validator
	}
	for _, c := range []Code{Starting, Cassette, Validator} {
		detail := ""
		if c == now || e.Detail != "" && b.Is(c) {
			detail = e.Detail
		}
		b.Set(c, fromDevice, c == now, detail)
	}
}

// Printer takes what the receipt printer says of itself.
func (b *Board) Printer(s printer.Status) {
	unknown := s.State == hal.DeviceUnknown
	bad := !unknown && (s.State != hal.DeviceOnline || s.CoverOpen || s.Cutter)

	b.Set(StartingPrinter, fromDevice, unknown, "")
	b.Set(Printer, fromDevice, bad, "")
	b.Set(Paper, fromDevice, !unknown && !bad && s.Paper == printer.PaperOut, "")
}

// Inputs of the cabinet by the names of their lines on the board, and what each
// says when it is active. Others mean nothing here.
var inputs = map[string]Code{"door": Door, "safe-door": Door, "tamper": Tamper, "vibration": Vibration}

// Input takes the state of one of the cabinet's lines.
func (b *Board) Input(name string, active bool) {
	if c, ok := inputs[name]; ok {
		b.Set(c, name, active, "")
	}
}
