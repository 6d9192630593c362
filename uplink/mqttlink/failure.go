package mqttlink

import (
	"crypto/x509"
	"errors"
	"net"

	"github.com/eclipse/paho.mqtt.golang/packets"
)

// Reason is why the two ends of a connection do not trust each other, as far as a
// failed try shows it.
type Reason uint8

// The reasons.
const (
	Other     Reason = iota // no line, no broker, or something else
	Clock                   // the broker's certificate is not valid by this machine's clock
	OwnExpiry               // the broker says that the own certificate has ended, or is not known
	Barred                  // the broker says that the own certificate counts no more
)

// ReasonOf says why a try failed; err is what OnFail was given.
func ReasonOf(err error) Reason {
	var invalid x509.CertificateInvalidError
	if errors.As(err, &invalid) && invalid.Reason == x509.Expired { // or not valid yet
		return Clock
	}

	switch {
	case errors.Is(err, packets.ErrorRefusedBadUsernameOrPassword):
		return OwnExpiry
	case errors.Is(err, packets.ErrorRefusedNotAuthorised):
		return Barred
	}

	// The type of an alert from the other end is not exported; its text is part of
	// crypto/tls.
	var alert *net.OpError
	if errors.As(err, &alert) && alert.Op == "remote error" {
		switch alert.Err.Error() {
		case "tls: expired certificate":
			return OwnExpiry
		case "tls: revoked certificate":
			return Barred
		}
	}
	return Other
}
