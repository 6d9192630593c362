package update

import (
	"wattkiosk/ota/manifest"
	"wattkiosk/ota/slot"
)

// Held is what a slot holds, whole. A slot that is being written holds nothing.
type Held struct {
	Version string  `json:"version"`
	Build   uint64  `json:"build"`
	Images  []Image `json:"images,omitempty"` // none for what the factory wrote
}

// Image is what one partition of a slot holds.
type Image struct {
	Kind   manifest.Kind   `json:"kind"`
	Size   int64           `json:"size"`
	SHA256 manifest.Digest `json:"sha256"`
}

const slotsFile = "slots.json"

// Slots says what the slots hold, as far as it is known; the running one always is.
func (b *Board) Slots() (map[slot.Name]Held, error) {
	held := map[slot.Name]Held{}
	if err := b.load(slotsFile, &held); err != nil {
		return nil, err
	}
	if held == nil {
		held = map[slot.Name]Held{}
	}
	if run := held[b.Running.Slot]; run.Build != b.Release.Build {
		held[b.Running.Slot] = Held{Version: b.Release.Version, Build: b.Release.Build}
	}
	return held, nil
}

// setSlot remembers what the idle slot holds from now on; nil is nothing.
func (b *Board) setSlot(n slot.Name, h *Held) error {
	held, err := b.Slots()
	if err != nil {
		held = map[slot.Name]Held{b.Running.Slot: {Version: b.Release.Version, Build: b.Release.Build}} // an unreadable file must not stop updates
	}
	delete(held, n)
	if h != nil {
		held[n] = *h
	}
	return b.save(slotsFile, held)
}
