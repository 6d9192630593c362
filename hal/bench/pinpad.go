package bench

import (
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"wattkiosk/hal/pinpad/zt588/zt588sim"
)

// MasterKey is the PIN pad's master key where Config has none: a published example, and
// nothing else.
const MasterKey = "0123456789abcdeffedcba9876543210"

// masterSlot is where the master key is.
const masterSlot = 0

// Pinpads are the protocols that the bench's PIN pad can speak.
func Pinpads() []string { return []string{"zt588"} }

// newPad is a pad that was in the secure room: it holds the master key.
func newPad(cfg Config) (*zt588sim.Pad, []byte, error) {
	if cfg.Pinpad != "" && !slices.Contains(Pinpads(), cfg.Pinpad) {
		return nil, nil, fmt.Errorf("PIN pad %q is not one of %s", cfg.Pinpad, strings.Join(Pinpads(), ", "))
	}
	master := cfg.Master
	if master == nil {
		var err error
		if master, err = hex.DecodeString(MasterKey); err != nil {
			return nil, nil, err
		}
	}
	if n := len(master); n != 16 && n != 24 {
		return nil, nil, errors.New("the PIN pad's master key has neither 16 nor 24 bytes")
	}
	pad := zt588sim.New()
	pad.Inject(masterSlot, master)
	return pad, master, nil
}

// PinpadState is the pad as a person sees it.
type PinpadState struct {
	Asking bool     `json:"asking"` // it takes a PIN
	Marks  int      `json:"marks"`  // on its display
	MACs   int      `json:"macs"`   // message authentication codes that it has made
	Faults []string `json:"faults"`
}

// Faults of the PIN pad.
const (
	padSilent    = "silent"
	padTamper    = "tamper" // the case was opened: all keys are gone; cleared by the secure room
	padNoise     = "noise"
	padLostReply = "lost-reply" // of the next lostReplies answers
)

// lostReplies is one fewer than the driver's tries: what it asked for comes, late.
const lostReplies = 2

// PinpadFaults are the faults of the PIN pad.
func PinpadFaults() []string { return []string{padSilent, padTamper, padNoise, padLostReply} }

// padNoisePerMille is how many bytes of a thousand are damaged by padNoise.
const padNoisePerMille = 10

// PinpadFault sets or clears a fault of the PIN pad: one of PinpadFaults. To clear tamper
// is to have it in the secure room again: it holds the master key, and nothing else.
func (b *Bench) PinpadFault(kind string, clear bool) error {
	if !slices.Contains(PinpadFaults(), kind) {
		return fmt.Errorf("cannot set fault: unknown kind %.40q", kind)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lines["pinpad"].Do(func(time.Time) { b.spoilPad(kind, clear) })
	if !spent(kind) {
		b.noteFault("pinpad", kind, clear)
	}
	return nil
}

func (b *Bench) spoilPad(kind string, clear bool) {
	switch kind {
	case padSilent:
		b.pad.Silent = !clear
	case padTamper:
		b.pad.Tamper()
		if clear {
			b.pad.Inject(masterSlot, b.master)
		}
	case padNoise:
		b.pad.Noise, b.pad.PerMille = nil, padNoisePerMille
		if !clear {
			b.pad.Noise = noise()
		}
	case padLostReply:
		b.pad.Lost = 0
		if !clear {
			b.pad.Lost = lostReplies
		}
	}
}

// Press is the customer at the PIN pad: digits, E enter, C cancel, B backspace.
func (b *Bench) Press(keys string) error {
	for _, c := range keys {
		if (c < '0' || c > '9') && c != 'E' && c != 'C' && c != 'B' {
			return errors.New("cannot press keys: a key is a digit, E, C or B") // what was typed may be a PIN
		}
	}
	b.lines["pinpad"].Do(func(now time.Time) { b.pad.Press(now, keys) })
	return nil
}
