package ssp

import "fmt"

// reasonUntold stands for a last reject code that the device did not tell.
const reasonUntold = 0xFF

// ReasonText is a last reject code in words.
func ReasonText(code byte) string {
	texts := [...]string{
		0x00: "none", 0x01: "length", 0x02: "validation", 0x03: "validation", 0x04: "validation", 0x05: "validation",
		0x06: "channel inhibited by the dataset", 0x07: "second note", reasonByHost: "rejected by the host",
		0x09: "recognised on more than one channel", 0x0A: "rear sensor", 0x0B: "too long",
		0x0C: "channel inhibited by the host", 0x0D: "mechanism too slow", 0x0E: "strimming attempt",
		0x0F: "fraud channel", 0x10: "no note", 0x11: "validation", 0x12: "twisted", reasonTimeout: "escrow time-out",
		0x14: "bar code", 0x15: "did not reach the sensors", 0x16: "validation", 0x17: "validation",
		0x18: "too fast", 0x19: "width", 0x1A: "too short", 0x1B: "paid out", 0x1C: "double note",
		reasonUnable: "unable to stack", 0x1F: "bank card",
	}
	if code == reasonUntold {
		return "reason not told"
	}
	if int(code) < len(texts) && texts[code] != "" {
		return texts[code]
	}
	return fmt.Sprintf("reason %02X", code)
}
