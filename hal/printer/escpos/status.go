package escpos

import (
	"strings"

	"wattkiosk/hal"
	"wattkiosk/hal/printer"
)

// class says what a received byte can be, by its fixed bits.
type class int

const (
	classNoise    class = iota
	classRealtime       // answer to DLE EOT: bits 1 and 4 set, bits 0 and 7 clear
	classReceipt        // answer to GS r 1: bits 4 and 7 clear, sensor bits in equal pairs
	classASB            // first byte of an automatic status of four bytes
	classCleared        // first byte of the three-byte answer to DLE DC4 fn 8
)

func classify(b byte) class {
	switch {
	case b == 0x37:
		return classCleared
	case b&0x93 == 0x12:
		return classRealtime
	case b&0x93 == 0x10:
		return classASB
	case b&0x90 == 0 && b&1 == b>>1&1 && b>>2&1 == b>>3&1:
		return classReceipt
	}
	return classNoise
}

// round is the answers to DLE EOT 1 to 4; index 0 is unused.
type round [5]byte

// Bits of the answers.
const (
	bitOffline       = 0x08 // n = 1
	bitCover         = 0x04 // n = 2
	bitFeeding       = 0x08 // n = 2
	bitPaperStop     = 0x20 // n = 2
	bitError         = 0x40 // n = 2
	bitCutter        = 0x08 // n = 3
	bitUnrecoverable = 0x20 // n = 3
	bitAutoRecover   = 0x40 // n = 3
	bitsNearEnd      = 0x0C // n = 4
	bitsEnd          = 0x60 // n = 4
)

// reading is a decoded round.
type reading struct {
	status printer.Status
	// hard is set when somebody must act; a state that is neither able to
	// print nor hard may pass by itself (hot head, feed button).
	hard bool
}

// decode reads a full round. Paper is never unknown in it.
func (r round) decode() reading {
	s := printer.Status{State: hal.DeviceOnline, Paper: printer.PaperFull}
	var causes []string
	note := func(on bool, cause string) bool {
		if on {
			causes = append(causes, cause)
		}
		return on
	}

	hard := false
	if note(r[2]&bitPaperStop != 0 || r[4]&bitsEnd != 0, "paper out") {
		s.Paper, hard = printer.PaperOut, true
	} else if r[4]&bitsNearEnd != 0 {
		s.Paper = printer.PaperNearEnd
	}
	if note(r[2]&bitCover != 0, "cover open") {
		s.CoverOpen, hard = true, true
	}
	if note(r[3]&bitCutter != 0, "cutter fault") {
		s.Cutter, hard = true, true
	}
	if note(r[3]&bitUnrecoverable != 0, "unrecoverable error") {
		hard = true
	}

	note(r[3]&bitAutoRecover != 0, "print head too hot")
	note(r[2]&bitFeeding != 0, "feed button pressed")
	if len(causes) == 0 {
		note(r[2]&bitError != 0, "printer reports an error")
		note(r[1]&bitOffline != 0, "printer reports offline")
	}
	if len(causes) > 0 {
		s.State = hal.DeviceFault
	}

	s.Detail = strings.Join(causes, ", ")
	return reading{status: s, hard: hard}
}

// Bits of the automatic status of four bytes.
const (
	asbOffline   = 0x08 // first byte
	asbCover     = 0x20 // first byte
	asbFeeding   = 0x40 // first byte
	asbCutter    = 0x08 // second byte
	asbBroken    = 0x20 // second byte
	asbRecovers  = 0x40 // second byte
	asbNearEnd   = 0x03 // third byte
	asbPaperGone = 0x0C // third byte
)

// asbRound says in the words of a round what an automatic status says.
func asbRound(b [asbLength]byte) round {
	r := round{0, 0x12, 0x12, 0x12, 0x12}
	for _, bit := range []struct {
		from, mask byte
		to         int
		set        byte
	}{
		{b[0], asbOffline, 1, bitOffline},
		{b[0], asbCover, 2, bitCover},
		{b[0], asbFeeding, 2, bitFeeding},
		{b[1], asbCutter, 3, bitCutter},
		{b[1], asbBroken, 3, bitUnrecoverable},
		{b[1], asbRecovers, 3, bitAutoRecover},
		{b[2], asbNearEnd, 4, bitsNearEnd},
		{b[2], asbPaperGone, 4, bitsEnd},
	} {
		if bit.from&bit.mask != 0 {
			r[bit.to] |= bit.set
		}
	}

	return r
}
