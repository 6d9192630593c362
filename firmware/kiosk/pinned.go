package kiosk

import (
	"encoding/json"
	"errors"
	"fmt"

	"wattkiosk/firmware/journal"
)

// Pinned names the transactions that have not reached an end, from the journal's
// state values: their records must not be trimmed. It fits journal.Options.
func Pinned(state func(name string) ([]byte, error)) ([]string, error) {
	b, err := state(stateOpen)
	if errors.Is(err, journal.ErrNoState) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var serials []string
	if err := json.Unmarshal(b, &serials); err != nil {
		return nil, fmt.Errorf("state %s: %w", stateOpen, err)
	}
	return serials, nil
}
