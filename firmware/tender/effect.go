package tender

import (
	"encoding/json"
	"time"

	"wattkiosk/uplink/wire"
)

// Effect is what a station asks for: one of the types below. Effects are carried out
// in order; each may be lost (a power cut), and the station asks for it again.
type Effect interface{ effect() }

// What a station can ask for.
type (
	// Order is a command for one of its devices: a bill.Command, a card.Command, a
	// pinpad.Command.
	Order struct{ Command any }
	// Ask is a question to head office, which replaces one of the same Op and Key. Its
	// answer comes to Asker.Answered. After a restart nothing is asked until the station
	// says so again.
	Ask struct {
		Op     wire.Op
		Key    string          // what it is about: a serial, a terminal
		Body   json.RawMessage // the asker gives it away: it is overwritten when nobody wants to know any more
		TTL    time.Duration   // how long an answer is waited for
		Once   bool            // it is not asked again: a repeat could be a second sale
		Urgent bool            // somebody stands in front of the screen
	}
	// Drop says that nobody wants to know the answer to an Ask any more.
	Drop struct {
		Op  wire.Op
		Key string
	}
	// Progress says that the customer did something at the device: the screen's
	// patience begins again.
	Progress struct{}
	// Again says that a transaction ended without money for the station's own reason:
	// the same payment is to be opened again, for the customer who still stands there.
	Again struct{}
)

func (Order) effect()    {}
func (Ask) effect()      {}
func (Drop) effect()     {}
func (Progress) effect() {}
func (Again) effect()    {}

// Reply is head office's answer to an Ask.
type Reply = wire.Reply
