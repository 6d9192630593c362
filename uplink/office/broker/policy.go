package broker

import (
	"strings"

	"wattkiosk/uplink/wire"
)

const (
	office      = "office"
	kioskDigits = 8
	upward      = wire.Root + "/up/"
	downward    = wire.Root + "/dn/"
	everybody   = downward + "_all/"
	maxTopic    = 256 // bytes of a topic or filter
)

// isName reports whether a certificate's common name is one that this broker
// knows.
func isName(cn string) bool { return cn == office || isKiosk(cn) }

func isKiosk(cn string) bool {
	if len(cn) != kioskDigits {
		return false
	}
	for _, c := range []byte(cn) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// mayWrite reports whether a client may publish to a topic, or name it in its
// will.
func mayWrite(cn, topic string) bool {
	switch {
	case len(topic) > maxTopic || strings.ContainsAny(topic, "+#\x00"):
		return false
	case cn == office:
		return below(topic, downward)
	case isKiosk(cn):
		return below(topic, upward+cn+"/")
	default:
		return false
	}
}

// mayRead reports whether a client may subscribe to a filter, or is sent a
// message of a topic.
func mayRead(cn, filter string) bool {
	switch {
	case len(filter) > maxTopic:
		return false
	case cn == office:
		return below(filter, upward)
	case isKiosk(cn):
		return below(filter, downward+cn+"/") || below(filter, everybody)
	default:
		return false
	}
}

// mayRetain reports whether what a client publishes to a topic is retained; it
// bounds how many topics a kiosk can fill.
func mayRetain(cn, topic string) bool {
	return cn == office || isKiosk(cn) && topic == wire.Up(cn, wire.ChanState, "")
}

// isRenewal reports whether a topic is of a request for another certificate.
func isRenewal(topic string) bool {
	a, err := wire.ParseTopic(topic)
	return err == nil && a.Up && a.Chan == wire.ChanReq && wire.IsRenewal(a.ID)
}

func below(topic, prefix string) bool {
	return len(topic) > len(prefix) && strings.HasPrefix(topic, prefix)
}
