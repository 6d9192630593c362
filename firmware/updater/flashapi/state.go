package flashapi

import (
	"errors"

	"wattkiosk/ota/manifest"
)

// ErrBusy says that another firmware is under way, or that the device is in use.
var ErrBusy = errors.New("the kiosk has no time for this firmware")

// Firmware is an image that was taken out of a checked bundle.
type Firmware struct {
	Name   string // of the payload
	Device manifest.Device
	Image  []byte
}

// Phase is how far a firmware is.
type Phase string

// The phases of a firmware.
const (
	None     Phase = "none"     // nothing was handed over since the start
	Waiting  Phase = "waiting"  // for the device to be idle, or for another attempt
	Flashing Phase = "flashing" // Done of Size bytes
	Done     Phase = "done"     // the device runs it
	Failed   Phase = "failed"   // Code and Detail say why; no code: it may be offered again
)

// Busy reports whether another firmware is refused in this phase.
func (p Phase) Busy() bool { return p == Waiting || p == Flashing }

// State is how far kioskd is with the firmware that it got last.
type State struct {
	Phase  Phase           `json:"phase"`
	Name   string          `json:"name,omitempty"`
	Device manifest.Device `json:"device"`
	SHA256 manifest.Digest `json:"sha256"`
	Done   int             `json:"done"` // bytes
	Size   int             `json:"size"`
	From   string          `json:"from,omitempty"` // version that the device had; "" = it did not say
	Code   string          `json:"code,omitempty"` // stable, see ota/peripheral
	Detail string          `json:"detail,omitempty"`
}
