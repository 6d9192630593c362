package cctalk

import "fmt"

// EventText is the code of an event without a bill type in words.
func EventText(code byte) string {
	texts := [...]string{
		EvMasterInhibit: "master inhibit active", EvReturned: "returned from escrow", EvInvalid: "not recognised as genuine",
		EvTransport: "transport problem", EvInhibited: "inhibited by the host", EvInhibitedSwitch: "inhibited by a switch",
		EvJamUnsafe: "jammed in the transport, can be pulled out", EvJamStacker: "jammed in the stacker",
		EvPulledBack: "pulled backwards", EvTamper: "tampered with", EvStackerOK: "stacker works", EvStackerRemoved: "stacker removed",
		EvStackerInserted: "stacker inserted", EvStackerFaulty: "stacker faulty", EvStackerFull: "stacker full",
		EvStackerJammed: "stacker jammed", EvJamSafe: "jammed in the transport", EvOptoFraud: "fraud seen by an optical sensor",
		EvStringFraud: "note on a string", EvAntiString: "anti-string mechanism faulty", EvBarCode: "bar code",
		EvUnknownStacked: "note of unknown type stacked",
	}
	if int(code) < len(texts) {
		return texts[code]
	}
	return fmt.Sprintf("event %d", code)
}

// FaultText is the fault code of a self-check in words.
func FaultText(code byte) string {
	switch code {
	case FaultNone:
		return "none"
	case 33:
		return "supply voltage"
	case 34:
		return "temperature"
	case 36:
		return "validation sensor"
	case 37:
		return "transport motor"
	case FaultStacker:
		return "stacker faulty"
	case FaultJam:
		return "note jammed"
	case FaultStringSensor:
		return "string sensor"
	case FaultStackerMissing:
		return "stacker missing"
	case FaultStackerFull:
		return "stacker full"
	case 49:
		return "optical sensor"
	}
	return fmt.Sprintf("fault %d", code)
}
