package appliance

import (
	"crypto/ed25519"

	"wattkiosk/firmware/boardkey"
	"wattkiosk/firmware/cabinet"
	"wattkiosk/firmware/config"
	"wattkiosk/firmware/handover"
	"wattkiosk/uplink/mqttlink"
)

// openers open what a kiosk is made of beside the devices that sell. A test puts doubles
// in their place.
type openers struct {
	cabinet cabinet.Parts
	staff   func(cfg config.Config, keys *boardkey.Board, office mqttlink.Config, key ed25519.PublicKey) (handover.Staff, error)
}

// realOpeners are those of a board.
func realOpeners() openers { return openers{cabinet: cabinet.RealParts(), staff: handover.OpenStaff} }
