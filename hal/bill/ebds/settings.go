package ebds

import (
	"errors"
	"fmt"
	"slices"
)

// Settings are what a configuration can say of a validator.
type Settings struct {
	PlainNotes []int64 `toml:"plain_notes" help:"for a validator without extended notes: what its note numbers 1 to 7 are worth in yuan, as the label of its variant says, 0 = not used, e.g. [1, 5, 10, 20, 50, 100, 0]; missing = a validator that names its notes itself"`
}

// fenPerYuan turns yuan, which people write, into fen.
const fenPerYuan = 100

// Config checks the settings and turns them into a Config. Two note numbers may be worth
// the same: the issues of a note.
func (s Settings) Config() (Config, error) {
	var cfg Config
	if len(s.PlainNotes) == 0 {
		return cfg, nil
	}

	cfg.Plain = true
	if n := len(s.PlainNotes); n != len(cfg.Values) {
		return cfg, fmt.Errorf("setting plain_notes: %d values, and not one for each of the note numbers 1 to %d", n, len(cfg.Values))
	}
	for i, yuan := range s.PlainNotes {
		if !slices.Contains([]int64{0, 1, 5, 10, 20, 50, 100}, yuan) {
			return cfg, fmt.Errorf("setting plain_notes: there is no note of %d yuan; 0 is a number that is not used", yuan)
		}
		cfg.Values[i] = yuan * fenPerYuan
	}
	if slices.Max(s.PlainNotes) == 0 {
		return cfg, errors.New("setting plain_notes: no note number is worth anything")
	}
	return cfg, nil
}
