package pcsc

import "fmt"

// Settings are what a configuration can say of a reader.
type Settings struct {
	Memory string `toml:"memory" help:"pseudo-APDUs by which the reader works memory cards: acr (ACS ACR38, ACR39, ACR1281 and the like); missing = processor cards only"`
}

// Config checks the settings and turns them into a Config.
func (s Settings) Config() (Config, error) {
	cfg := Config{PseudoAPDU: Dialect(s.Memory)}
	if err := cfg.Check(); err != nil {
		return Config{}, fmt.Errorf("setting memory: %w", err)
	}

	return cfg, nil
}
