package id003

import "fmt"

// RejectText is the reason of a 17 report in words. Of 73 some sources say that
// another sensor saw something, and of 7C that a note was in the transport at the
// wrong time.
func RejectText(code byte) string {
	switch code {
	case 0x71:
		return "insertion"
	case 0x72:
		return "magnetic"
	case 0x73:
		return "remaining bill in head"
	case 0x74:
		return "data amplitude"
	case 0x75:
		return "feed"
	case 0x76:
		return "denomination assessing"
	case 0x77:
		return "photo pattern"
	case 0x78:
		return "photo level"
	case 0x79:
		return "inhibited"
	case 0x7B:
		return "operation"
	case 0x7C:
		return "remaining bill in stacker"
	case 0x7D:
		return "length"
	case 0x7E:
		return "colour pattern"
	}
	return fmt.Sprintf("reason %02X", code)
}

// FailureText is the code of a 49 report in words.
func FailureText(code byte) string {
	switch code {
	case 0xA2:
		return "stacker motor"
	case 0xA5:
		return "transport motor speed"
	case 0xA6:
		return "transport motor"
	case 0xA7:
		return "aligning motor"
	case 0xAB:
		return "cash box not ready"
	case 0xAC:
		return "optical sensor"
	case 0xAD:
		return "magnetic sensor"
	case 0xAF:
		return "head removed"
	case 0xB0:
		return "boot ROM"
	case 0xB1:
		return "external ROM"
	case 0xB2:
		return "ROM"
	case 0xB3:
		return "external ROM writing"
	}
	return fmt.Sprintf("failure %02X", code)
}
